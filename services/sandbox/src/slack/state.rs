//! The workspace: people, channels, messages, views. Everything that Slack would remember.
//!
//! Plain data behind one lock; methods of the Web API and people acting both change it here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::events::Outgoing;

/// Somebody in the workspace, the bot's own user included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// A message as it stands in a channel now.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    /// Its time, which is its id in the channel.
    pub ts: String,
    /// Who wrote it.
    pub user: String,
    /// Whether the app wrote it.
    pub from_app: bool,
    /// `channel_join`, `channel_topic`, …; none for what people and the app write.
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

/// A file that the app uploaded.
#[derive(Debug, Clone, Serialize)]
pub struct File {
    /// `F…`
    pub id: String,
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

/// Everything in the workspace.
#[derive(Debug, Default)]
pub struct State {
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) user_groups: BTreeMap<String, UserGroup>,
    pub(crate) channels: BTreeMap<String, Channel>,
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) ephemerals: Vec<Ephemeral>,
    pub(crate) views: BTreeMap<String, View>,
    pub(crate) homes: BTreeMap<String, String>,
    pub(crate) files: BTreeMap<String, File>,
    pub(crate) triggers: BTreeMap<String, Trigger>,
    pub(crate) response_urls: BTreeMap<String, ResponseUrl>,
    /// Events that wait to be sent to the app.
    pub(crate) outbox: Vec<Outgoing>,
    last_ts: i64,
    last_id: u64,
}

impl State {
    /// The next `ts`: now, but never one that was given out before.
    pub(crate) fn next_ts(&mut self) -> String {
        self.last_ts = Utc::now().timestamp_micros().max(self.last_ts + 1);
        format!("{}.{:06}", self.last_ts / 1_000_000, self.last_ts % 1_000_000)
    }

    /// A new id such as `C0SB000001`.
    pub(crate) fn next_id(&mut self, prefix: &str) -> String {
        self.last_id += 1;
        format!("{prefix}0SB{:06}", self.last_id)
    }

    pub(crate) fn insert_channel(&mut self, channel: Channel) {
        if channel.kind != ChannelKind::Direct {
            self.names.insert(channel.name.clone(), channel.id.clone());
        }
        self.channels.insert(channel.id.clone(), channel);
    }

    /// Everybody, the bot's user included.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// A person by id, handle or e-mail address.
    pub fn user(&self, who: &str) -> Option<&User> {
        self.users
            .get(who)
            .or_else(|| self.users.values().find(|user| user.name == who || user.email == who))
    }

    /// All channels that are no direct messages.
    pub fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.channels
            .values()
            .filter(|channel| channel.kind != ChannelKind::Direct)
    }

    /// Every conversation, direct messages too.
    pub fn conversations(&self) -> impl Iterator<Item = &Channel> {
        self.channels.values()
    }

    /// A channel by id or name (with or without `#`).
    pub fn channel(&self, which: &str) -> Option<&Channel> {
        self.channels.get(which).or_else(|| {
            let id = self.names.get(which.trim_start_matches('#'))?;
            self.channels.get(id)
        })
    }

    /// The messages of a channel (id or name), oldest first, replies included, without those that
    /// Slack writes itself (joins, topics, …).
    pub fn messages(&self, channel: &str) -> Vec<&Message> {
        self.channel(channel)
            .map(|channel| {
                channel
                    .messages
                    .iter()
                    .filter(|message| message.subtype.is_none())
                    .collect()
            })
            .unwrap_or_default()
    }

    /// The pinned messages of a channel, oldest pin first.
    pub fn pins(&self, channel: &str) -> Vec<&Message> {
        let Some(channel) = self.channel(channel) else {
            return Vec::new();
        };
        channel.pins.iter().filter_map(|pin| channel.message(&pin.ts)).collect()
    }

    /// What was shown to one person only (id or handle), oldest first.
    pub fn ephemerals(&self, user: &str) -> Vec<&Ephemeral> {
        let id = self.user(user).map(|user| user.id.as_str());
        self.ephemerals
            .iter()
            .filter(|ephemeral| Some(ephemeral.user.as_str()) == id)
            .collect()
    }

    /// What the bot and one person (id or handle) wrote to each other directly, oldest first.
    pub fn direct_messages(&self, user: &str) -> Vec<&Message> {
        let Some(user) = self.user(user) else {
            return Vec::new();
        };
        self.direct_channel(&user.id)
            .map(|channel| channel.messages.iter().collect())
            .unwrap_or_default()
    }

    /// The bot's conversation with one person, if it was ever opened.
    pub(crate) fn direct_channel(&self, user: &str) -> Option<&Channel> {
        self.channels
            .values()
            .find(|channel| channel.kind == ChannelKind::Direct && channel.members.contains(user))
    }

    /// The app's home as one person (id or handle) sees it.
    pub fn home(&self, user: &str) -> Option<&View> {
        let user = self.user(user)?;
        self.views.get(self.homes.get(&user.id)?)
    }

    /// The modals that one person (id or handle) has open, the oldest first; of a stack only the
    /// one on top.
    pub fn open_views(&self, user: &str) -> Vec<&View> {
        let Some(user) = self.user(user) else {
            return Vec::new();
        };
        let below: BTreeSet<&str> = self
            .views
            .values()
            .filter(|view| view.open)
            .filter_map(|view| view.previous_view_id.as_deref())
            .collect();
        self.views
            .values()
            .filter(|view| view.open && view.user == user.id && view.content["type"] == "modal")
            .filter(|view| !below.contains(view.id.as_str()))
            .collect()
    }

    /// A view by id.
    pub fn view(&self, id: &str) -> Option<&View> {
        self.views.get(id)
    }

    /// Files, in the order of their upload.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.files.values()
    }

    /// A short account of everything, for the message of a test that waited in vain.
    pub fn summary(&self) -> String {
        let mut lines = Vec::new();
        for channel in self.channels.values() {
            lines.push(format!(
                "{} #{} ({:?}) members {:?} topic {:?} pins {}",
                channel.id,
                channel.name,
                channel.kind,
                channel.members,
                channel.topic,
                channel.pins.len()
            ));
            let skipped = channel.messages.len().saturating_sub(8);
            if skipped > 0 {
                lines.push(format!("    … {skipped} earlier"));
            }
            for message in channel.messages.iter().skip(skipped) {
                lines.push(format!(
                    "    {} {} {}: {:?}",
                    message.ts,
                    message.subtype.as_deref().unwrap_or(""),
                    message.user,
                    message.text.chars().take(100).collect::<String>()
                ));
            }
            if lines.len() > 400 {
                lines.push("…".to_owned());
                break;
            }
        }
        for view in self.views.values().filter(|view| view.open) {
            lines.push(format!(
                "view {} for {}: {:?} errors {:?}",
                view.id,
                view.user,
                view.title(),
                view.errors
            ));
        }
        for ephemeral in self.ephemerals.iter().rev().take(10) {
            lines.push(format!(
                "only {} sees in {}: {:?}",
                ephemeral.user, ephemeral.channel, ephemeral.text
            ));
        }
        lines.join("\n")
    }
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
