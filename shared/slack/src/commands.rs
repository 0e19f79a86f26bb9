//! What the slash command and a mention of the bot understand: the help, wherever it stands.

use std::fmt::Write;

use crate::Message;
use crate::blocks::{button, buttons, context, primary, section};
use crate::ids;

/// The words, and what each does.
pub const WORDS: &[(&str, &str)] = &[
    ("new what is happening", "start an incident"),
    ("list, list all", "the open incidents, or all of them"),
    ("status monitoring", "say or set the status"),
    ("sev sev1", "say or set the severity"),
    (
        "role commander me",
        "say or give a role: to `me`, to `@somebody`, to `none`",
    ),
    ("update what people should know", "tell everybody where it stands"),
    ("pager, pager payments", "who is on call, of all teams or of one"),
    ("page", "page a team"),
    ("timeline", "what happened last"),
    ("statuspage", "tell customers, where Statuspage is switched on"),
    ("ls-sp-inc", "what stands on Statuspage"),
    ("rca", "write the RCA document, or bring it up to date"),
    (
        "scheduler list, scheduler delete id",
        "what is planned, and calling it off",
    ),
    ("diag", "whether the bot has all it needs"),
    ("ping, version, joke, help", "small things"),
];

/// The words, a line each.
pub fn words() -> String {
    let mut text = String::new();
    for (words, what) in WORDS {
        let words = words.split(", ").map(|word| format!("`{word}`")).collect::<Vec<_>>();
        let _ = writeln!(text, "{}  {what}", words.join(" or "));
    }
    text.truncate(text.trim_end().len());
    text
}

/// What the bot understands, and how it is said.
pub fn help() -> Message {
    let text = format!("Type `{}` or mention me, and then:", ids::COMMAND);
    let mut blocks = vec![
        section(format!("{text}\n{}", words())),
        context("In an incident's channel the words mean that incident; elsewhere a form asks which one."),
    ];
    blocks.extend(buttons(vec![primary(button(
        ids::ACTION_DECLARE,
        "Start a new incident",
    ))]));
    Message {
        text: format!(
            "{text} new, list, status, sev, role, update, pager, page, timeline, rca, statuspage, scheduler, diag, ping, version, joke."
        ),
        blocks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help() {
        insta::assert_json_snapshot!(help().to_json());
    }
}
