//! What the slash command and a mention of the bot understand: the help, wherever it stands.

use std::fmt::Write;

use crate::Message;
use crate::blocks::{button, buttons, context, primary, section};
use crate::ids;
use crate::text::escape;

/// The words, and what each does.
pub const WORDS: &[(&str, &str)] = &[
    ("new what is happening", "start an incident"),
    ("list, list all", "the open incidents, or all of them"),
    ("status monitoring", "show or set the status"),
    ("resolve, reopen", "resolve the incident, or open it again"),
    ("sev sev1", "show or set the severity"),
    (
        "role ic me",
        "show or assign a role: to `me`, to `@somebody`, to `none`; short names work",
    ),
    ("update what people should know", "send an update"),
    ("rename new title", "change the title"),
    ("pager, pager payments", "who is on call, of all teams or of one"),
    ("page", "page a team"),
    ("timeline", "show the latest timeline entries"),
    ("export, archive", "export the chat as a file, archive the channel"),
    ("statuspage", "publish on Statuspage, if it is enabled"),
    ("ls-sp-inc", "what is on Statuspage"),
    ("rca", "create or update the RCA document"),
    (
        "scheduler list, scheduler delete id",
        "list or delete what is scheduled",
    ),
    ("diag", "check the bot's setup"),
    ("ping, version, joke, help", "miscellaneous"),
];

/// Where the words work: Slack tells the bot nothing of channels that it is not in.
pub const WHERE: &str = "Mentions and emoji only work in channels that the bot is in: `/invite @incident-bot` adds it. The slash command works everywhere, and so do direct messages to the bot.";

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
    help_after("")
}

/// That the bot does not understand `words`, and what it understands.
pub fn unknown(words: &str) -> Message {
    help_after(&format!("I don't know “{}”. ", escape(words)))
}

fn help_after(first: &str) -> Message {
    let text = format!("{first}Type `{}` or mention me, followed by:", ids::COMMAND);
    let mut blocks = vec![
        section(format!("{text}\n{}", words())),
        context("In an incident's channel, commands apply to that incident. Elsewhere you'll be asked which."),
        context(WHERE),
    ];
    blocks.extend(buttons(vec![primary(button(
        ids::ACTION_DECLARE,
        "Start a new incident",
    ))]));
    let all = WORDS.iter().flat_map(|(words, _)| words.split(", "));
    let mut first_words: Vec<_> = all.filter_map(|words| words.split(' ').next()).collect();
    first_words.dedup();
    Message {
        text: format!("{text} {}.", first_words.join(", ")),
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

    #[test]
    fn what_is_not_known_is_named() {
        let message = unknown("<frobnicate>").to_json().to_string();
        assert!(
            message.contains("I don't know “&lt;frobnicate&gt;”. Type `/incident`"),
            "{message}"
        );
    }
}
