//! The workspace: people, channels, messages, views. Everything that Slack would remember.
//!
//! Plain data behind one lock; methods of the Web API and people acting both change it here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Utc;
use uuid::Uuid;

use super::app::BOT_USER_ID;
use super::events::Outgoing;
use super::model::{Channel, ChannelKind, Ephemeral, File, Message, ResponseUrl, Trigger, User, UserGroup, View};

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
    /// The most items in one page of a list, where it is less than what was asked for.
    pub(crate) page_limit: Option<usize>,
    last_ts: i64,
    last_id: u64,
    /// Part of every id, another one for every workspace: an app that remembers an older one must not take them for the same.
    run: String,
}

impl State {
    /// An empty workspace, whose ids no other one has.
    pub(crate) fn new() -> Self {
        Self {
            run: Uuid::new_v4().simple().to_string()[..4].to_uppercase(),
            ..Self::default()
        }
    }

    /// The next `ts`: now, but never one that was given out before.
    pub(crate) fn next_ts(&mut self) -> String {
        self.last_ts = Utc::now().timestamp_micros().max(self.last_ts + 1);
        format!("{}.{:06}", self.last_ts / 1_000_000, self.last_ts % 1_000_000)
    }

    /// A new id such as `C05F3A000001`.
    pub(crate) fn next_id(&mut self, prefix: &str) -> String {
        self.last_id += 1;
        format!("{prefix}0{}{:06}", self.run, self.last_id)
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
        self.users.get(who).or_else(|| {
            let named = |user: &&User| user.name == who || (!user.email.is_empty() && user.email == who);
            self.users.values().find(named)
        })
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
            .map(|channel| channel.messages.iter().filter(|message| message.is_written()).collect())
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

    /// Whether somebody is in a channel that the bot is in too.
    pub(crate) fn meets_bot(&self, user: &str) -> bool {
        self.channels
            .values()
            .any(|channel| channel.members.contains(BOT_USER_ID) && channel.members.contains(user))
    }

    /// Whether somebody of another workspace shares a channel with the workspace.
    pub(crate) fn shares_channel(&self, user: &str) -> bool {
        self.channels().any(|channel| channel.members.contains(user))
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
