//! What is asked when an incident is open and its channel is archived.

use domain::{Incident, Question, Settled};
use slack::blocks::{button_of, buttons, confirmed, context, section};
use slack::text::{channel as channel_link, escape, mention};
use slack::{Message, ids};

/// The question as it is now: with its button while it is open. `by` is who opened the incident again.
pub(crate) fn question(incident: &Incident, question: &Question, by: Option<&str>) -> Message {
    if let Some(settled) = &question.settled {
        let text = match settled {
            Settled::NewChannel { by } => format!("The old channel stays archived: {} had a new one made.", escape(by)),
            Settled::Unarchived => "The channel is open again.".to_owned(),
            Settled::AskedAgain => "The channel is archived; it is asked for again below.".to_owned(),
            _ => "The channel is archived, and nobody needs it any more.".to_owned(),
        };
        return Message {
            blocks: vec![context(text.clone())],
            text,
        };
    }
    let channel = incident.channel_id.as_deref().map(channel_link).unwrap_or_default();
    let whom = by.map(|user| format!("{} ", mention(user))).unwrap_or_default();
    let text = format!(
        "📦 {whom}The incident is open again, but its channel {channel} is archived, and a bot cannot open it.\n\
         Please unarchive it in Slack (the channel's details → Settings → Unarchive channel), or have a new one made."
    );
    let anew = confirmed(
        button_of(ids::ACTION_NEW_CHANNEL, "Make a new channel", incident.id.to_string()),
        "Make a new channel?",
        "A new channel is made for this incident, and whoever declared it or has a role in it is invited. The old one stays archived.",
        "Make it",
    );
    let mut blocks = vec![section(text.clone())];
    blocks.extend(buttons(vec![anew]));
    Message { text, blocks }
}

#[cfg(test)]
mod tests {
    use domain::Asking;

    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn asked_and_settled() {
        let incident = Incident {
            channel_id: Some("C1".to_owned()),
            archived_at: Some(incident().declared_at),
            ..incident()
        };
        let of = |settled| Question {
            id: incident.id.0,
            incident: incident.id,
            asking: Asking::Unarchive,
            asked_at: incident.declared_at,
            posted: None,
            settled,
        };
        insta::assert_json_snapshot!("asked", question(&incident, &of(None), Some("U1")).to_json());
        let anew = Settled::NewChannel { by: "bob".to_owned() };
        insta::assert_json_snapshot!(
            "settled",
            [Settled::Unarchived, anew, Settled::AskedAgain, Settled::NotNeeded].map(|settled| question(
                &incident,
                &of(Some(settled)),
                None
            )
            .to_json())
        );
    }
}
