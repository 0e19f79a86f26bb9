//! The list of incidents that are open for very long.

use domain::description::cut_at_word;
use domain::{Incident, Settings};
use slack::Message;
use slack::blocks::{Block, section};
use slack::text::{channel as channel_link, escape, moment};

/// How many incidents one message lists: well below Slack's limits of blocks and of all text of a message.
const PAGE: usize = 20;
/// The most characters of a title: this is a list.
const MAX_TITLE: usize = 80;

/// The list, in as many messages as it needs.
pub(crate) fn messages(incidents: &[Incident], settings: &Settings) -> Vec<Message> {
    let headline = headline(incidents, settings);
    let lead = format!("{headline} Resolve what is over; send an update on the rest.");
    let pages = incidents.chunks(PAGE).enumerate();
    pages
        .map(|(page, incidents)| {
            let mut blocks: Vec<Block> = Vec::new();
            let text = if page == 0 {
                blocks.push(section(lead.clone()));
                headline.clone()
            } else {
                "More incidents that have been open for a long time.".to_owned()
            };
            blocks.extend(incidents.iter().map(|incident| section(line(incident, settings))));
            Message { text, blocks }
        })
        .collect()
}

/// What stands in place of the list where people of another workspace would read it.
pub(crate) fn unlisted(incidents: &[Incident], settings: &Settings) -> Vec<Message> {
    if incidents.is_empty() {
        return Vec::new();
    }
    let text = format!(
        "{} This channel is shared with another workspace, so they aren't listed here. Type `/incident list` to see them.",
        headline(incidents, settings)
    );
    let blocks = vec![section(text.clone())];
    vec![Message { text, blocks }]
}

fn headline(incidents: &[Incident], settings: &Settings) -> String {
    match incidents.len() {
        1 => format!(
            "⏳ One incident has been open for more than {} days.",
            settings.stale_after_days
        ),
        many => format!(
            "⏳ {many} incidents have been open for more than {} days.",
            settings.stale_after_days
        ),
    }
}

fn line(incident: &Incident, settings: &Settings) -> String {
    let title = escape(&cut_at_word(&incident.title, MAX_TITLE));
    let place = incident.channel_id.as_deref().map(channel_link);
    let place = place.map(|place| format!(" · {place}")).unwrap_or_default();
    let last = incident.last_update.as_ref().map(|update| moment(update.at));
    let last = last.map_or_else(|| "no update".to_owned(), |at| format!("last update {at}"));
    format!(
        "*{}* · {title}\n{} · declared by {} {} · {last}{place}",
        escape(settings.severity_label(&incident.severity)),
        escape(settings.status_label(&incident.status)),
        escape(incident.declared_by.name()),
        moment(incident.declared_at)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn one_is_listed() {
        let incident = Incident {
            channel_id: Some("C1".to_owned()),
            ..incident()
        };
        let messages = messages(&[incident], &settings());
        insta::assert_json_snapshot!(messages.iter().map(Message::to_json).collect::<Vec<_>>());
    }

    #[test]
    fn many_are_paged() {
        let long = Incident {
            title: "&".repeat(120),
            channel_id: Some("C0123456789".to_owned()),
            ..incident()
        };
        let messages = messages(&vec![long; 150], &settings());
        assert_eq!(messages.len(), 8);
        for message in messages {
            assert!(message.blocks.len() <= 50);
            let size: usize = message.to_json()["blocks"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|block| block.to_string().chars().count())
                .sum();
            assert!(size < 13_000, "{size}");
        }
    }
}
