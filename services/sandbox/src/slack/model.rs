//! What the workspace is made of: people, channels, messages, views.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Somebody in the workspace, the bot's own user included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "Slack describes them so")]
pub struct User {
    /// `U…`
    pub id: String,
    /// The handle, without `@`.
    pub name: String,
    /// The name as displayed.
    pub real_name: String,
    /// The e-mail address.
    pub email: String,
    /// Whether this is the app's own user.
    pub is_bot: bool,
    /// Whether the account is deactivated.
    pub deleted: bool,
    /// The workspace that the account belongs to; another one for people of Slack Connect.
    pub team_id: String,
    /// Whether this is a guest, who sees only the channels they are in.
    pub is_restricted: bool,
    /// Whether this is a guest of one single channel. `is_restricted` is true for them too.
    pub is_ultra_restricted: bool,
    /// Whether this is an admin of the workspace, who may delete everybody's messages.
    pub is_admin: bool,
}

impl User {
    /// Whether the account belongs to another workspace (Slack Connect).
    pub fn is_external(&self) -> bool {
        self.team_id != super::app::TEAM_ID
    }

    /// Whether this is a regular member: no guest and nobody of another workspace.
    pub fn is_full_member(&self) -> bool {
        !self.is_external() && !self.is_restricted && !self.is_ultra_restricted
    }
}

/// What sort of conversation a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Anyone may see and join it.
    Public,
    /// Only members know of it.
    Private,
    /// Between one person and the bot, or two people.
    Direct,
}

/// A pinned message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pin {
    /// The message's `ts`.
    pub ts: String,
    /// Who pinned it.
    pub user: String,
    /// When, in seconds since 1970.
    pub created: i64,
}

/// A link above a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bookmark {
    /// `Bk…`
    pub id: String,
    /// The words shown.
    pub title: String,
    /// The address.
    pub link: String,
    /// An emoji's name, or empty.
    pub emoji: String,
}

/// A channel, private channel or direct message, with everything in it.
#[derive(Debug, Clone, Serialize)]
pub struct Channel {
    /// `C…` or `D…`
    pub id: String,
    /// Empty for direct messages.
    pub name: String,
    /// Public, private or direct.
    pub kind: ChannelKind,
    /// Who made it.
    pub creator: String,
    /// When, in seconds since 1970.
    pub created: i64,
    /// The topic.
    pub topic: String,
    /// The purpose.
    pub purpose: String,
    /// Who is in it.
    pub members: BTreeSet<String>,
    /// Other workspaces that it is shared with (Slack Connect).
    pub connected_teams: BTreeSet<String>,
    /// Whether it is archived.
    pub archived: bool,
    /// Names it had before.
    pub previous_names: Vec<String>,
    /// Pinned messages, oldest first.
    pub pins: Vec<Pin>,
    /// Bookmarks, oldest first.
    pub bookmarks: Vec<Bookmark>,
    /// Messages and replies, oldest first.
    pub messages: Vec<Message>,
}

/// A reaction and who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reaction {
    /// The emoji's name, without colons.
    pub name: String,
    /// Who reacted.
    pub users: Vec<String>,
}

/// What an incoming webhook of another app posts, such as an alert.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WebhookMessage {
    /// The name it is shown with.
    pub username: String,
    /// The text; alerts often leave it empty.
    pub text: String,
    /// The blocks.
    pub blocks: Vec<Value>,
    /// The attachments.
    pub attachments: Vec<Value>,
    /// The thread to answer in.
    pub thread_ts: Option<String>,
}

/// A message as it stands in a channel now.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    /// Its time, which is its id in the channel.
    pub ts: String,
    /// Who wrote it; empty for an incoming webhook of another app.
    pub user: String,
    /// Whether the app wrote it.
    pub from_app: bool,
    /// `channel_join`, `channel_topic`, …; `bot_message` for incoming webhooks, `tombstone` for a deleted message with
    /// replies; none for what people and the app write.
    pub subtype: Option<String>,
    /// The text, escaped as Slack escapes it.
    pub text: String,
    /// Blocks, with the ids that Slack gives to those without.
    pub blocks: Vec<Value>,
    /// Attachments, as sent.
    pub attachments: Vec<Value>,
    /// `{event_type, event_payload}`, if any was sent.
    pub metadata: Option<Value>,
    /// The thread's first message, if this is in one.
    pub thread_ts: Option<String>,
    /// Whether a reply is shown in the channel too.
    pub broadcast: bool,
    /// Reactions in the order of the first.
    pub reactions: Vec<Reaction>,
    /// When it was last changed, as a `ts`.
    pub edited: Option<String>,
    /// Ids of files that hang on it.
    pub files: Vec<String>,
    /// Arguments of the call that posted it which change how it is shown (`unfurl_links`, …), and
    /// the fields that belong to its subtype.
    pub extra: Map<String, Value>,
}

/// A message that one person sees once.
#[derive(Debug, Clone, Serialize)]
pub struct Ephemeral {
    /// Its time.
    pub ts: String,
    /// Where it is shown.
    pub channel: String,
    /// To whom.
    pub user: String,
    /// The text.
    pub text: String,
    /// The blocks.
    pub blocks: Vec<Value>,
    /// The thread it is shown in, if any.
    pub thread_ts: Option<String>,
}

/// A modal or a home, as it stands now.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    /// `V…`
    pub id: String,
    /// Who sees it.
    pub user: String,
    /// What the app sent: type, title, blocks, …
    pub content: Value,
    /// Changes with every update.
    pub hash: String,
    /// The lowest view of its stack.
    pub root_view_id: String,
    /// The view below it in its stack.
    pub previous_view_id: Option<String>,
    /// The trigger that opened it.
    pub trigger_id: Option<String>,
    /// What was typed or chosen so far: block id → action id → value.
    pub values: Value,
    /// What the last submission was refused for, by block id.
    pub errors: BTreeMap<String, String>,
    /// Whether the person still sees it.
    pub open: bool,
}

impl View {
    /// The title's text.
    pub fn title(&self) -> &str {
        self.content["title"]["text"].as_str().unwrap_or_default()
    }

    /// The callback id that the app gave it.
    pub fn callback_id(&self) -> &str {
        self.content["callback_id"].as_str().unwrap_or_default()
    }

    /// The blocks.
    pub fn blocks(&self) -> &[Value] {
        self.content["blocks"].as_array().map_or(&[], Vec::as_slice)
    }
}

/// A file that the app or a person uploaded.
#[derive(Debug, Clone, Serialize)]
pub struct File {
    /// `F…`
    pub id: String,
    /// Who uploaded it.
    pub user: String,
    /// Its type, as whoever uploaded it said.
    pub mimetype: String,
    /// Where it is fetched from, with the bot's token.
    pub url_private: String,
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its length in bytes, as announced.
    pub length: usize,
    /// What was uploaded.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// The channels it was shared in; none before the upload was completed.
    pub channels: Vec<String>,
    /// Whether the upload was completed.
    pub complete: bool,
}

/// A group of people that can be mentioned.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UserGroup {
    /// `S…`
    pub id: String,
    /// The handle, without `@`.
    pub handle: String,
    /// The name.
    pub name: String,
    /// Ids of who is in it.
    pub users: Vec<String>,
    /// Whether the group was disabled.
    #[serde(default)]
    pub disabled: bool,
}

/// A trigger that a person's action handed out.
#[derive(Debug, Clone)]
pub(crate) struct Trigger {
    pub(crate) user: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) used: bool,
    /// The view it came from, which `views.push` stacks on.
    pub(crate) view: Option<String>,
}

/// Where answers to one interaction go.
#[derive(Debug, Clone)]
pub(crate) struct ResponseUrl {
    pub(crate) user: String,
    pub(crate) channel: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) uses: u32,
    /// The message that the interaction came from: (ts, is ephemeral).
    pub(crate) source: Option<(String, bool)>,
}

impl Channel {
    /// A message by its `ts`.
    pub fn message(&self, ts: &str) -> Option<&Message> {
        self.messages
            .binary_search_by(|message| message.ts.as_str().cmp(ts))
            .ok()
            .and_then(|index| self.messages.get(index))
    }

    pub(crate) fn message_mut(&mut self, ts: &str) -> Option<&mut Message> {
        let index = self
            .messages
            .binary_search_by(|message| message.ts.as_str().cmp(ts))
            .ok()?;
        self.messages.get_mut(index)
    }
}

impl Message {
    /// Whether somebody wrote it: a person, the app, or another app's webhook. The rest are notes of Slack itself.
    pub fn is_written(&self) -> bool {
        self.subtype.as_deref().is_none_or(|subtype| subtype == "bot_message")
    }

    pub(crate) fn new(ts: String, user: &str, text: &str) -> Self {
        Self {
            ts,
            user: user.to_owned(),
            from_app: false,
            subtype: None,
            text: text.to_owned(),
            blocks: Vec::new(),
            attachments: Vec::new(),
            metadata: None,
            thread_ts: None,
            broadcast: false,
            reactions: Vec::new(),
            edited: None,
            files: Vec::new(),
            extra: Map::new(),
        }
    }
}
