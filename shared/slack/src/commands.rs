//! The commands: one table, by which the slash command, mentions and direct messages are read and the help is written.
//!
//! The function that a command runs is in the gateway, with its feature.

use std::fmt::Write;

use crate::Message;
use crate::blocks::{buttons, context, declare_button, section};
use crate::ids;
use crate::text::escape_signs;

/// A command that people type behind `/incident`, in a mention of the bot, or in a direct message to it.
#[derive(Debug)]
pub struct Command {
    /// The word that is typed, in lower case. The gateway registers by it what the command runs.
    pub name: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// How it is typed, with arguments, as the help shows it; none for a command that the help leaves out.
    pub examples: &'static [&'static str],
    /// What it does, as the help says it; empty where the help has it in one line with the command before.
    pub does: &'static str,
    /// Who may read the answer.
    pub audience: Audience,
}

/// Who may read the answer to a command. Only whoever types the slash command sees its answer; a mention is answered in its
/// thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody in the channel.
    Channel,
    /// Nobody of another workspace, because it lists what is not of the channel alone.
    Workspace,
    /// Only whoever asks, so only the slash command gives it.
    Asker,
}

const fn command(name: &'static str, examples: &'static [&'static str], does: &'static str) -> Command {
    Command {
        name,
        aliases: &[],
        examples,
        does,
        audience: Audience::Channel,
    }
}

/// Every command, in the order of the help.
pub const COMMANDS: &[Command] = &[
    Command {
        aliases: &["declare"],
        ..command("new", &["new what is happening"], "start an incident")
    },
    Command {
        aliases: &["ls"],
        audience: Audience::Workspace,
        ..command("list", &["list", "list all"], "the open incidents, or all of them")
    },
    Command {
        audience: Audience::Workspace,
        ..command("lsoi", &[], "")
    },
    Command {
        audience: Audience::Workspace,
        ..command("lsai", &[], "")
    },
    command("status", &["status monitoring"], "show or set the status"),
    Command {
        aliases: &["close"],
        ..command("resolve", &["resolve"], "resolve the incident, or open it again")
    },
    command("reopen", &["reopen"], ""),
    Command {
        aliases: &["severity"],
        ..command("sev", &["sev sev1"], "show or set the severity")
    },
    Command {
        aliases: &["roles"],
        ..command(
            "role",
            &["role ic me"],
            "show or assign a role: to `me`, to `@somebody`, to `none`; short names work",
        )
    },
    command("update", &["update what people should know"], "send an update"),
    command("rename", &["rename new title"], "change the title"),
    Command {
        aliases: &["oncall"],
        audience: Audience::Workspace,
        ..command(
            "pager",
            &["pager", "pager payments"],
            "who is on call, of all teams or of one",
        )
    },
    command("page", &["page"], "page a team"),
    command("timeline", &["timeline"], "show the latest timeline entries"),
    command("export", &["export"], "export the chat as a file, archive the channel"),
    command("archive", &["archive"], ""),
    command("statuspage", &["statuspage"], "publish on Statuspage, if it is enabled"),
    Command {
        audience: Audience::Workspace,
        ..command("ls-sp-inc", &["ls-sp-inc"], "what is on Statuspage")
    },
    Command {
        aliases: &["postmortem"],
        ..command("rca", &["rca"], "create or update the RCA document")
    },
    Command {
        audience: Audience::Workspace,
        ..command(
            "scheduler",
            &["scheduler list", "scheduler delete id"],
            "list or delete what is scheduled",
        )
    },
    Command {
        audience: Audience::Asker,
        ..command("diag", &["diag"], "check the bot's setup")
    },
    command("ping", &["ping"], "miscellaneous"),
    command("version", &["version"], ""),
    command("joke", &["joke"], ""),
    Command {
        // Nothing at all is answered with the help, too.
        aliases: &["", "?"],
        ..command("help", &["help"], "")
    },
];

/// The command that `text` begins with, in any case, and its arguments.
///
/// # Errors
/// The first word, where it is no command.
pub fn parse(text: &str) -> Result<(&'static Command, &str), &str> {
    let (word, arguments) = first_word(text);
    let typed = word.to_lowercase();
    let is_it = |command: &&Command| command.name == typed || command.aliases.contains(&typed.as_str());
    let found = COMMANDS.iter().find(is_it);
    found.map(|command| (command, arguments)).ok_or(word)
}

/// The first word, and what follows it, without blanks around them.
pub fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

/// The word of a command that was probably meant.
fn nearest(typed: &str) -> Option<&'static str> {
    let typed = typed.to_lowercase();
    let most = (typed.chars().count() / 3).min(MAX_TYPOS);
    let words = COMMANDS
        .iter()
        .flat_map(|command| [command.name].into_iter().chain(command.aliases.iter().copied()));
    words
        .map(|word| (strsim::osa_distance(word, &typed), word))
        .filter(|(distance, word)| (1..=most).contains(distance) && word.len() > 1)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// The most letters in which a word may differ from the command that it is taken for.
const MAX_TYPOS: usize = 2;

/// Where the words work: Slack tells the bot nothing of channels that it is not in.
pub const WHERE: &str = "Mentions and emoji only work in channels that the bot is in: `/invite @incident-bot` adds it. The slash command works everywhere, and so do direct messages to the bot.";

/// What can be typed, a line each.
pub fn words() -> String {
    let mut text = String::new();
    let mut does = "";
    for command in COMMANDS.iter().filter(|command| !command.examples.is_empty()) {
        if command.does.is_empty() {
            text.push_str(" or ");
        } else {
            if !text.is_empty() {
                let _ = writeln!(text, "  {does}");
            }
            does = command.does;
        }
        let examples: Vec<_> = command.examples.iter().map(|example| format!("`{example}`")).collect();
        text.push_str(&examples.join(" or "));
    }
    let _ = write!(text, "  {does}");
    text
}

/// What the bot understands, and how it is said.
pub fn help() -> Message {
    help_after("")
}

/// That `typed` is no command, which one was probably meant, and what the bot understands.
pub fn unknown(typed: &str) -> Message {
    let meant = nearest(typed).map(|word| format!(" Did you mean `{word}`?"));
    // A backtick or a line break would end the style.
    let words: Vec<_> = typed.split_whitespace().collect();
    let typed = escape_signs(&words.join(" ").replace('`', "'"));
    let meant = meant.unwrap_or_default();
    help_after(&format!("`{} {typed}` isn't a command.{meant} ", ids::COMMAND))
}

fn help_after(first: &str) -> Message {
    let text = format!("{first}Type `{}` or mention me, followed by:", ids::COMMAND);
    let mut blocks = vec![
        section(format!("{text}\n{}", words())),
        context("In an incident's channel, commands apply to that incident. Elsewhere you'll be asked which."),
        context(WHERE),
    ];
    blocks.extend(buttons(vec![declare_button()]));
    let shown = COMMANDS.iter().filter(|command| !command.examples.is_empty());
    let names: Vec<_> = shown.map(|command| command.name).collect();
    Message {
        text: format!("{text} {}.", names.join(", ")),
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
    fn what_is_not_known_is_named_and_what_was_meant() {
        let first_line = |typed| {
            let text = unknown(typed).text;
            text.split(" Type `/incident`").next().unwrap_or_default().to_owned()
        };
        assert_eq!(
            first_line("<frob`nicate>"),
            "`/incident &lt;frob'nicate&gt;` isn't a command."
        );
        assert_eq!(
            first_line("Sevrity"),
            "`/incident Sevrity` isn't a command. Did you mean `severity`?"
        );
        for (typed, meant) in [
            ("lst", Some("list")),
            ("tmieline", Some("timeline")),
            ("statuspgae", Some("statuspage")),
            ("hepl", Some("help")),
            ("x", None),
            ("what", None),
            ("newish", None),
            ("Database", None),
            ("scheduler dance", None),
        ] {
            assert_eq!(nearest(typed), meant, "{typed}");
        }
    }

    #[test]
    fn words_in_any_case_with_what_follows() {
        let read = |text| parse(text).map(|(command, arguments)| (command.name, arguments));
        for (text, name, arguments) in [
            ("  NEW  Payments fail  ", "new", "Payments fail"),
            ("declare it", "new", "it"),
            ("update two\nlines", "update", "two\nlines"),
            ("ls", "list", ""),
            ("Close it", "resolve", "it"),
            ("severity sev1", "sev", "sev1"),
            ("oncall", "pager", ""),
            ("postmortem", "rca", ""),
            ("ls-sp-inc", "ls-sp-inc", ""),
            ("", "help", ""),
            (" ? ", "help", ""),
        ] {
            assert_eq!(read(text), Ok((name, arguments)), "{text}");
        }
        assert_eq!(read("newish thing"), Err("newish"));
        assert_eq!(read("Frobnicate"), Err("Frobnicate"));
    }

    #[test]
    fn no_word_has_two_meanings() {
        let mut words = std::collections::HashSet::new();
        for command in COMMANDS {
            for word in [command.name].iter().chain(command.aliases) {
                assert!(words.insert(*word), "{word}");
                assert_eq!(*word, word.to_lowercase());
            }
            for example in command.examples {
                assert_eq!(first_word(example).0, command.name);
            }
        }
    }
}
