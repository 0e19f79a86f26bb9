//! Messages as they stand in a channel, read back.

use serde::Deserialize;
use serde_json::Value;

use crate::content::{self, Attachment};
use crate::conversations::Cursor;
use crate::messages::METADATA_TYPE;
use crate::{Client, Error, Result};

/// The most messages of a page: what Slack gives at once.
const PAGE: &str = "999";

/// A message as it stands in a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Raw")]
pub struct Written {
    /// Its timestamp, which names it in its channel.
    pub ts: String,
    /// The message that began its thread, where it is in one.
    pub thread_ts: Option<String>,
    /// How many answers its thread has.
    pub reply_count: u32,
    user: Option<String>,
    bot_id: Option<String>,
    username: Option<String>,
    bot_profile: Option<BotProfile>,
    subtype: Option<String>,
    metadata: Option<Metadata>,
    /// What people see it say, as Slack writes it: apps say it in blocks and attachments.
    pub text: String,
    /// What hangs on it.
    pub files: Vec<File>,
    /// Who reacted, and how.
    pub reactions: Vec<Reaction>,
}

/// A message as Slack sends it.
#[derive(Deserialize)]
struct Raw {
    ts: String,
    thread_ts: Option<String>,
    #[serde(default)]
    reply_count: u32,
    user: Option<String>,
    bot_id: Option<String>,
    username: Option<String>,
    bot_profile: Option<BotProfile>,
    subtype: Option<String>,
    metadata: Option<Metadata>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    blocks: Vec<Value>,
    #[serde(default)]
    attachments: Vec<Attachment>,
    #[serde(default)]
    files: Vec<File>,
    #[serde(default)]
    reactions: Vec<Reaction>,
}

impl From<Raw> for Written {
    fn from(raw: Raw) -> Self {
        Self {
            text: content::shown(raw.text, &raw.blocks, &raw.attachments),
            ts: raw.ts,
            thread_ts: raw.thread_ts,
            reply_count: raw.reply_count,
            user: raw.user,
            bot_id: raw.bot_id,
            username: raw.username,
            bot_profile: raw.bot_profile,
            subtype: raw.subtype,
            metadata: raw.metadata,
            files: raw.files,
            reactions: raw.reactions,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Metadata {
    #[serde(default)]
    event_type: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct BotProfile {
    #[serde(default)]
    name: String,
}

/// A file that hangs on a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct File {
    /// `F…`
    pub id: String,
    /// Its name; empty for one that was deleted.
    #[serde(default)]
    pub name: String,
    /// Its type, as whoever sent it said.
    #[serde(default)]
    pub mimetype: String,
    /// Its length in bytes.
    #[serde(default)]
    pub size: u64,
    /// Where it is fetched from, with the bot's token.
    pub url_private: Option<url::Url>,
    /// How far Slack shows it; absent where it shows everything.
    #[serde(default)]
    pub file_access: Option<String>,
}

impl File {
    /// Whether the message only names it, and [`Client::file`] says more: files of other workspaces come so in shared channels.
    pub fn is_stub(&self) -> bool {
        self.file_access.as_deref() == Some("check_file_info")
    }
}

/// How people reacted to a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Reaction {
    /// The emoji's name, without colons; a skin tone stands behind `::`.
    pub name: String,
    /// Some or all of who reacted so, the first of them first.
    #[serde(default)]
    pub users: Vec<String>,
}

#[derive(Deserialize)]
struct FileInfo {
    file: File,
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Written>,
    #[serde(default)]
    response_metadata: Option<Cursor>,
}

impl Written {
    /// Slack's id of who wrote it; empty where Slack does not say.
    pub fn author(&self) -> &str {
        let author = self.user.as_deref().or(self.bot_id.as_deref());
        author.unwrap_or_default()
    }

    /// Whether somebody deleted it: it stands for the answers in its thread, which nobody sees in the channel.
    pub fn is_tombstone(&self) -> bool {
        self.subtype.as_deref() == Some("tombstone")
    }

    /// Whether a person or an app wrote it: other subtypes are Slack's own notes, as of who joined a channel.
    pub fn is_written(&self) -> bool {
        matches!(
            self.subtype.as_deref(),
            None | Some("bot_message" | "me_message" | "thread_broadcast" | "file_share" | "file_comment")
        )
    }

    /// Whether incident-bot posted it.
    pub fn is_ours(&self) -> bool {
        let metadata = self.metadata.as_ref();
        self.bot_id.is_some() && metadata.is_some_and(|metadata| metadata.event_type == METADATA_TYPE)
    }

    /// The name of the app that wrote it, where one did.
    pub fn app_name(&self) -> Option<&str> {
        self.bot_id.as_ref()?;
        let profile = self.bot_profile.as_ref().map(|profile| profile.name.as_str());
        self.username.as_deref().or(profile).filter(|name| !name.is_empty())
    }

    /// Who reacted with this emoji, in any skin tone, the first of them first.
    pub fn reacted_with(&self, emoji: &str) -> Vec<&str> {
        let alike = self.reactions.iter().filter(|reaction| is_emoji(&reaction.name, emoji));
        alike
            .flat_map(|reaction| reaction.users.iter().map(String::as_str))
            .collect()
    }
}

/// Whether a reaction is this emoji, in any skin tone.
pub fn is_emoji(reaction: &str, emoji: &str) -> bool {
    reaction.split("::").next() == Some(emoji)
}

impl Client {
    /// The message with this `ts`, in a thread or not; `None` when it is not there any more.
    pub async fn message(&self, channel: &str, ts: &str) -> Result<Option<Written>> {
        let exactly = |ts: &str| {
            [
                ("channel", Some(channel.to_owned())),
                ("oldest", Some(ts.to_owned())),
                ("latest", Some(ts.to_owned())),
                ("inclusive", Some("true".to_owned())),
            ]
        };
        let mut query = exactly(ts).to_vec();
        query.push(("limit", Some("1".to_owned())));
        let page: Page = self.get("conversations.history", &query).await?;
        if let Some(found) = page.messages.into_iter().find(|message| message.ts == ts) {
            return Ok(Some(found));
        }
        // Answers in threads stand in no channel's history.
        let mut query = exactly(ts).to_vec();
        query.push(("ts", Some(ts.to_owned())));
        query.push(("limit", Some("2".to_owned())));
        match self.get::<Page>("conversations.replies", &query).await {
            Ok(page) => Ok(page.messages.into_iter().find(|message| message.ts == ts)),
            Err(Error::NotFound { code, .. }) if code == "thread_not_found" => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What Slack knows of a file.
    pub async fn file(&self, id: &str) -> Result<File> {
        let found: FileInfo = self.get("files.info", &[("file", Some(id.to_owned()))]).await?;
        Ok(found.file)
    }

    /// One page of a channel's messages, newest first, without answers in threads; and the cursor of the next page.
    pub async fn history(&self, channel: &str, cursor: Option<String>) -> Result<(Vec<Written>, Option<String>)> {
        let query = [
            ("channel", Some(channel.to_owned())),
            ("limit", Some(PAGE.to_owned())),
            ("cursor", cursor),
        ];
        let page: Page = self.get("conversations.history", &query).await?;
        Ok((page.messages, Cursor::next(page.response_metadata)))
    }

    /// One page of a channel's messages since `oldest`, and the cursor of the next page.
    pub(crate) async fn history_since(
        &self,
        channel: &str,
        oldest: &str,
        cursor: Option<String>,
    ) -> Result<(Vec<Written>, Option<String>)> {
        let query = [
            ("channel", Some(channel.to_owned())),
            ("oldest", Some(oldest.to_owned())),
            ("limit", Some(PAGE.to_owned())),
            ("cursor", cursor),
        ];
        let page: Page = self.get("conversations.history", &query).await?;
        Ok((page.messages, Cursor::next(page.response_metadata)))
    }

    /// One page of a thread, oldest first, and the cursor of the next page. The message that began it opens every page.
    pub async fn thread(
        &self,
        channel: &str,
        ts: &str,
        cursor: Option<String>,
    ) -> Result<(Vec<Written>, Option<String>)> {
        let query = [
            ("channel", Some(channel.to_owned())),
            ("ts", Some(ts.to_owned())),
            ("limit", Some(PAGE.to_owned())),
            ("cursor", cursor),
        ];
        let page: Page = self.get("conversations.replies", &query).await?;
        Ok((page.messages, Cursor::next(page.response_metadata)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wrote_it() {
        let person: Written = serde_json::from_str(r#"{"ts":"1.2","user":"U1","text":"hi"}"#).unwrap();
        assert_eq!((person.author(), person.app_name()), ("U1", None));
        let app = r#"{"ts":"1.2","user":"U9","bot_id":"B1","bot_profile":{"name":"deploys"},"text":"hi"}"#;
        let app: Written = serde_json::from_str(app).unwrap();
        assert_eq!((app.author(), app.app_name()), ("U9", Some("deploys")));
    }

    #[test]
    fn what_nobody_wrote_and_what_we_wrote() {
        let read = |message: &str| serde_json::from_str::<Written>(message).unwrap();
        let joined = read(r#"{"ts":"1.2","user":"U1","subtype":"channel_join","text":"<@U1> has joined the channel"}"#);
        assert!(!joined.is_written());
        assert!(read(r#"{"ts":"1.2","subtype":"bot_message","bot_id":"B1","text":"hi"}"#).is_written());
        let ours = r#"{"ts":"1.2","user":"U9","bot_id":"B9","text":"hi","metadata":{"event_type":"incident_bot"}}"#;
        assert!(read(ours).is_written() && read(ours).is_ours());
        assert!(!read(&ours.replace("incident_bot", "deploy")).is_ours());
        assert!(!read(r#"{"ts":"1.2","user":"U1","text":"hi"}"#).is_ours());
    }

    /// As Slack documents a message of another workspace in a shared channel, and the answer of `files.info`.
    #[test]
    fn a_file_of_a_shared_channel_is_a_stub() {
        let message = r#"{
            "type": "message", "ts": "1.2", "user": "U1", "team": "T2", "text": "look",
            "files": [{
                "id": "F1", "mode": "file_access", "file_access": "check_file_info", "created": 0, "timestamp": 0, "user": ""
            }]
        }"#;
        let written: Written = serde_json::from_str(message).unwrap();
        let [stub] = written.files.as_slice() else {
            panic!("one file: {written:?}");
        };
        assert!(stub.is_stub() && stub.name.is_empty() && stub.url_private.is_none());
        let answer = r#"{
            "ok": true,
            "file": {
                "id": "F1", "name": "graph.png", "title": "graph.png", "mimetype": "image/png", "filetype": "png", "size": 1200,
                "mode": "hosted", "is_external": false, "user_team": "T2", "has_rich_preview": false,
                "url_private": "https://files.slack.com/files-pri/T2-F1/graph.png"
            },
            "comments": [], "response_metadata": { "next_cursor": "" }
        }"#;
        let found: FileInfo = serde_json::from_str(answer).unwrap();
        assert!(!found.file.is_stub() && found.file.url_private.is_some());
        assert_eq!((found.file.name.as_str(), found.file.size), ("graph.png", 1_200));
        // What is deleted or not visible has nothing more to say.
        let gone: File = serde_json::from_str(r#"{"id":"F1","file_access":"file_not_found"}"#).unwrap();
        assert!(!gone.is_stub());
    }

    #[test]
    fn an_emoji_has_skin_tones() {
        assert!(is_emoji("wave::skin-tone-2", "wave") && is_emoji("wave", "wave"));
        assert!(!is_emoji("wave_goodbye", "wave"));
    }
}
