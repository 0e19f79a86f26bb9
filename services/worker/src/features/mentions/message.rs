//! What somebody reads who mentioned the bot.

use domain::{Incident, Settings};
use serde_json::Value;
use slack::Message;
use slack::blocks::{read_button, section};
use slack::text::{channel as channel_link, escape};

/// The incident that they declared.
pub(crate) fn declared(incident: &Incident, settings: &Settings, channel: &str) -> Message {
    let emoji = settings.severity_emoji(&incident.severity);
    let severity = escape(settings.severity_label(&incident.severity));
    let text = format!("{emoji} Declared as {severity}: {}", channel_link(channel));
    Message {
        blocks: vec![section(text.clone())],
        text,
    }
}

/// The incident that was declared from the same message before.
pub(crate) fn existing(incident: &Incident, settings: &Settings, channel: &str) -> Message {
    let emoji = if incident.is_resolved() {
        "✅"
    } else {
        settings.severity_emoji(&incident.severity)
    };
    let status = escape(settings.status_label(&incident.status));
    let text = format!(
        "{emoji} There is already an incident about this: {} · {status}",
        channel_link(channel)
    );
    Message {
        blocks: vec![section(text.clone())],
        text,
    }
}

/// What was answered, with its buttons.
pub(crate) fn said(text: &str, buttons: &[Value]) -> Message {
    Message::with_buttons(text, buttons.iter().filter_map(read_button).collect())
}

/// Why nothing was done.
pub(crate) fn refused(sentence: &str) -> Message {
    let text = format!("No incident was declared. {}", escape(sentence));
    Message {
        blocks: vec![section(text.clone())],
        text,
    }
}

#[cfg(test)]
mod tests {
    use slack::blocks::{button_json, button_of, declare_button};
    use slack::ids;

    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn every_answer() {
        insta::assert_json_snapshot!("declared", declared(&incident(), &settings(), "C1").to_json());
        insta::assert_json_snapshot!("existing", existing(&incident(), &settings(), "C1").to_json());
        let resolve = button_of(ids::ACTION_RESOLVE, "Resolve", &incident().id);
        let update = button_of(ids::ACTION_UPDATE, "Send update", &Some(incident().id));
        let shown = button_json(&[resolve, update, declare_button()]);
        insta::assert_json_snapshot!("said", said("The status is now *Monitoring*.", &shown).to_json());
        insta::assert_json_snapshot!("refused", refused("This is <too> long.").to_json());
    }
}
