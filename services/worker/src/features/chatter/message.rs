//! The hint in the digest channel.

use slack::blocks::{button, button_of, buttons, primary, section};
use slack::{Message, ids};
use uuid::Uuid;

/// The hint with this id.
pub(crate) fn message(hint: Uuid) -> Message {
    let text = "💡 This sounds like an incident. Declare one to bring everybody who can help into one channel.";
    let mut blocks = vec![section(text)];
    blocks.extend(buttons(vec![
        primary(button(ids::ACTION_DECLARE, "Start new incident")),
        button_of(ids::ACTION_DISMISS_HINT, "Dismiss", &hint),
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
        insta::assert_json_snapshot!(message(Uuid::from_u128(0x0193_a5f0_0000_7000_8000_0000_0000_0002)).to_json());
    }
}
