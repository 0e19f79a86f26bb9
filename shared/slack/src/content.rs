//! What people see a message say. Apps such as Alertmanager leave its text empty and say it in blocks or attachments.

use serde::Deserialize;
use serde_json::Value;

use crate::text::escape_signs;

/// How deep blocks are read: Slack's own nest no deeper.
const MAX_DEPTH: usize = 8;

/// An attachment: the older way of apps to say more than text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Attachment {
    pretext: Option<String>,
    title: Option<String>,
    title_link: Option<String>,
    text: Option<String>,
    fields: Vec<Field>,
    fallback: Option<String>,
    image_url: Option<String>,
    blocks: Vec<Value>,
    /// The link in the text that Slack shows a preview of.
    from_url: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Field {
    title: Option<String>,
    value: Option<String>,
}

/// What a message says, as Slack writes text: the richest of its text and its blocks, then its attachments.
pub(crate) fn shown(text: String, blocks: &[Value], attachments: &[Attachment]) -> String {
    let in_blocks = lines(blocks.iter().map(|block| of_block(block, 0)));
    // People's own messages carry their text a second time, in blocks, less faithfully.
    let mut shown = if in_blocks.chars().count() > text.chars().count() && words(&in_blocks) != words(&text) {
        in_blocks
    } else {
        text
    };
    for attachment in attachments {
        let more = attachment.shown();
        if !more.is_empty() && !shown.contains(&more) {
            if !shown.is_empty() {
                shown.push('\n');
            }
            shown.push_str(&more);
        }
    }
    shown
}

/// A text without what markup adds.
fn words(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

impl Attachment {
    fn shown(&self) -> String {
        let some = |text: &Option<String>| text.clone().unwrap_or_default();
        if self.from_url.is_some() {
            // A preview says nothing that its link does not lead to; a graph goes when the link does.
            return self.image_url.as_deref().map(link).unwrap_or_default();
        }
        let title = match (&self.title, &self.title_link) {
            (Some(title), Some(address)) => {
                format!("<{}|{}>", escape_signs(address), title.replace(['|', '>', '<'], " "))
            }
            (title, _) => title.clone().unwrap_or_default(),
        };
        let fields = self.fields.iter().map(|field| {
            let (title, value) = (some(&field.title), some(&field.value));
            if title.is_empty() || value.is_empty() {
                format!("{title}{value}")
            } else {
                format!("{title}: {value}")
            }
        });
        let blocks = self.blocks.iter().map(|block| of_block(block, 0));
        let mut all = vec![some(&self.pretext), title, some(&self.text)];
        all.extend(fields);
        all.extend(blocks);
        let mut shown = lines(all.into_iter());
        if shown.is_empty() {
            some(&self.fallback).trim().clone_into(&mut shown);
        }
        lines([shown, self.image_url.as_deref().map(link).unwrap_or_default()].into_iter())
    }
}

fn lines(parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<_> = parts
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    parts.join("\n")
}

fn link(address: &str) -> String {
    format!("<{}>", escape_signs(address))
}

fn of_block(block: &Value, depth: usize) -> String {
    if depth > MAX_DEPTH {
        return String::new();
    }
    let each = |key: &str| block[key].as_array().into_iter().flatten();
    match block["type"].as_str().unwrap_or_default() {
        "header" => of_text(&block["text"]),
        "section" => lines(std::iter::once(of_text(&block["text"])).chain(each("fields").map(of_text))),
        "context" => {
            let parts: Vec<_> = each("elements").map(of_text).filter(|part| !part.is_empty()).collect();
            parts.join(" ")
        }
        "image" => lines(
            [
                of_text(&block["title"]),
                block["image_url"].as_str().map(link).unwrap_or_default(),
            ]
            .into_iter(),
        ),
        "markdown" => escape_signs(block["text"].as_str().unwrap_or_default()),
        "rich_text" => lines(each("elements").map(|element| of_rich(element, depth + 1))),
        _ => String::new(),
    }
}

/// A text object: mrkdwn stands escaped, plain text does not.
fn of_text(text: &Value) -> String {
    let said = text["text"].as_str().unwrap_or_default();
    match text["type"].as_str() {
        Some("mrkdwn") => said.to_owned(),
        Some("plain_text") => escape_signs(said),
        _ => String::new(),
    }
}

/// A part of a rich text, in the tokens that Slack writes into plain messages.
fn of_rich(element: &Value, depth: usize) -> String {
    if depth > MAX_DEPTH {
        return String::new();
    }
    let text = |key: &str| element[key].as_str().unwrap_or_default();
    let parts = || {
        let parts = element["elements"].as_array().into_iter().flatten();
        parts.map(|part| of_rich(part, depth + 1))
    };
    match text("type") {
        "rich_text_list" => lines(parts().map(|item| format!("• {item}"))),
        "text" => escape_signs(text("text")),
        "link" if text("text").is_empty() => link(text("url")),
        "link" => format!(
            "<{}|{}>",
            escape_signs(text("url")),
            text("text").replace(['|', '>', '<'], " ")
        ),
        "user" => format!("<@{}>", text("user_id")),
        "channel" => format!("<#{}>", text("channel_id")),
        "usergroup" => format!("<!subteam^{}>", text("usergroup_id")),
        "broadcast" => format!("<!{}>", text("range")),
        "emoji" => format!(":{}:", text("name")),
        "date" => escape_signs(text("fallback")),
        // Sections, quotes and code are runs of the above.
        _ => parts().collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown_by(message: &Value) -> String {
        let blocks: Vec<Value> = serde_json::from_value(message["blocks"].clone()).unwrap_or_default();
        let attachments: Vec<Attachment> = serde_json::from_value(message["attachments"].clone()).unwrap_or_default();
        shown(
            message["text"].as_str().unwrap_or_default().to_owned(),
            &blocks,
            &attachments,
        )
    }

    #[test]
    fn an_alert_in_an_attachment() {
        let alert = json!({ "text": "", "attachments": [{
            "title": "[FIRING] Checkout 5xx", "title_link": "https://alerts.example/1",
            "text": "12% of requests", "fallback": "Checkout 5xx",
            "fields": [{ "title": "Region", "value": "eu-west-1", "short": true }],
            "image_url": "https://graphs.example/1.png",
        }] });
        assert_eq!(
            shown_by(&alert),
            "<https://alerts.example/1|[FIRING] Checkout 5xx>\n12% of requests\nRegion: eu-west-1\n<https://graphs.example/1.png>"
        );
        let only = json!({ "text": "", "attachments": [{ "fallback": "Checkout 5xx" }] });
        assert_eq!(shown_by(&only), "Checkout 5xx");
    }

    #[test]
    fn blocks_in_an_attachment_and_on_their_own() {
        let blocks = json!([
            { "type": "header", "text": { "type": "plain_text", "text": "Build & deploy failed" } },
            { "type": "section", "text": { "type": "mrkdwn", "text": "*main* by <@U1>" },
              "fields": [{ "type": "mrkdwn", "text": "Took 3 min" }] },
            { "type": "rich_text", "elements": [
                { "type": "rich_text_section", "elements": [
                    { "type": "text", "text": "see <" }, { "type": "channel", "channel_id": "C1" },
                    { "type": "text", "text": " " }, { "type": "link", "url": "https://x.y", "text": "log" }] },
                { "type": "rich_text_list", "elements": [
                    { "type": "rich_text_section", "elements": [{ "type": "user", "user_id": "U2" }] }] },
            ] },
            { "type": "actions", "elements": [] },
        ]);
        let said = "Build &amp; deploy failed\n*main* by <@U1>\nTook 3 min\nsee &lt;<#C1> <https://x.y|log>\n• <@U2>";
        assert_eq!(shown_by(&json!({ "text": "", "blocks": blocks })), said);
        assert_eq!(shown_by(&json!({ "text": "New event", "blocks": blocks })), said);
        assert_eq!(
            shown_by(&json!({ "text": "", "attachments": [{ "blocks": blocks }] })),
            said
        );
    }

    #[test]
    fn what_people_write_is_taken_as_it_is() {
        let written = json!({ "text": "down? see <#C1> :fire: `x`", "blocks": [
            { "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [
                { "type": "text", "text": "down? see " }, { "type": "channel", "channel_id": "C1" },
                { "type": "text", "text": " " }, { "type": "emoji", "name": "fire" },
                { "type": "text", "text": " " }, { "type": "text", "text": "x", "style": { "code": true } }] }] }] });
        assert_eq!(shown_by(&written), "down? see <#C1> :fire: `x`");
        let preview = json!({ "text": "look <https://g.example>", "attachments": [
            { "from_url": "https://g.example", "title": "A graph", "image_url": "https://g.example/1.png" }] });
        assert_eq!(
            shown_by(&preview),
            "look <https://g.example>\n<https://g.example/1.png>"
        );
    }
}
