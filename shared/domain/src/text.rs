//! Text of people, without the characters that only disturb others.

/// The text without control characters, without marks that turn the direction of what stands beside it, and without
/// spaces that have no width. Line breaks and tabs stay, and so do the joiners that emoji and some scripts need.
pub fn clean(text: &str) -> String {
    text.chars().filter(|&c| !is_disturbing(c)).collect()
}

/// Whether anything can be seen of a text.
pub fn is_visible(text: &str) -> bool {
    text.chars()
        .any(|c| !c.is_whitespace() && !c.is_control() && !is_blank(c))
}

/// The text with a capital at its beginning.
pub fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn is_disturbing(c: char) -> bool {
    match c {
        '\n' | '\r' | '\t' => false,
        // Directional embeddings, overrides and isolates; soft hyphen, Mongolian vowel separator, zero-width space, line and paragraph separator, word joiner, invisible
        // operators, deprecated format characters, byte order mark, interlinear annotations.
        '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}'
        | '\u{00AD}'
        | '\u{180E}'
        | '\u{200B}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{2060}'..='\u{2064}'
        | '\u{206A}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}' => true,
        _ => c.is_control(),
    }
}

/// Characters that have their use among others and show nothing alone.
fn is_blank(c: char) -> bool {
    is_disturbing(c)
        || matches!(c, '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{200C}'..='\u{200F}' | '\u{2800}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{E0000}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_disturbs_goes() {
        assert_eq!(
            clean("pay\u{202e}ment\u{200b}s \u{1b}[31mfail\u{0}\u{7}"),
            "payments [31mfail"
        );
        assert_eq!(clean("one\r\n\ttwo"), "one\r\n\ttwo");
    }

    #[test]
    fn emoji_and_scripts_keep_what_they_need() {
        for text in ["👩‍🚒 down", "می‌خواهم", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️", "שלום\u{200f}!"]
        {
            assert_eq!(clean(text), text);
            assert!(is_visible(text), "{text}");
        }
    }

    #[test]
    fn nothing_can_be_seen_of_blanks() {
        for text in [
            "",
            " \n",
            "\u{200b}\u{200b}",
            "\u{200d}",
            "\u{2800}\u{3164}",
            "\u{202e}",
        ] {
            assert!(!is_visible(text), "{text:?}");
        }
    }
}
