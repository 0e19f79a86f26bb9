//! What people write, react to, change and delete.

use serde_json::json;
use uuid::Uuid;

use super::{Person, WrongAct, done, wrong};
use crate::slack::methods;
use crate::slack::model::{File, Message};
use crate::slack::state::State;
use crate::slack::text;

impl Person {
    /// Writes into a channel (id or name) and gives the message's `ts`.
    ///
    /// # Panics
    /// When the person cannot write there.
    pub fn say(&self, channel: &str, text: &str) -> String {
        done(self.try_say(channel, text, None))
    }

    /// Answers in a thread and gives the answer's `ts`.
    ///
    /// # Panics
    /// When the person cannot write there.
    pub fn reply(&self, channel: &str, thread_ts: &str, text: &str) -> String {
        done(self.try_say(channel, text, Some(thread_ts)))
    }

    /// Writes to the bot directly and gives the message's `ts`.
    ///
    /// # Panics
    /// Never in practice: everybody may write to the bot.
    pub fn tell_bot(&self, text: &str) -> String {
        let channel = self.sandbox.change(|state, _| state.open_direct(&self.id).0);
        self.say(&channel, text)
    }

    /// Mentions the bot at the start of a message and gives the message's `ts`.
    ///
    /// # Panics
    /// When the person cannot write there.
    pub fn mention(&self, channel: &str, text: &str) -> String {
        let bot = self.sandbox.app().bot_name.clone();
        self.say(channel, &format!("@{bot} {text}"))
    }

    /// Writes into a channel (id or name) with files, each a name and its bytes, and gives the message's `ts`.
    ///
    /// # Panics
    /// When the person cannot write there.
    pub fn share(&self, channel: &str, text: &str, files: &[(&str, &[u8])]) -> String {
        done(self.try_share(channel, text, None, files))
    }

    pub(crate) fn try_say(&self, channel: &str, text: &str, thread_ts: Option<&str>) -> Result<String, WrongAct> {
        self.try_share(channel, text, thread_ts, &[])
    }

    pub(crate) fn try_share(
        &self,
        channel: &str,
        text: &str,
        thread_ts: Option<&str>,
        files: &[(&str, &[u8])],
    ) -> Result<String, WrongAct> {
        self.sandbox.change(|state, app| {
            let id = self.writable(state, channel)?;
            let mut shared = Vec::new();
            for (name, bytes) in files {
                let file = state.next_id("F");
                state.files.insert(
                    file.clone(),
                    File {
                        id: file.clone(),
                        user: self.id.clone(),
                        mimetype: methods::mimetype(name).to_owned(),
                        url_private: format!("{}/files-pri/{file}", self.sandbox.url()),
                        name: (*name).to_owned(),
                        title: (*name).to_owned(),
                        length: bytes.len(),
                        bytes: bytes.to_vec(),
                        channels: vec![id.clone()],
                        complete: true,
                    },
                );
                shared.push(file);
            }
            let text = text::typed(state, text);
            let ts = state.next_ts();
            let mut message = Message::new(ts.clone(), &self.id, &text);
            if !text.is_empty() {
                message.blocks = vec![text::rich_text(&text)];
            }
            message.files = shared;
            message.thread_ts = thread_ts.map(ToOwned::to_owned);
            message
                .extra
                .insert("client_msg_id".to_owned(), json!(Uuid::new_v4().to_string()));
            if let Some(channel) = state.channels.get_mut(&id) {
                channel.messages.push(message);
            }
            state.emit_message(app, &id, &ts);
            Ok(ts)
        })
    }

    pub(super) fn writable(&self, state: &State, channel: &str) -> Result<String, WrongAct> {
        let found = state
            .channel(channel)
            .ok_or_else(|| wrong(format!("there is no channel {channel:?}")))?;
        if found.archived {
            return Err(wrong(format!("#{} is archived", found.name)));
        }
        if !found.members.contains(&self.id) {
            return Err(wrong(format!("You are not in #{} as {}", found.name, self.id)));
        }
        Ok(found.id.clone())
    }

    /// Adds an emoji to a message.
    ///
    /// # Panics
    /// When there is no such message.
    pub fn react(&self, channel: &str, ts: &str, emoji: &str) {
        done(self.try_react(channel, ts, emoji, true));
    }

    /// Takes an emoji back.
    ///
    /// # Panics
    /// When there is no such message.
    pub fn unreact(&self, channel: &str, ts: &str, emoji: &str) {
        done(self.try_react(channel, ts, emoji, false));
    }

    pub(crate) fn try_react(&self, channel: &str, ts: &str, emoji: &str, add: bool) -> Result<(), WrongAct> {
        self.sandbox.change(|state, app| {
            let id = self.writable(state, channel)?;
            let found = state.channel(&id).and_then(|channel| channel.message(ts));
            if found.is_none() {
                return Err(wrong(format!("there is no message {ts} in {channel}")));
            }
            if add {
                state.add_reaction(app, &id, ts, &self.id, emoji);
            } else {
                state.remove_reaction(app, &id, ts, &self.id, emoji);
            }
            Ok(())
        })
    }

    /// Gives a message that the person wrote other words.
    ///
    /// # Panics
    /// When they wrote no such message.
    pub fn edit(&self, channel: &str, ts: &str, text: &str) {
        done(self.try_edit(channel, ts, text));
    }

    pub(crate) fn try_edit(&self, channel: &str, ts: &str, text: &str) -> Result<(), WrongAct> {
        self.sandbox.change(|state, app| {
            let id = self.writable(state, channel)?;
            let before = state
                .channel(&id)
                .and_then(|channel| channel.message(ts))
                .filter(|message| message.user == self.id && message.subtype.is_none())
                .cloned()
                .ok_or_else(|| wrong("You can only edit messages that you wrote."))?;
            let edited = state.next_ts();
            let text = text::typed(state, text);
            if let Some(message) = state.channels.get_mut(&id).and_then(|channel| channel.message_mut(ts)) {
                message.blocks = vec![text::rich_text(&text)];
                message.text = text;
                message.edited = Some(edited);
            }
            state.emit_change(app, &id, &before);
            Ok(())
        })
    }

    /// Deletes a message that the person wrote; an admin of the workspace deletes everybody's.
    ///
    /// # Panics
    /// When there is no such message, or they may not.
    pub fn delete(&self, channel: &str, ts: &str) {
        done(self.try_delete(channel, ts));
    }

    pub(crate) fn try_delete(&self, channel: &str, ts: &str) -> Result<(), WrongAct> {
        self.sandbox.change(|state, app| {
            let id = self.writable(state, channel)?;
            let message = state
                .channel(&id)
                .and_then(|channel| channel.message(ts))
                .filter(|message| message.is_written())
                .ok_or_else(|| wrong(format!("there is no message {ts} in {channel}")))?;
            let is_admin = state.user(&self.id).is_some_and(|user| user.is_admin);
            if message.user != self.id && !is_admin {
                return Err(wrong("Only an admin can delete messages of others."));
            }
            state.delete_message(app, &id, ts);
            Ok(())
        })
    }
}
