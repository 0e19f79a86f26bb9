//! What the control panel of incident-bot 0.8.2 says once ours is there.

use slack::Message;
use slack::blocks::context;
use slack::text::link;

/// The panel that was replaced by the one at this address.
pub(crate) fn message(panel: &str) -> Message {
    let text = format!("This control panel was replaced. {}", link(panel, "Open the new one"));
    Message {
        blocks: vec![context(text.clone())],
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_panel_leads_to_the_new_one() {
        let replaced = message("https://example.slack.com/archives/C1/p1795792800060701");
        assert_eq!(
            replaced.text,
            "This control panel was replaced. <https://example.slack.com/archives/C1/p1795792800060701|Open the new one>"
        );
    }
}
