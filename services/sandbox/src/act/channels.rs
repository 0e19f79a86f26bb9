//! Who is in a channel, how it is called, whether it is archived.

use super::{Person, WrongAct, done, wrong};
use crate::slack::app::BOT_USER_ID;
use crate::slack::model::ChannelKind;

impl Person {
    /// Joins a public channel.
    ///
    /// # Panics
    /// When there is none of that name.
    pub fn join(&self, channel: &str) {
        done(self.try_membership(channel, &self.id, true));
    }

    /// Leaves a channel.
    ///
    /// # Panics
    /// When there is none of that name.
    pub fn leave(&self, channel: &str) {
        done(self.try_membership(channel, &self.id, false));
    }

    /// Gives a channel (id or name) that the person is in another name.
    ///
    /// # Panics
    /// When there is no such channel, or another one of that name.
    pub fn rename_channel(&self, channel: &str, name: &str) {
        done(self.sandbox.change(|state, app| {
            let id = self.writable(state, channel)?;
            if state.channel(name).is_some() {
                return Err(wrong(format!("there is a channel {name:?} already")));
            }
            state.rename_channel(app, &id, &self.id, name);
            Ok(())
        }));
    }

    /// Invites the bot into a channel that the person is in.
    ///
    /// # Panics
    /// When there is no such channel.
    pub fn invite_bot(&self, channel: &str) {
        done(self.try_membership(channel, BOT_USER_ID, true));
    }

    pub(crate) fn try_membership(&self, channel: &str, user: &str, join: bool) -> Result<(), WrongAct> {
        self.sandbox.change(|state, app| {
            let found = state
                .channel(channel)
                .filter(|found| found.kind == ChannelKind::Public || found.members.contains(&self.id))
                .ok_or_else(|| wrong(format!("there is no channel {channel:?}")))?;
            let id = found.id.clone();
            if join {
                let inviter = (user != self.id).then_some(self.id.as_str());
                state.add_member(app, &id, user, inviter);
            } else {
                state.remove_member(app, &id, user);
            }
            Ok(())
        })
    }

    /// Archives a channel (id or name) that the person is in.
    ///
    /// # Panics
    /// When there is none, or it is archived already.
    pub fn archive(&self, channel: &str) {
        done(self.try_archive(channel, true));
    }

    /// Opens an archived channel (id or name) again.
    ///
    /// # Panics
    /// When there is none, or it is not archived.
    pub fn unarchive(&self, channel: &str) {
        done(self.try_archive(channel, false));
    }

    pub(crate) fn try_archive(&self, channel: &str, archive: bool) -> Result<(), WrongAct> {
        self.sandbox.change(|state, app| {
            let found = state
                .channel(channel)
                .filter(|found| found.kind == ChannelKind::Public || found.members.contains(&self.id))
                .ok_or_else(|| wrong(format!("there is no channel {channel:?}")))?;
            if found.archived == archive || found.kind == ChannelKind::Direct || found.name == "general" {
                return Err(wrong(format!("{channel} cannot be archived or opened now")));
            }
            if archive && !found.members.contains(&self.id) {
                return Err(wrong(format!("{} is not in {channel}", self.id)));
            }
            let id = found.id.clone();
            state.set_archived(app, &id, &self.id, archive);
            Ok(())
        })
    }
}
