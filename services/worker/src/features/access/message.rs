//! The question to the people of a private incident, and the answer to whoever asked.

use domain::Incident;
use slack::blocks::{button_of, buttons, primary, section};
use slack::text::{channel as channel_link, escape, mention, moment};
use slack::{Message, ids};
use store::access_requests::{AccessRequest, Decision};

/// Whether somebody may come in; once it is decided, what was.
pub(crate) fn question(incident: &Incident, asked: &AccessRequest) -> Message {
    let name = escape(&asked.name);
    if let Some(decision) = &asked.decision {
        let by = escape(decision.by.name());
        let text = if decision.granted {
            format!("{by} approved the access request of {name}.")
        } else {
            format!("{by} declined the access request of {name}, who was told.")
        };
        return Message {
            blocks: vec![section(text.clone())],
            text,
        };
    }
    let value = asked.id;
    let leaders: String = incident.leaders().into_iter().map(|user| mention(user) + " ").collect();
    let mut blocks = vec![section(format!(
        "🔑 {leaders}{} requests access to this private incident, {}.\nIf you approve, they're invited to this channel \
         and can read all of it.",
        mention(&asked.slack_user_id),
        moment(asked.asked_at)
    ))];
    blocks.extend(buttons(vec![
        primary(button_of(ids::ACTION_ACCESS_GRANT, "Approve", &value)),
        button_of(ids::ACTION_ACCESS_DECLINE, "Decline", &value),
    ]));
    Message {
        text: format!("🔑 {leaders}{name} requests access to this private incident."),
        blocks,
    }
}

/// What became of their request; of an incident that they may not see nothing is told.
pub(crate) fn answer(incident: &Incident, decision: &Decision) -> Message {
    let by = escape(decision.by.name());
    let text = if decision.granted {
        let place = incident.channel_id.as_deref().map(channel_link);
        let place = place.map(|place| format!(" Join {place}; the pinned message there shows the current state."));
        format!(
            "🔑 {by} gave you access to the private incident *{}*.{} Keep what you read there confidential.",
            escape(&incident.title),
            place.unwrap_or_default()
        )
    } else {
        "Your request for access to a private incident was declined. Its members keep the group small for now; it \
         says nothing about you. If you know something they need, talk to your lead or to whoever is on call."
            .to_owned()
    };
    Message {
        blocks: vec![section(text.clone())],
        text,
    }
}

#[cfg(test)]
mod tests {
    use domain::Actor;

    use super::*;
    use crate::features::testing::incident;

    fn asked(granted: Option<bool>) -> AccessRequest {
        let incident = incident();
        AccessRequest {
            id: incident.id.0,
            incident: incident.id,
            slack_user_id: "U2".to_owned(),
            name: "bob <3".to_owned(),
            asked_at: incident.declared_at,
            decision: granted.map(|granted| Decision {
                granted,
                by: Actor::Slack {
                    user_id: "U1".to_owned(),
                    name: "alice".to_owned(),
                },
            }),
        }
    }

    #[test]
    fn the_question() {
        insta::assert_json_snapshot!("open", question(&incident(), &asked(None)).to_json());
        insta::assert_json_snapshot!("granted", question(&incident(), &asked(Some(true))).to_json());
        insta::assert_json_snapshot!("declined", question(&incident(), &asked(Some(false))).to_json());
    }

    #[test]
    fn the_answer() {
        let incident = Incident {
            channel_id: Some("C1".to_owned()),
            private: true,
            ..incident()
        };
        let decision = |granted| asked(Some(granted)).decision.unwrap();
        insta::assert_json_snapshot!("let_in", answer(&incident, &decision(true)).to_json());
        let declined = answer(&incident, &decision(false)).to_json();
        assert!(!declined.to_string().contains("Payments") && !declined.to_string().contains("alice"));
        insta::assert_json_snapshot!("not_let_in", declined);
    }
}
