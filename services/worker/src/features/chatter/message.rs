//! The hint in the digest channel.

use slack::blocks::{button, buttons, primary, section};
use slack::{Message, ids};

/// The hint.
pub(crate) fn message() -> Message {
    let text = "💡 This sounds like something is going on. Declare an incident, and everybody who can help has one place for it.";
    let mut blocks = vec![section(text)];
    blocks.extend(buttons(vec![
        primary(button(ids::ACTION_DECLARE, "Start new incident")),
        button(ids::ACTION_DISMISS_HINT, "Dismiss"),
    ]));
    Message {
        text: text.to_owned(),
        blocks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_friendly() {
        insta::assert_json_snapshot!(message().to_json());
    }
}
