//! The composer: what a person types becomes Slack's escaped text and its rich text block.

use serde_json::{Value, json};

use super::state::State;

/// Escapes the three characters that mean something in Slack's text.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The text of a message as a person typed it: escaped, `@name`, `#channel`, `@here` and links
/// turned into what Slack makes of them.
pub(crate) fn typed(state: &State, text: &str) -> String {
    let mut out = String::new();
    for piece in split_keeping_space(text) {
        out.push_str(&word(state, piece));
    }
    out
}

fn word(state: &State, piece: &str) -> String {
    let trailing = piece.trim_end_matches(|c: char| ".,:;!?)".contains(c));
    let rest = &piece[trailing.len()..];
    if let Some(name) = trailing.strip_prefix('@') {
        if matches!(name, "here" | "channel" | "everyone") {
            return format!("<!{name}>{}", escape(rest));
        }
        if let Some(user) = state.user(name) {
            return format!("<@{}>{}", user.id, escape(rest));
        }
        if let Some(group) = state.user_groups.values().find(|group| group.handle == name) {
            return format!("<!subteam^{}>{}", group.id, escape(rest));
        }
    }
    if trailing.starts_with('#')
        && let Some(channel) = state.channel(trailing)
    {
        return format!("<#{}|{}>{}", channel.id, channel.name, escape(rest));
    }
    if trailing.starts_with("https://") || trailing.starts_with("http://") {
        return format!("<{}>{}", escape(trailing), escape(rest));
    }
    escape(piece)
}

/// Words and the space between them, in order.
fn split_keeping_space(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut in_space = None;
    for (index, c) in text.char_indices() {
        let space = c.is_whitespace();
        if in_space.is_some_and(|before| before != space) {
            pieces.push(&text[start..index]);
            start = index;
        }
        in_space = Some(space);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// The rich text block that Slack's composer sends along with a typed message.
pub(crate) fn rich_text(text: &str) -> Value {
    let mut elements = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let Some(length) = rest[start..].find('>') else {
            break;
        };
        if start > 0 {
            plain(&rest[..start], &mut elements);
        }
        elements.push(reference(&rest[start + 1..start + length]));
        rest = &rest[start + length + 1..];
    }
    if !rest.is_empty() {
        plain(rest, &mut elements);
    }
    json!({
        "type": "rich_text", "block_id": "typed",
        "elements": [{ "type": "rich_text_section", "elements": elements }],
    })
}

/// Text without references: the words, and the emoji between them.
fn plain(text: &str, elements: &mut Vec<Value>) {
    let mut words = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(':') {
        let (before, after) = (&rest[..start], &rest[start + 1..]);
        words.push_str(before);
        if let Some((name, further)) = after.split_once(':').filter(|(name, _)| is_emoji(name)) {
            push_text(&mut words, elements);
            elements.push(json!({ "type": "emoji", "name": name }));
            rest = further;
        } else {
            words.push(':');
            rest = after;
        }
    }
    words.push_str(rest);
    push_text(&mut words, elements);
}

fn push_text(words: &mut String, elements: &mut Vec<Value>) {
    if !words.is_empty() {
        elements.push(json!({ "type": "text", "text": unescape(words) }));
        words.clear();
    }
}

fn is_emoji(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_+-".contains(c);
    name.chars().all(fits) && name.chars().any(|c| c.is_ascii_lowercase() || c == '+')
}

fn reference(inside: &str) -> Value {
    let (target, label) = inside.split_once('|').unwrap_or((inside, ""));
    if let Some(id) = target.strip_prefix('@') {
        json!({ "type": "user", "user_id": id })
    } else if let Some(id) = target.strip_prefix('#') {
        json!({ "type": "channel", "channel_id": id })
    } else if let Some(id) = target.strip_prefix("!subteam^") {
        json!({ "type": "usergroup", "usergroup_id": id })
    } else if let Some(range) = target.strip_prefix('!') {
        json!({ "type": "broadcast", "range": range })
    } else if label.is_empty() {
        json!({ "type": "link", "url": unescape(target) })
    } else {
        json!({ "type": "link", "url": unescape(target), "text": unescape(label) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_are_elements_and_times_are_not() {
        let elements = |text: &str| rich_text(text)["elements"][0]["elements"].clone();
        assert_eq!(
            elements("on :fire: now: x"),
            json!([
                { "type": "text", "text": "on " },
                { "type": "emoji", "name": "fire" },
                { "type": "text", "text": " now: x" },
            ])
        );
        for text in ["at 14:02:30 sharp", "a: b", ":", "::", "key:value"] {
            assert_eq!(elements(text), json!([{ "type": "text", "text": text }]));
        }
    }

    #[test]
    fn typed_text_is_escaped_and_rich_text_shows_it_as_typed() {
        let state = State::default();
        let text = typed(&state, "a < b & <!channel> https://example.com/?a=1&b=2.");
        assert_eq!(
            text,
            "a &lt; b &amp; &lt;!channel&gt; <https://example.com/?a=1&amp;b=2>."
        );
        let block = rich_text(&text);
        assert_eq!(
            block["elements"][0]["elements"],
            json!([
                { "type": "text", "text": "a < b & <!channel> " },
                { "type": "link", "url": "https://example.com/?a=1&b=2" },
                { "type": "text", "text": "." },
            ])
        );
    }
}
