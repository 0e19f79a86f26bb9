//! The post in the digest channel.

use std::fmt::Write;

use domain::description::cut_at_word;
use domain::settings::INCIDENT_COMMANDER;
use domain::{ChannelLost, Incident, Settings, local_time};
use slack::blocks::{button_address, button_of, buttons, context, link_button, section};
use slack::text::{channel as channel_link, escape, link, moment};
use slack::{Message, ids};

/// How much of the last update is shown: it is a reminder, the update itself stands in its own post.
const MAX_LAST_UPDATE: usize = 200;

/// The post of an incident as it is now. Of a private one only that it exists.
pub(crate) fn message(incident: &Incident, settings: &Settings, console: Option<&str>) -> Message {
    let emoji = if incident.is_resolved() {
        "✅"
    } else {
        settings.severity_emoji(&incident.severity)
    };
    let severity = escape(settings.severity_label(&incident.severity));
    let status = escape(settings.status_label(&incident.status));
    if incident.private {
        let text = format!("{emoji} {severity} · Private incident");
        let state = format!("{status} · declared {}", moment(incident.declared_at));
        let ask = button_of(ids::ACTION_REQUEST_ACCESS, "Request access", &incident.id);
        let mut blocks = vec![section(text.clone()), context(state)];
        blocks.extend(buttons(vec![ask]));
        return Message { text, blocks };
    }
    let title = escape(&incident.title);
    let state = state(incident, &status);
    let mut blocks = vec![section(format!("{emoji} *{severity}* · *{title}*")), context(state)];
    let links = [
        ("join", "Join channel", incident.open_channel().map(button_address)),
        ("meeting", "Meeting", settings.meeting_link.clone()),
        ("console", "Console", console.map(str::to_owned)),
        ("guide", "Guide", settings.guide_link.clone()),
        ("postmortems", "Postmortems", settings.postmortems_link.clone()),
    ];
    blocks.extend(buttons(
        links
            .into_iter()
            .filter_map(|(name, label, address)| link_button(name, label, &address?))
            .collect(),
    ));
    Message {
        text: format!("{emoji} {severity} · {title}"),
        blocks,
    }
}

/// Where it stands, in one line; of a resolved one how long it took.
fn state(incident: &Incident, status: &str) -> String {
    if let Some(resolved_at) = incident.resolved_at {
        let took = local_time::duration(resolved_at - incident.declared_at);
        let rca = incident.readable_rca_channel();
        let rca = rca.map(|channel| format!(" · post-incident channel {}", channel_link(&channel.id)));
        let document = incident.rca_document_url.as_deref();
        let document = document.map(|address| format!(" · {}", link(address, "RCA document")));
        return format!(
            "{status} after {took}, {}{}{}",
            moment(resolved_at),
            rca.unwrap_or_default(),
            document.unwrap_or_default()
        );
    }
    let commander = incident.holder(INCIDENT_COMMANDER);
    let commander = commander.map(|holder| format!(" · commander {}", escape(&holder.name)));
    let mut state = format!(
        "{status}{} · declared by {} {}",
        commander.unwrap_or_default(),
        escape(incident.declared_by.name()),
        moment(incident.declared_at)
    );
    match (incident.archived_at, incident.channel_lost) {
        (Some(_), _) => state.push_str(" · channel archived"),
        (None, Some(ChannelLost::Deleted)) => state.push_str(" · channel deleted"),
        (None, Some(ChannelLost::Removed)) => state.push_str(" · incident-bot was removed from its channel"),
        (None, None) => {}
    }
    if let Some(update) = &incident.last_update {
        let message = escape(&cut_at_word(&update.message, MAX_LAST_UPDATE));
        let _ = write!(state, " · last update {}: “{message}”", moment(update.at));
    }
    state
}

#[cfg(test)]
mod tests {
    use domain::RcaChannelLost;

    use super::*;
    use crate::features::testing::settings;

    /// An incident with its channel.
    fn incident() -> Incident {
        Incident {
            channel_id: Some("C1".to_owned()),
            ..crate::features::testing::incident()
        }
    }

    #[test]
    fn a_new_incident() {
        let console = Some("https://console.example/incidents/1");
        insta::assert_json_snapshot!(message(&incident(), &settings(), console).to_json());
    }

    #[test]
    fn one_that_goes_on_and_one_that_is_over() {
        let mut going_on = incident();
        going_on.roles.push(domain::RoleHolder {
            role: INCIDENT_COMMANDER.to_owned(),
            user_id: "U2".to_owned(),
            name: "bob".to_owned(),
            active: true,
        });
        going_on.last_update = Some(domain::LastUpdate {
            at: going_on.declared_at + chrono::TimeDelta::minutes(18),
            message: "Cause found, rolling back".to_owned(),
        });
        insta::assert_json_snapshot!("going_on", message(&going_on, &settings(), None).to_json());
        let over = Incident {
            status: "resolved".to_owned(),
            resolved_at: Some(going_on.declared_at + chrono::TimeDelta::minutes(72)),
            rca_channel: Some(domain::NamedChannel {
                id: "C2".to_owned(),
                name: "inc-rca".to_owned(),
            }),
            ..going_on
        };
        insta::assert_json_snapshot!("over", message(&over, &settings(), None).to_json());
        let shown = |lost| {
            let over = Incident {
                rca_channel_lost: Some(lost),
                ..over.clone()
            };
            message(&over, &settings(), None).to_json().to_string()
        };
        assert!(shown(RcaChannelLost::Archived).contains("<#C2>"), "it can be read");
        assert!(!shown(RcaChannelLost::Lost(ChannelLost::Deleted)).contains("<#C2>"));
    }

    #[test]
    fn a_channel_that_cannot_be_used_is_not_offered() {
        let shown = |incident: &Incident| message(incident, &settings(), None).to_json().to_string();
        assert!(shown(&incident()).contains("Join channel"));
        let archived = Incident {
            archived_at: Some(incident().declared_at),
            ..incident()
        };
        let archived = shown(&archived);
        assert!(!archived.contains("Join channel") && archived.contains("channel archived"));
        let deleted = Incident {
            channel_lost: Some(ChannelLost::Deleted),
            ..incident()
        };
        let deleted = shown(&deleted);
        assert!(!deleted.contains("Join channel") && deleted.contains("channel deleted"));
    }

    #[test]
    fn of_a_private_one_nothing_is_told() {
        let private = Incident {
            private: true,
            ..incident()
        };
        let json = message(&private, &settings(), Some("https://console.example/incidents/1")).to_json();
        assert!(!json.to_string().contains("Payments"));
        assert!(!json.to_string().contains("alice"));
        insta::assert_json_snapshot!(json);
    }
}
