//! What all feeds have in common: text in some encoding, and lists of items of which one may be odd.

use chrono::{DateTime, SubsecRound, Utc};
use domain::description::cut_at_word;
use domain::upstream::Outage;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Error;

/// The most characters of a title.
const MAX_TITLE: usize = 200;
/// The most characters of a word such as `investigating`.
const MAX_WORD: usize = 40;
/// The most characters of an id, and of an address.
const MAX_ID: usize = 300;

/// What a feed tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parsed {
    pub(crate) outages: Vec<Outage>,
    /// Whether every item was understood.
    pub(crate) whole: bool,
}

/// Reads JSON in whatever Unicode encoding it comes.
pub(crate) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let text = text(bytes)?;
    serde_json::from_str(&text).map_err(|error| Error::Format(error.to_string()))
}

/// The text, by its byte order mark, or else by where its first character has its zero.
fn text(bytes: &[u8]) -> Result<String, Error> {
    let encoding = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if bytes.first() == Some(&0) => encoding_rs::UTF_16BE,
        None if bytes.get(1) == Some(&0) => encoding_rs::UTF_16LE,
        None => encoding_rs::UTF_8,
    };
    let (text, _, broken) = encoding.decode(bytes);
    if broken {
        return Err(Error::Format(format!("it is no text in {}", encoding.name())));
    }
    Ok(text.into_owned())
}

/// Reads every item that can be read; `read` gives `None` for what is no outage.
pub(crate) fn items<T: DeserializeOwned>(
    items: Vec<Value>,
    read: impl Fn(T) -> Option<Outage>,
) -> Result<Parsed, Error> {
    let count = items.len();
    let mut outages = Vec::new();
    let mut last_error = None;
    let mut failed = 0;
    for item in items {
        match T::deserialize(item) {
            Ok(item) => outages.extend(read(item).map(tidy)),
            Err(error) => {
                failed += 1;
                last_error = Some(error);
            }
        }
    }
    match last_error {
        Some(error) if failed == count => Err(Error::Format(error.to_string())),
        Some(error) => {
            tracing::warn!(failed, count, %error, "some of what a provider told was not understood");
            Ok(Parsed { outages, whole: false })
        }
        None => Ok(Parsed { outages, whole: true }),
    }
}

/// An outage as it can be kept and shown: texts of strangers are made short and plain.
pub(crate) fn tidy(outage: Outage) -> Outage {
    let title = line(&outage.title);
    let title = if title.is_empty() { "Untitled" } else { &title };
    Outage {
        id: line(&outage.id).chars().take(MAX_ID).collect(),
        title: cut_at_word(title, MAX_TITLE),
        state: cut_at_word(&line(&outage.state).to_lowercase().replace('_', " "), MAX_WORD),
        impact: cut_at_word(&line(&outage.impact).to_lowercase().replace('_', " "), MAX_WORD),
        started_at: moment(outage.started_at),
        ended_at: outage.ended_at.map(moment),
        updated_at: moment(outage.updated_at),
        url: outage.url.filter(|url| is_link(url)),
    }
}

/// A moment as Postgres keeps it: in microseconds, and of our time.
fn moment(at: DateTime<Utc>) -> DateTime<Utc> {
    const LATEST: i64 = 7_258_118_400;
    let latest = DateTime::from_timestamp(LATEST, 0).unwrap_or(DateTime::UNIX_EPOCH);
    at.clamp(DateTime::UNIX_EPOCH, latest).trunc_subsecs(6)
}

/// Text in one line, without what is not printed.
fn line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_link(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && url.len() <= MAX_ID
        && !url
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '|'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_any_unicode_encoding() {
        let word = "[\"é\"]";
        let big: Vec<u8> = word.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let with_mark = [&[0xfe, 0xff][..], &big].concat();
        let utf8_with_mark = [&[0xef, 0xbb, 0xbf][..], word.as_bytes()].concat();
        for bytes in [word.as_bytes(), &big, &little, &with_mark, &utf8_with_mark] {
            assert_eq!(json::<Vec<String>>(bytes).unwrap(), ["é"]);
        }
        for bytes in [&b"\xff\xfe\xd8"[..], b"", b"[\"\xc3\"]"] {
            assert!(matches!(json::<Vec<String>>(bytes), Err(Error::Format(_))));
        }
    }

    #[test]
    fn one_odd_item_hides_no_other() {
        let numbers = |items_: &str| items(serde_json::from_str(items_).unwrap(), |_: u32| None);
        assert!(numbers("[1, 2]").unwrap().whole);
        assert!(!numbers("[1, \"two\"]").unwrap().whole);
        assert!(numbers("[\"one\"]").is_err());
        assert!(numbers("[]").unwrap().whole);
    }

    #[test]
    fn texts_are_short_and_plain() {
        let now = DateTime::from_timestamp(0, 1_234).unwrap();
        let tidied = tidy(Outage {
            id: "a\0b".to_owned(),
            title: format!("Two\nlines\u{0} {}", "x ".repeat(300)),
            state: "PARTIAL_OUTAGE".to_owned(),
            impact: String::new(),
            started_at: now,
            ended_at: Some(DateTime::<Utc>::MAX_UTC),
            updated_at: now,
            url: Some("javascript:alert(1)".to_owned()),
        });
        assert_eq!(
            (tidied.id.as_str(), tidied.state.as_str(), tidied.url),
            ("a b", "partial outage", None)
        );
        assert_eq!(tidied.started_at, DateTime::from_timestamp(0, 1_000).unwrap());
        assert_eq!(tidied.ended_at.unwrap().to_rfc3339(), "2200-01-01T00:00:00+00:00");
        assert!(tidied.title.starts_with("Two lines x") && tidied.title.chars().count() <= MAX_TITLE);
    }
}
