//! What somebody reads who mentioned the bot.

use domain::{Incident, Settings};
use slack::Message;
use slack::blocks::{button, buttons, primary, section};
use slack::ids;
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

/// A button that opens the form.
pub(crate) fn offer() -> Message {
    let text = "What is happening? Write it behind `new`, or press the button.".to_owned();
    let mut blocks = vec![section(text.clone())];
    blocks.extend(buttons(vec![primary(button(
        ids::ACTION_DECLARE,
        "Start a new incident",
    ))]));
    Message { text, blocks }
}

/// What the bot understands.
pub(crate) fn help() -> Message {
    let text =
        "To declare an incident, mention me with `new` and what is happening, or type `/incident new`.".to_owned();
    let mut blocks = vec![section(text.clone())];
    blocks.extend(buttons(vec![button(ids::ACTION_DECLARE, "Start a new incident")]));
    Message { text, blocks }
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
    use super::*;
    use crate::features::testing::{incident, settings};

    #[test]
    fn every_answer() {
        insta::assert_json_snapshot!("declared", declared(&incident(), &settings(), "C1").to_json());
        insta::assert_json_snapshot!("offer", offer().to_json());
        insta::assert_json_snapshot!("help", help().to_json());
        insta::assert_json_snapshot!("refused", refused("This is <too> long.").to_json());
    }
}
