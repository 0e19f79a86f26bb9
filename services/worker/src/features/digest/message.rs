//! The post in the digest channel.

use domain::{Incident, Settings};
use slack::Message;
use slack::blocks::{button_address, buttons, context, link_button, section};
use slack::text::{escape, moment};

/// The post of an incident as it is now. Of a private one only that it exists.
pub(crate) fn message(incident: &Incident, settings: &Settings, channel: &str, console: Option<&str>) -> Message {
    let emoji = settings.severity_emoji(&incident.severity);
    let severity = escape(settings.severity_label(&incident.severity));
    let status = escape(settings.status_label(&incident.status));
    if incident.private {
        let text = format!("{emoji} {severity} · A private incident");
        let state = format!("{status} · declared {}", moment(incident.declared_at));
        return Message {
            blocks: vec![section(text.clone()), context(state)],
            text,
        };
    }
    let title = escape(&incident.title);
    let state = format!(
        "{status} · declared by {} {}",
        escape(incident.declared_by.name()),
        moment(incident.declared_at)
    );
    let mut blocks = vec![section(format!("{emoji} *{severity}* · *{title}*")), context(state)];
    let links = [
        ("join", "Join channel", Some(button_address(channel))),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn a_new_incident() {
        let console = Some("https://console.example/incidents/1");
        insta::assert_json_snapshot!(message(&incident(), &settings(), "C1", console).to_json());
    }

    #[test]
    fn of_a_private_one_nothing_is_told() {
        let private = Incident {
            private: true,
            ..incident()
        };
        let json = message(&private, &settings(), "C1", Some("https://console.example/incidents/1")).to_json();
        assert!(!json.to_string().contains("Payments"));
        assert!(!json.to_string().contains("alice"));
        insta::assert_json_snapshot!(json);
    }
}
