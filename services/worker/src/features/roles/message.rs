//! The direct message to who got a role.

use std::fmt::Write;

use domain::settings::Role;
use domain::{Incident, Settings};
use slack::Message;
use slack::blocks::paragraphs;
use slack::text::{channel as channel_link, escape};

/// What the role means, what whoever has it does, and where.
pub(crate) fn message(incident: &Incident, settings: &Settings, role: &Role) -> Message {
    let (label, title) = (escape(&role.label), escape(&incident.title));
    let emoji = settings.severity_emoji(&incident.severity);
    let mut text = format!("{emoji} You are *{label}* of *{title}*.\n{}", escape(&role.description));
    for duty in &role.duties {
        let _ = write!(text, "\n• {}", escape(duty));
    }
    if let Some(channel) = &incident.channel_id {
        let _ = write!(text, "\nIncident channel: {}.", channel_link(channel));
    }
    Message {
        text: format!("You are {label} of “{title}”."),
        blocks: paragraphs(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn every_role() {
        let incident = Incident {
            channel_id: Some("C1".to_owned()),
            ..incident()
        };
        for role in &settings().roles {
            insta::assert_json_snapshot!(role.key.as_str(), message(&incident, &settings(), role).to_json());
        }
    }
}
