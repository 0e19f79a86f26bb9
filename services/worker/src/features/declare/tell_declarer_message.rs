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
        text: format!(
            "The channel of your incident “{title}” is ready: {}",
            channel_link(channel)
        ),
        blocks: vec![section(format!(
            "{emoji} The channel of your incident *{title}* is ready: {}\nYou're in it. Post there what you see; \
             others join from the digest channel.",
            channel_link(channel)
        ))],
    }
}
