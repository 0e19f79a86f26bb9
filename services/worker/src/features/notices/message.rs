//! A notice: a line for each thing that happened.

use chrono::{DateTime, Utc};
use domain::timeline::{Happening, TimelineEntry};
use domain::{Incident, Settings};
use slack::Message;
use slack::blocks::{Block, context};
use slack::text::{channel as channel_link, escape, link, linked};

/// A context block holds at most this many pieces of text, and a message should be read at one glance.
const MAX_LINES: usize = 10;
/// The most characters of a line: the whole stands in the timeline.
const MAX_LINE: usize = 300;

/// What happened, in the order in which it did. Entries from before `oldest` are only counted.
pub(crate) fn message(
    incident: &Incident,
    entries: &[TimelineEntry],
    settings: &Settings,
    oldest: DateTime<Utc>,
) -> Message {
    let (older, entries): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.at < oldest);
    let line = |entry: &TimelineEntry| {
        let sentence = entry.happening.sentence(&entry.actor, settings).replace('\n', " ");
        let line = domain::description::cut_at_word(&sentence, MAX_LINE);
        with_links(&line, &entry.happening, incident)
    };
    let mut lines = Vec::new();
    match older.len() {
        0 => {}
        1 => lines.push("One older event could not be posted here in time; the timeline has it.".to_owned()),
        count => lines.push(format!(
            "{count} older events could not be posted here in time; the timeline has them."
        )),
    }
    lines.extend(entries.iter().take(MAX_LINES).map(|entry| line(entry)));
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

/// The line as mrkdwn, with a link where it names something that people want to go to.
fn with_links(line: &str, happening: &Happening, incident: &Incident) -> String {
    match happening {
        Happening::RcaChannelCreated { name } => {
            let channel = incident.rca_channel.as_ref().filter(|channel| channel.name == *name);
            channel.map_or_else(
                || escape(line),
                |channel| escape(line).replace(&format!("#{}", escape(name)), &channel_link(&channel.id)),
            )
        }
        Happening::RcaDocumentWritten { title, url, .. } => {
            let title = escape(title);
            escape(line).replace(&title, &link(url, &title))
        }
        _ => linked(line),
    }
}

#[cfg(test)]
mod tests {
    use domain::Actor;

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
        insta::assert_json_snapshot!(
            "one",
            message(&incident(), &[raised()], &Settings::default(), DateTime::UNIX_EPOCH).to_json()
        );
        let many = message(
            &incident(),
            &vec![raised(); 12],
            &Settings::default(),
            DateTime::UNIX_EPOCH,
        );
        assert_eq!(many.blocks.len(), 11);
        assert!(many.text.ends_with("… and 2 more; the timeline has them all."));
    }

    #[test]
    fn what_is_old_is_counted() {
        let old = TimelineEntry {
            at: raised().at - chrono::TimeDelta::days(2),
            ..raised()
        };
        let said = |entries: &[TimelineEntry]| message(&incident(), entries, &Settings::default(), raised().at).text;
        let both = said(&[old.clone(), old.clone(), raised()]);
        assert!(
            both.starts_with("2 older events could not be posted here in time; the timeline has them.\nbob"),
            "{both}"
        );
        assert_eq!(
            said(&[old]),
            "One older event could not be posted here in time; the timeline has it."
        );
    }

    #[test]
    fn what_people_go_to_is_a_link() {
        let incident = Incident {
            rca_channel: Some(domain::NamedChannel {
                id: "C2".to_owned(),
                name: "inc-rca".to_owned(),
            }),
            ..incident()
        };
        let entry = |happening| TimelineEntry {
            actor: Actor::System,
            happening,
            ..raised()
        };
        let entries = [
            entry(Happening::RcaChannelCreated {
                name: "inc-rca".to_owned(),
            }),
            entry(Happening::RcaDocumentWritten {
                title: "Payments <fail>".to_owned(),
                url: "https://company.atlassian.net/wiki/1".to_owned(),
                again: false,
            }),
            entry(Happening::UpdateSent {
                resources: String::new(),
                message: "look https://status.example.com/a?b=1&c=2".to_owned(),
            }),
        ];
        let text = message(&incident, &entries, &Settings::default(), DateTime::UNIX_EPOCH).text;
        assert_eq!(
            text,
            "The post-incident channel <#C2> is ready.\nThe RCA document \
             “<https://company.atlassian.net/wiki/1|Payments &lt;fail&gt;>” was created.\n\
             sent an update: “look <https://status.example.com/a?b=1&amp;c=2>”"
        );
    }
}
