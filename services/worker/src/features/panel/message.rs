//! The control panel.

use domain::{Incident, Settings};
use slack::Message;
use slack::blocks::{context, header, prose};
use slack::text::{escape, link, moment};

/// The control panel as it is now; `console` is the address of the incident's page.
pub(crate) fn message(incident: &Incident, settings: &Settings, console: Option<&str>) -> Message {
    let severity = settings.severity_label(&incident.severity);
    let emoji = settings.severity_emoji(&incident.severity);
    let status = settings.status_label(&incident.status);
    let mut state = format!(
        "{emoji} *{}* · {} · declared by {} {}",
        escape(severity),
        escape(status),
        escape(incident.declared_by.name()),
        moment(incident.declared_at)
    );
    if incident.private {
        state.push_str(" · private");
    }
    let mut blocks = vec![header(&incident.title), context(state)];
    // A single line that is the title needs no repetition.
    if incident.description != incident.title {
        blocks.extend(prose(&incident.description));
    }
    let links: Vec<_> = [
        ("Guide", settings.guide_link.as_deref()),
        ("Postmortems", settings.postmortems_link.as_deref()),
        ("Meeting", settings.meeting_link.as_deref()),
        ("Console", console),
    ]
    .into_iter()
    .filter_map(|(label, address)| Some(link(address?, label)))
    .collect();
    if !links.is_empty() {
        blocks.push(context(links.join(" · ")));
    }
    Message {
        text: format!(
            "{emoji} {} · {} · {}",
            escape(severity),
            escape(status),
            escape(&incident.title)
        ),
        blocks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn a_new_incident() {
        insta::assert_json_snapshot!(
            message(&incident(), &settings(), Some("https://console.example/incidents/1")).to_json()
        );
    }

    #[test]
    fn a_private_one_without_links() {
        let private = Incident {
            private: true,
            ..incident()
        };
        insta::assert_json_snapshot!(message(&private, &Settings::default(), None).to_json());
    }

    #[test]
    fn the_longest_description_fits() {
        let long = Incident {
            description: "&".repeat(3_000),
            ..incident()
        };
        let message = message(&long, &settings(), None);
        assert_eq!(message.blocks.len(), 2 + 1 + 1);
    }
}
