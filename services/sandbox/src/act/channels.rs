//! Who is in a channel, how it is called, whether it is archived or there at all.

use super::{Person, WrongAct, done, wrong};
use crate::slack::app::BOT_USER_ID;
use crate::slack::methods::conversations::check_name;
use crate::slack::model::{Channel, ChannelKind};
use crate::slack::state::State;

impl State {
    /// Whether somebody sees a channel: guests and people of other workspaces see only the ones they are in.
    pub(crate) fn sees(&self, person: &str, channel: &Channel) -> bool {
        let browses = self.user(person).is_some_and(crate::User::is_full_member);
        channel.members.contains(person) || (browses && channel.kind == ChannelKind::Public)
    }
}

/// Why Slack does not let somebody be invited, in words.
fn refusal(code: &str, who: &str) -> WrongAct {
    wrong(match code {
        "cant_invite" => format!("{who} is deactivated and cannot be invited."),
        "ura_max_channels" => format!("{who} is a single-channel guest and is in a channel already."),
        code => format!("{who} cannot be invited: {code}."),
    })
}

impl Person {
    /// Joins a public channel.
    ///
    /// # Panics
    /// When there is none of that name.
    pub fn join(&self, channel: &str) {
        done(self.try_join(channel));
    }

    /// Leaves a channel.
    ///
    /// # Panics
    /// When there is none of that name.
    pub fn leave(&self, channel: &str) {
        done(self.try_leave(channel));
    }

    /// Invites the bot into a channel that the person is in.
    ///
    /// # Panics
    /// When there is no such channel.
    pub fn invite_bot(&self, channel: &str) {
        done(self.try_invite(channel, BOT_USER_ID));
    }

    /// Invites somebody (id or handle). Somebody of another workspace is invited by Slack Connect, which shares the channel.
    ///
    /// # Panics
    /// When there is no such channel or person, or they may not.
    pub fn invite(&self, channel: &str, who: &str) {
        done(self.try_invite(channel, who));
    }

    /// Removes somebody (id or handle) from a channel that both are in.
    ///
    /// # Panics
    /// When one of them is not in it.
    pub fn kick(&self, channel: &str, who: &str) {
        done(self.try_kick(channel, who));
    }

    /// Removes the bot from a channel.
    ///
    /// # Panics
    /// When it is not in it.
    pub fn kick_bot(&self, channel: &str) {
        done(self.try_kick(channel, BOT_USER_ID));
    }

    /// Gives a channel (id or name) that the person is in another name.
    ///
    /// # Panics
    /// When there is no such channel, or another one of that name.
    pub fn rename_channel(&self, channel: &str, name: &str) {
        done(self.try_rename(channel, name));
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

    /// Deletes a channel (id or name) for good, archived or not.
    ///
    /// # Panics
    /// When there is none.
    pub fn delete_channel(&self, channel: &str) {
        done(self.try_delete_channel(channel));
    }

    /// Ends the sharing of a channel with another workspace, whose people are out of it then.
    ///
    /// # Panics
    /// When it is not shared with that workspace.
    pub fn disconnect_channel(&self, channel: &str, team: &str) {
        done(self.try_disconnect(channel, team));
    }

    /// A channel that the person sees, and its id.
    pub(super) fn visible<'a>(&self, state: &'a State, channel: &str) -> Result<&'a Channel, WrongAct> {
        state
            .channel(channel)
            .filter(|found| state.sees(&self.id, found))
            .ok_or_else(|| wrong(format!("there is no channel {channel:?}")))
    }

    /// A channel that the person may manage: no direct message, and they are a regular member of the workspace.
    fn managed<'a>(&self, state: &'a State, channel: &str) -> Result<&'a Channel, WrongAct> {
        let found = self.visible(state, channel)?;
        if found.kind == ChannelKind::Direct {
            return Err(wrong("This cannot be done in a direct message."));
        }
        if !state.user(&self.id).is_some_and(crate::User::is_full_member) {
            return Err(wrong("Guests and people of other workspaces cannot do this."));
        }
        Ok(found)
    }

    pub(crate) fn try_join(&self, channel: &str) -> Result<(), WrongAct> {
        self.sandbox.change(|state, app| {
            let found = self.visible(state, channel)?;
            if found.archived {
                return Err(wrong(format!("#{} is archived.", found.name)));
            }
            let id = found.id.clone();
            state.add_member(app, &id, &self.id, None);
            Ok(())
        })
    }

    pub(crate) fn try_leave(&self, channel: &str) -> Result<(), WrongAct> {
        self.sandbox.change(|state, app| {
            let id = self.visible(state, channel)?.id.clone();
            state.remove_member(app, &id, &self.id, &self.id);
            Ok(())
        })
    }

    pub(crate) fn try_invite(&self, channel: &str, who: &str) -> Result<(), WrongAct> {
        self.sandbox.change(|state, app| {
            let found = self.managed(state, channel)?;
            if found.archived {
                return Err(wrong(format!("#{} is archived.", found.name)));
            }
            let id = found.id.clone();
            let user = state
                .user(who)
                .cloned()
                .ok_or_else(|| wrong(format!("there is nobody called {who:?}")))?;
            if user.is_external() {
                state.connect_channel(app, &id, &user.team_id);
            }
            state
                .may_be_added(&id, &user.id)
                .map_err(|code| refusal(code, &user.real_name))?;
            state.add_member(app, &id, &user.id, Some(&self.id));
            Ok(())
        })
    }

    pub(crate) fn try_kick(&self, channel: &str, who: &str) -> Result<(), WrongAct> {
        self.sandbox.change(|state, app| {
            let found = self.managed(state, channel)?;
            if found.name == "general" {
                return Err(wrong("Nobody can be removed from #general."));
            }
            let user = state
                .user(who)
                .ok_or_else(|| wrong(format!("there is nobody called {who:?}")))?;
            for (id, name) in [(&self.id, "You"), (&user.id, user.real_name.as_str())] {
                if !found.members.contains(id) {
                    return Err(wrong(format!("{name} must be in #{} for that.", found.name)));
                }
            }
            let (id, user) = (found.id.clone(), user.id.clone());
            state.remove_member(app, &id, &user, &self.id);
            Ok(())
        })
    }

    pub(crate) fn try_rename(&self, channel: &str, name: &str) -> Result<(), WrongAct> {
        self.sandbox.change(|state, app| {
            self.managed(state, channel)?;
            let id = self.writable(state, channel)?;
            if check_name(name).is_err() {
                return Err(wrong(
                    "A channel's name has at most 80 lowercase letters, digits, hyphens and underscores.",
                ));
            }
            if state.names.get(name).is_some_and(|other| *other != id) {
                return Err(wrong(format!("there is a channel {name:?} already")));
            }
            state.rename_channel(app, &id, &self.id, name);
            Ok(())
        })
    }

    pub(crate) fn try_archive(&self, channel: &str, archive: bool) -> Result<(), WrongAct> {
        self.sandbox.change(|state, app| {
            let found = self.managed(state, channel)?;
            if found.archived == archive || found.name == "general" {
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

    pub(crate) fn try_delete_channel(&self, channel: &str) -> Result<(), WrongAct> {
        self.sandbox.change(|state, app| {
            let found = self.managed(state, channel)?;
            if found.name == "general" {
                return Err(wrong("#general cannot be deleted."));
            }
            let id = found.id.clone();
            state.delete_channel(app, &id, &self.id);
            Ok(())
        })
    }

    pub(crate) fn try_disconnect(&self, channel: &str, team: &str) -> Result<(), WrongAct> {
        self.sandbox.change(|state, app| {
            let found = self.managed(state, channel)?;
            if !found.connected_teams.contains(team) {
                return Err(wrong(format!("#{} is not shared with {team}.", found.name)));
            }
            let id = found.id.clone();
            state.disconnect_channel(app, &id, team);
            Ok(())
        })
    }
}
