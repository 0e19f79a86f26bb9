//! An update as it is posted in the digest channel.

use domain::{Incident, Settings};
use jobs::PostUpdate;
use slack::Message;
use slack::blocks::{Block, context, formatted, section};
use slack::text::{channel as channel_link, escape, linked, moment};

/// The update, for people who were not there.
pub(crate) fn message(incident: &Incident, settings: &Settings, update: &PostUpdate) -> Message {
    let emoji = settings.severity_emoji(&incident.severity);
    let title = escape(&incident.title);
    let mut blocks: Vec<Block> = vec![section(format!("{emoji} *Update: {title}*"))];
    if !update.resources.is_empty() {
        blocks.push(context(format!("Affected: {}", linked(&update.resources))));
    }
    blocks.extend(formatted(&update.message));
    let place = incident
        .channel_id
        .as_deref()
        .map(|id| format!(" · {}", channel_link(id)));
    blocks.push(context(format!(
        "{} · {} {}{}",
        escape(settings.status_label(&incident.status)),
        escape(&update.sender),
        moment(update.at),
        place.unwrap_or_default()
    )));
    Message {
        text: format!("{emoji} Update on {title}: {}", escape(&update.message)),
        blocks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn with_what_is_hit_and_without() {
        let incident = incident();
        let update = |resources: &str| PostUpdate {
            incident: incident.id,
            revision: 3,
            resources: resources.to_owned(),
            message: "Cause found, rolling back".to_owned(),
            sender: "bob".to_owned(),
            at: incident.declared_at,
        };
        insta::assert_json_snapshot!("plain", message(&incident, &settings(), &update("")).to_json());
        insta::assert_json_snapshot!(
            "hit",
            message(&incident, &settings(), &update("EU <checkout>")).to_json()
        );
    }
}
