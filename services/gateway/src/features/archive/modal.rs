//! The dialog that archives the channel of an incident: what happens to whom.

use domain::{Incident, Settings};
use slack::blocks::{View, context, modal_of, section};
use slack::ids;
use slack::text::escape;

/// The dialog.
pub(crate) fn view(incident: &Incident, settings: &Settings) -> View {
    let follows = [
        "Nobody can post in the channel anymore; its messages stay readable and searchable.",
        "The incident, its timeline and its post in the digest channel stay.",
        "Only a person can unarchive the channel, in Slack.",
    ];
    modal_of(
        ids::VIEW_ARCHIVE,
        &incident.id,
        "Archive channel",
        "Archive",
        vec![
            section(format!(
                "{} *{}*\nThis archives the channel #{} for everybody in it.",
                if incident.is_resolved() {
                    "✅"
                } else {
                    settings.severity_emoji(&incident.severity)
                },
                escape(&incident.title),
                escape(&incident.channel_name)
            )),
            context(follows.map(|line| format!("• {line}")).join("\n")),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn it_names_what_happens() {
        insta::assert_json_snapshot!(view(&incident(), &Settings::default()));
        let resolved = Incident {
            resolved_at: Some(incident().declared_at),
            ..incident()
        };
        let shown = serde_json::to_string(&view(&resolved, &Settings::default())).unwrap();
        assert!(shown.contains("✅ *"), "{shown}");
    }
}
