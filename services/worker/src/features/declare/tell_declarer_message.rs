//! The direct message to the declarer.

use domain::{Incident, Settings};
use slack::Message;
use slack::blocks::section;
use slack::text::{channel as channel_link, escape};

/// Where the channel of an incident is, for its declarer.
pub(crate) fn message(incident: &Incident, settings: &Settings, channel: &str) -> Message {
    let emoji = settings.severity_emoji(&incident.severity);
    let title = escape(&incident.title);
    Message {
        text: format!("Your incident “{title}” has its channel: {}", channel_link(channel)),
        blocks: vec![section(format!(
            "{emoji} Your incident *{title}* has its channel: {}\nYou are in it. Say there what you see; others join from the digest.",
            channel_link(channel)
        ))],
    }
}
