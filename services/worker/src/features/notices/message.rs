//! A notice: a line for each thing that happened.

use domain::Settings;
use domain::timeline::TimelineEntry;
use slack::Message;
use slack::blocks::{Block, context};
use slack::text::escape;

/// A context block holds at most this many pieces of text, and a message should be read at one glance.
const MAX_LINES: usize = 10;
/// The most characters of a line: the whole stands in the timeline.
const MAX_LINE: usize = 300;

/// What happened, in the order in which it did.
pub(crate) fn message(entries: &[TimelineEntry], settings: &Settings) -> Message {
    let line = |entry: &TimelineEntry| {
        let sentence = entry.happening.sentence(&entry.actor, settings).replace('\n', " ");
        escape(&domain::description::cut_at_word(&sentence, MAX_LINE))
    };
    let mut lines: Vec<_> = entries.iter().take(MAX_LINES).map(line).collect();
    if entries.len() > MAX_LINES {
        lines.push(format!(
            "… and {} more; the timeline has them all.",
            entries.len() - MAX_LINES
        ));
    }
    let blocks: Vec<Block> = lines.iter().map(context).collect();
    Message {
        text: lines.join("\n"),
        blocks,
    }
}

#[cfg(test)]
mod tests {
    use domain::Actor;
    use domain::timeline::Happening;

    use super::*;
    use crate::features::testing::incident;

    fn raised() -> TimelineEntry {
        TimelineEntry {
            id: incident().id.0,
            at: incident().declared_at,
            actor: Actor::Slack {
                user_id: "U2".to_owned(),
                name: "bob <3".to_owned(),
            },
            happening: Happening::SeverityChanged {
                from: "sev3".to_owned(),
                to: "sev1".to_owned(),
            },
        }
    }

    #[test]
    fn one_thing_and_many() {
        insta::assert_json_snapshot!("one", message(&[raised()], &Settings::default()).to_json());
        let many = message(&vec![raised(); 12], &Settings::default());
        assert_eq!(many.blocks.len(), 11);
        assert!(many.text.ends_with("… and 2 more; the timeline has them all."));
    }
}
