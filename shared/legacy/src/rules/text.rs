//! Text: what it says, and what it is called.

use super::people::Directory;

/// The title that is left in the name of an incident: what follows `inc-<digits>-`, with blanks for dashes. `None` when
/// nothing is left.
pub fn title(name: &str) -> Option<String> {
    let rest = name.strip_prefix("inc-").and_then(|rest| {
        let words = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        (words.len() < rest.len()).then_some(words)?.strip_prefix('-')
    });
    let words: Vec<_> = rest
        .unwrap_or(name)
        .split(['-', ' '])
        .filter(|word| !word.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// A message as people read it: Slack escapes three signs, and puts mentions and links into angle brackets.
pub fn plain(message: &str, people: &Directory) -> String {
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(&unescape(before));
        match after.split_once('>') {
            Some((inner, after)) if !inner.contains('<') => {
                text.push_str(&reference(inner, people));
                rest = after;
            }
            _ => {
                text.push('<');
                rest = after;
            }
        }
    }
    text.push_str(&unescape(rest));
    domain::text::clean(&text)
}

fn reference(inner: &str, people: &Directory) -> String {
    let (target, label) = match inner.split_once('|') {
        Some((target, label)) => (target, Some(label).filter(|label| !label.is_empty())),
        None => (inner, None),
    };
    let label = label.map(unescape);
    if let Some(id) = target.strip_prefix('@') {
        let name = label.or_else(|| people.name(id).map(str::to_owned));
        return format!("@{}", name.unwrap_or_else(|| id.to_owned()));
    }
    if let Some(id) = target.strip_prefix('#') {
        return format!("#{}", label.unwrap_or_else(|| id.to_owned()));
    }
    if let Some(special) = target.strip_prefix('!') {
        let name = special.split('^').next().unwrap_or(special);
        return label.unwrap_or_else(|| format!("@{name}"));
    }
    let target = unescape(target);
    match label {
        Some(label) if label != target && !target.ends_with(&format!("//{label}")) => format!("{label} ({target})"),
        _ => target,
    }
}

/// Takes the escapes away, once: `&amp;lt;` is `&lt;`.
pub fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Text that Postgres can keep.
pub fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

/// What an image is, by its first bytes; only what the console shows.
pub fn image_type(first: &[u8]) -> Option<&'static str> {
    match first {
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some("image/png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn titles() {
        for (name, expected) in [
            (
                "inc-2026111115-checkout-latency-above-4s",
                Some("checkout latency above 4s"),
            ),
            (
                "inc-202632145-zahlung-schlgt-fehl--caf--its-down",
                Some("zahlung schlgt fehl caf its down"),
            ),
            ("inc-20263101120-", None),
            ("inc-billing-export", Some("inc billing export")),
            ("inc-2026-2026-x", Some("2026 x")),
            ("---", None),
            ("", None),
        ] {
            assert_eq!(title(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_message_is_read_as_people_read_it() {
        let people = Directory::read(&json!([{ "id": "U5", "name": "eva", "real_name": "Eva Adams" }]));
        assert_eq!(
            plain(
                "p95 &gt; limit, see <https://grafana.example.com/d/1?a=1&amp;b=2|the graph> and ask <@U5> or <@U9> in <#C3|incidents> <!here>",
                &people
            ),
            "p95 > limit, see the graph (https://grafana.example.com/d/1?a=1&b=2) and ask @Eva Adams or @U9 in #incidents @here"
        );
        assert_eq!(
            plain("<https://example.com> <http://example.org|example.org>", &people),
            "https://example.com http://example.org"
        );
        assert_eq!(plain("a < b, &amp;lt; and <all", &people), "a < b, &lt; and <all");
    }

    /// Nothing that people wrote makes it fail, and what has no sign of Slack's stays as it is.
    #[test]
    fn every_text_is_read() {
        let people = Directory::default();
        let signs = [
            "<", ">", "&", "&amp;", "|", "@", "#", "!", "U5", "ü", "🔥", "\n", "\0", "^",
        ];
        let mut state = 1_usize;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..8 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                text.push_str(signs[(state >> 33) % signs.len()]);
            }
            let read = plain(&text, &people);
            assert!(!read.contains('\0'));
            if !text.contains(['<', '&', '\0']) {
                assert_eq!(read, text);
            }
        }
    }

    #[test]
    fn images_are_known_by_their_bytes() {
        assert_eq!(image_type(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(image_type(b"RIFF0000WEBPVP8 "), Some("image/webp"));
        assert_eq!(image_type(b"<svg onload=x>"), None);
        assert_eq!(image_type(b""), None);
    }
}
