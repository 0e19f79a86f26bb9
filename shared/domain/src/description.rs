//! What happened, in the words of whoever declares the incident.
//!
//! The text is kept as it was typed, without what only disturbs others. Its first line, cut at a word, is the title.

use thiserror::Error;

use crate::text::{clean, is_visible};

/// The most characters a description has.
pub const MAX_DESCRIPTION: usize = 3_000;
/// The most characters a title has.
pub const MAX_TITLE: usize = 120;

/// A description that is neither empty nor too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description(String);

/// Why a text is no description. The message is meant for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DescriptionError {
    /// Nothing of it can be seen.
    #[error("Describe what is happening in a few words.")]
    Empty,
    /// More than [`MAX_DESCRIPTION`] characters.
    #[error("This is {0} characters long; the limit is 3,000.")]
    TooLong(usize),
}

impl Description {
    /// Takes a text as it was typed; white space around it goes, and what [`clean`] takes away.
    pub fn parse(text: &str) -> Result<Self, DescriptionError> {
        let text = clean(text);
        let text = text.trim();
        let length = text.chars().count();
        if !is_visible(text) {
            Err(DescriptionError::Empty)
        } else if length > MAX_DESCRIPTION {
            Err(DescriptionError::TooLong(length))
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first line with words, else the first of which something can be seen, cut at a word to at most [`MAX_TITLE`]
    /// characters.
    pub fn title(&self) -> String {
        let mut lines = self.0.lines().map(without_fence).filter(|line| is_visible(line));
        let first = lines.clone().next();
        let line = lines.find(|line| !is_only_markup(line)).or(first);
        cut_at_word(line.unwrap_or(&self.0), MAX_TITLE)
    }
}

/// A line without the fence of a block of code that begins or ends on it.
fn without_fence(line: &str) -> &str {
    let line = line.trim();
    let line = line.strip_prefix("```").unwrap_or(line);
    line.strip_suffix("```").unwrap_or(line).trim()
}

/// Whether a line only begins a quotation or a list, or separates what stands around it.
fn is_only_markup(line: &str) -> bool {
    line.chars().all(|c| c.is_whitespace() || "`*_~>-=#|".contains(c))
}

/// Cuts `text` to at most `most` characters, at a space where there is one in the second half, and marks the cut with `…`.
pub fn cut_at_word(text: &str, most: usize) -> String {
    let Some((hard_end, _)) = text.char_indices().nth(most) else {
        return text.to_owned();
    };
    // One character is needed for the mark.
    let room = text[..hard_end].char_indices().next_back().map_or(0, |(at, _)| at);
    let kept = &text[..room];
    let end = match kept.rfind(char::is_whitespace) {
        Some(at) if at > room / 2 => at,
        _ => room,
    };
    format!("{}…", text[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_title() {
        let description = Description::parse("  Payments fail for EU customers \nsince 14:00\n").unwrap();
        assert_eq!(description.title(), "Payments fail for EU customers");
        assert_eq!(description.as_str(), "Payments fail for EU customers \nsince 14:00");
    }

    #[test]
    fn the_title_has_words() {
        for (text, title) in [
            ("```\npanic: no route to host\n```", "panic: no route to host"),
            ("```panic: no route to host```\nsince 14:00", "panic: no route to host"),
            ("---\n> \n> Payments fail", "> Payments fail"),
            ("`api` is down", "`api` is down"),
            ("🔥\nPayments", "🔥"),
            ("***", "***"),
            ("```", "```"),
        ] {
            assert_eq!(Description::parse(text).unwrap().title(), title, "{text:?}");
        }
    }

    #[test]
    fn a_long_first_line_is_cut_at_a_word() {
        let description = Description::parse(&"checkout ".repeat(40)).unwrap();
        let title = description.title();
        assert!(title.chars().count() <= MAX_TITLE);
        assert!(title.ends_with("checkout…"), "{title}");
    }

    #[test]
    fn a_line_without_spaces_is_cut_between_characters() {
        let description = Description::parse(&"Ж".repeat(500)).unwrap();
        assert_eq!(description.title().chars().count(), MAX_TITLE);
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert!(Description::parse(&"🔥".repeat(MAX_DESCRIPTION)).is_ok());
        assert_eq!(
            Description::parse(&"x".repeat(MAX_DESCRIPTION + 1)),
            Err(DescriptionError::TooLong(3_001))
        );
    }

    #[test]
    fn white_space_is_nothing() {
        for text in [" \n\t\0 ", "\u{200b}\u{200b}", "\u{200d}", "\u{202e}"] {
            assert_eq!(Description::parse(text), Err(DescriptionError::Empty), "{text:?}");
        }
    }

    #[test]
    fn a_title_can_be_seen_and_turns_nothing_round() {
        let description = Description::parse("\u{200d}\n\u{202e}Payments\u{1b} fail\u{200b}").unwrap();
        assert_eq!(description.title(), "Payments fail");
    }
}
