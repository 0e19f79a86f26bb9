//! Names of incident channels: `inc-YYYYMMDD-HHMM-<words of the title>`.
//!
//! Slack takes at most 80 characters, lower case letters, digits, `-` and `_`. The name is chosen before the channel is
//! made, because it is what finds the channel again when the answer to its creation was lost.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// The most characters a channel name has in Slack.
const MAX: usize = 80;
/// What the channel for the root cause analysis adds.
const RCA_SUFFIX: &str = "-rca";
/// Room for a number that makes the name unique, up to `-9999`.
const NUMBER_ROOM: usize = 5;

/// The name of a channel for an incident with this title, before it is made unique by [`numbered`].
///
/// Letters and digits of any script are transliterated; the time is that of the company's `zone`.
pub fn base(title: &str, declared_at: DateTime<Utc>, zone: Tz) -> String {
    let stem = declared_at.with_timezone(&zone).format("inc-%Y%m%d-%H%M").to_string();
    let room = MAX - RCA_SUFFIX.len() - NUMBER_ROOM - stem.len();
    let mut words = String::new();
    for word in ascii_words(title) {
        if words.len() + 1 + word.len() <= room {
            words.push('-');
            words.push_str(&word);
        } else {
            // A first word that fills the name alone is cut; a later one is left out.
            if words.is_empty() {
                words.push('-');
                words.push_str(&word[..room - 1]);
            }
            break;
        }
    }
    stem + &words
}

/// The `number`th name with this base: the base itself for 1, then `-2`, `-3` and so on.
pub fn numbered(base: &str, number: u32) -> String {
    if number <= 1 {
        base.to_owned()
    } else {
        format!("{base}-{number}")
    }
}

/// Which of the names with this base a name is: 1 for the base itself, `None` for a name with another base.
pub fn number_of(name: &str, base: &str) -> Option<u32> {
    match name.strip_prefix(base)? {
        "" => Some(1),
        rest => rest.strip_prefix('-')?.parse().ok(),
    }
}

/// The name of the channel in which the causes of an incident are looked into. People may have given its own channel a
/// longer name than we would.
pub fn rca(channel_name: &str) -> String {
    let room = MAX - RCA_SUFFIX.len() - NUMBER_ROOM;
    match channel_name.char_indices().nth(room) {
        Some((cut, _)) => format!("{}{RCA_SUFFIX}", channel_name[..cut].trim_end_matches('-')),
        None => format!("{channel_name}{RCA_SUFFIX}"),
    }
}

fn ascii_words(text: &str) -> Vec<String> {
    // Apostrophes join ("can't" is one word), everything else that is no letter or digit divides.
    deunicode::deunicode(text)
        .to_ascii_lowercase()
        .replace('\'', "")
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn at() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 23, 22, 30, 0).unwrap()
    }

    #[test]
    fn words_and_local_time() {
        let zone: Tz = "Europe/Berlin".parse().unwrap();
        assert_eq!(
            base("Can't pay: EU customers!", at(), zone),
            "inc-20261123-2330-cant-pay-eu-customers"
        );
    }

    #[test]
    fn any_script_is_transliterated() {
        assert_eq!(
            base("Платежи не работают", at(), Tz::UTC),
            "inc-20261123-2230-platezhi-ne-rabotaiut"
        );
        assert!(base("שלום 世界", at(), Tz::UTC).len() > "inc-20261123-2230".len());
    }

    #[test]
    fn nothing_to_say_leaves_the_time() {
        assert_eq!(base("!!! ???", at(), Tz::UTC), "inc-20261123-2230");
    }

    #[test]
    fn the_longest_fits_with_number_and_rca() {
        for title in ["a".repeat(300), "outage of everything ".repeat(20), "世".repeat(120)] {
            let name = numbered(&rca(&numbered(&base(&title, at(), Tz::UTC), 9_999)), 9_999);
            assert!(name.len() <= MAX, "{name}");
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{name}"
            );
        }
    }

    #[test]
    fn a_number_is_read_back() {
        assert_eq!(number_of("inc-x", "inc-x"), Some(1));
        assert_eq!(number_of("inc-x-12", "inc-x"), Some(12));
        assert_eq!(number_of("inc-x-y", "inc-x"), None);
        assert_eq!(number_of("war-room", "inc-x"), None);
    }

    #[test]
    fn numbers_begin_with_two() {
        assert_eq!(numbered("inc-x", 1), "inc-x");
        assert_eq!(numbered("inc-x", 2), "inc-x-2");
    }
}
