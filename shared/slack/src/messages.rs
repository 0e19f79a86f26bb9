//! Messages: posted with a key in their metadata, so that one whose answer was lost is found again.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use slack_morphism::blocks::SlackBlock;

use crate::blocks::{Button, section};
use crate::conversations::Cursor;
use crate::{Client, Error, Result};

/// The type of the metadata that our messages carry.
pub(crate) const METADATA_TYPE: &str = "incident_bot";
/// How many messages one page holds when looking for one.
const PAGE: &str = "200";

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Makes sense alone: the notification, and what screen readers read. Escaped like mrkdwn.
    pub text: String,
    /// What is drawn.
    pub blocks: Vec<SlackBlock>,
}

impl Message {
    /// A paragraph of mrkdwn, and buttons below it.
    pub fn with_buttons(text: impl Into<String>, buttons: Vec<Button>) -> Self {
        let text = text.into();
        let mut blocks = vec![section(text.clone())];
        blocks.extend(crate::blocks::buttons(buttons));
        Self { text, blocks }
    }

    /// The JSON of its text and blocks, as Slack takes it.
    pub fn to_json(&self) -> Value {
        json!({ "text": self.text, "blocks": self.blocks })
    }
}

#[derive(Deserialize)]
struct WithPermalink {
    permalink: String,
}

#[derive(Deserialize)]
struct Sent {
    ts: String,
}

#[derive(Deserialize)]
struct Nothing {}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Found>,
    #[serde(default)]
    response_metadata: Option<Cursor>,
}

#[derive(Deserialize)]
struct Found {
    ts: String,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    event_type: String,
    #[serde(default)]
    event_payload: Value,
}

impl Client {
    /// Posts a message, in a thread where one is given, and gives its `ts`. An effect that would hurt twice: `key` is how
    /// [`Self::find_message`] finds it again.
    pub async fn post_message(
        &self,
        channel: &str,
        thread_ts: Option<&str>,
        message: &Message,
        key: &str,
    ) -> Result<String> {
        let mut body = body(channel, message, key);
        body["unfurl_links"] = false.into();
        body["unfurl_media"] = false.into();
        if let Some(thread_ts) = thread_ts {
            body["thread_ts"] = thread_ts.into();
        }
        let sent: Sent = self.post("chat.postMessage", channel, &body).await?;
        Ok(sent.ts)
    }

    /// Draws a message anew.
    pub async fn update_message(&self, channel: &str, ts: &str, message: &Message, key: &str) -> Result<()> {
        let mut body = body(channel, message, key);
        body["ts"] = ts.into();
        self.post::<Nothing>("chat.update", "", &body).await.map(|_| ())
    }

    /// Deletes one of our own messages; fine when it is gone already.
    pub async fn delete_message(&self, channel: &str, ts: &str) -> Result<()> {
        let body = json!({ "channel": channel, "ts": ts });
        match self.post::<Nothing>("chat.delete", "", &body).await {
            Err(Error::NotFound { code, .. }) if code == "message_not_found" => Ok(()),
            answer => answer.map(|_| ()),
        }
    }

    /// Looks for the message with this key since `oldest`, in a thread where one is given, and gives its `ts`.
    pub async fn find_message(
        &self,
        channel: &str,
        thread_ts: Option<&str>,
        key: &str,
        oldest: DateTime<Utc>,
    ) -> Result<Option<String>> {
        let method = if thread_ts.is_some() {
            "conversations.replies"
        } else {
            "conversations.history"
        };
        let mut cursor = None;
        loop {
            let page: Page = self
                .get(
                    method,
                    &[
                        ("channel", Some(channel.to_owned())),
                        ("ts", thread_ts.map(str::to_owned)),
                        ("oldest", Some(format!("{}.000000", oldest.timestamp()))),
                        ("include_all_metadata", Some("true".to_owned())),
                        ("limit", Some(PAGE.to_owned())),
                        ("cursor", cursor),
                    ],
                )
                .await?;
            let found = page.messages.into_iter().find(|message| {
                message.metadata.as_ref().is_some_and(|metadata| {
                    metadata.event_type == METADATA_TYPE && metadata.event_payload["key"] == key
                })
            });
            if let Some(message) = found {
                return Ok(Some(message.ts));
            }
            cursor = Cursor::next(page.response_metadata);
            if cursor.is_none() {
                return Ok(None);
            }
        }
    }

    /// Draws a message of ours anew that keeps the key it carries.
    pub async fn redraw_message(&self, channel: &str, ts: &str, message: &Message) -> Result<()> {
        let body = json!({ "channel": channel, "ts": ts, "text": message.text, "blocks": message.blocks });
        self.post::<Nothing>("chat.update", "", &body).await.map(|_| ())
    }

    /// The address of a message.
    pub async fn permalink(&self, channel: &str, ts: &str) -> Result<String> {
        let query = [
            ("channel", Some(channel.to_owned())),
            ("message_ts", Some(ts.to_owned())),
        ];
        let answer: WithPermalink = self.get("chat.getPermalink", &query).await?;
        Ok(answer.permalink)
    }

    /// Pins a message; fine when it is pinned already.
    pub async fn pin(&self, channel: &str, ts: &str) -> Result<()> {
        let body = json!({ "channel": channel, "timestamp": ts });
        match self.post::<Nothing>("pins.add", "", &body).await {
            Err(Error::Refused { code, .. }) if code == "already_pinned" => Ok(()),
            answer => answer.map(|_| ()),
        }
    }

    /// Unpins a message; fine when it is not pinned.
    pub async fn unpin(&self, channel: &str, ts: &str) -> Result<()> {
        let body = json!({ "channel": channel, "timestamp": ts });
        match self.post::<Nothing>("pins.remove", "", &body).await {
            Err(error) if matches!(error.code(), Some("no_pin" | "not_pinned")) => Ok(()),
            answer => answer.map(|_| ()),
        }
    }

    /// Puts an emoji on a message; fine when it is there already.
    pub async fn react(&self, channel: &str, ts: &str, emoji: &str) -> Result<()> {
        let body = json!({ "channel": channel, "timestamp": ts, "name": emoji });
        match self.post::<Nothing>("reactions.add", "", &body).await {
            Err(Error::Refused { code, .. }) if code == "already_reacted" => Ok(()),
            answer => answer.map(|_| ()),
        }
    }

    /// Takes our emoji from a message; fine when it is not there.
    pub async fn unreact(&self, channel: &str, ts: &str, emoji: &str) -> Result<()> {
        let body = json!({ "channel": channel, "timestamp": ts, "name": emoji });
        match self.post::<Nothing>("reactions.remove", "", &body).await {
            Err(Error::Refused { code, .. }) if code == "no_reaction" => Ok(()),
            answer => answer.map(|_| ()),
        }
    }

    /// Tells somebody in a channel a sentence that only they see, in a thread where one is given. At most once: it is
    /// never found again, so whoever calls must not repeat it.
    pub async fn send_ephemeral_text(
        &self,
        channel: &str,
        user: &str,
        thread_ts: Option<&str>,
        text: &str,
    ) -> Result<()> {
        let mut body = json!({ "channel": channel, "user": user, "text": text });
        if let Some(thread_ts) = thread_ts {
            body["thread_ts"] = thread_ts.into();
        }
        self.post::<Nothing>("chat.postEphemeral", channel, &body)
            .await
            .map(|_| ())
    }

    /// Tells somebody a sentence by direct message. At most once: it carries no key and is never repeated.
    pub async fn tell_directly(&self, user: &str, text: &str) -> Result<()> {
        let channel = self.open_direct_messages(user).await?;
        let body = json!({ "channel": channel, "text": text, "unfurl_links": false, "unfurl_media": false });
        self.post::<Nothing>("chat.postMessage", &channel, &body)
            .await
            .map(|_| ())
    }

    /// Answers whoever acted, by the address that came with what they did; only they see it. At most once.
    pub async fn respond(&self, response_url: &url::Url, text: &str) -> Result<()> {
        let body = json!({ "response_type": "ephemeral", "replace_original": false, "text": text });
        self.post_to_address::<Value>("response_url", response_url.clone(), &body)
            .await
            .map(|_| ())
    }

    /// The same with a message.
    pub async fn respond_with(&self, response_url: &url::Url, message: &Message) -> Result<()> {
        let body = json!({
            "response_type": "ephemeral", "replace_original": false,
            "text": message.text, "blocks": message.blocks,
        });
        self.post_to_address::<Value>("response_url", response_url.clone(), &body)
            .await
            .map(|_| ())
    }

    /// Shows somebody in a channel a message that only they see. At most once: it is never found again.
    pub async fn send_ephemeral(&self, channel: &str, user: &str, message: &Message) -> Result<()> {
        let mut body = message.to_json();
        body["channel"] = channel.into();
        body["user"] = user.into();
        self.post::<Nothing>("chat.postEphemeral", channel, &body)
            .await
            .map(|_| ())
    }

    /// Sends somebody a direct message. At most once: it carries no key and is never repeated.
    pub async fn send_directly(&self, user: &str, message: &Message) -> Result<()> {
        let channel = self.open_direct_messages(user).await?;
        let mut body = message.to_json();
        body["channel"] = channel.as_str().into();
        body["unfurl_links"] = false.into();
        body["unfurl_media"] = false.into();
        self.post::<Nothing>("chat.postMessage", &channel, &body)
            .await
            .map(|_| ())
    }

    /// Draws what only one person sees anew, by the address that came with what they pressed in it. At most once.
    pub async fn respond_in_place(&self, response_url: &url::Url, message: &Message) -> Result<()> {
        let body = json!({
            "response_type": "ephemeral", "replace_original": true,
            "text": message.text, "blocks": message.blocks,
        });
        self.post_to_address::<Value>("response_url", response_url.clone(), &body)
            .await
            .map(|_| ())
    }
}

/// What posting and updating a message have in common.
fn body(channel: &str, message: &Message, key: &str) -> Value {
    json!({
        "channel": channel,
        "text": message.text,
        "blocks": message.blocks,
        "metadata": { "event_type": METADATA_TYPE, "event_payload": { "key": key } },
    })
}
