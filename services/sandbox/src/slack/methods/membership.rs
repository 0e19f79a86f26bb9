//! Who is in a channel: invite, join, kick, members, and opening a direct message.

use serde_json::{Value, json};

use super::{Context, next_cursor, page};
use crate::slack::app::{App, BOT_USER_ID, TEAM_ID};
use crate::slack::error::{Answer, Refusal};
use crate::slack::model::{Channel, ChannelKind};
use crate::slack::state::State;
use crate::slack::wire;

const MOST_INVITED: usize = 1000;

impl State {
    /// Puts somebody into a channel and tells of it.
    pub(crate) fn add_member(&mut self, app: &App, channel_id: &str, user: &str, inviter: Option<&str>) {
        let Some(channel) = self.channels.get_mut(channel_id) else {
            return;
        };
        if !channel.members.insert(user.to_owned()) {
            return;
        }
        let kind = if channel.kind == ChannelKind::Private { "G" } else { "C" };
        let known = channel.members.contains(BOT_USER_ID);
        let mut extra = json!({});
        if let Some(inviter) = inviter {
            extra["inviter"] = json!(inviter);
        }
        let text = format!("<@{user}> has joined the channel");
        self.note(app, channel_id, user, ("channel_join", &text), extra.clone());
        if known {
            let mut event = json!({
                "type": "member_joined_channel", "user": user, "channel": channel_id,
                "channel_type": kind, "team": self.team_of(user),
            });
            if let Some(inviter) = inviter {
                event["inviter"] = json!(inviter);
            }
            self.emit(app, "member_joined_channel", event);
        }
    }

    fn team_of(&self, user: &str) -> String {
        self.users
            .get(user)
            .map_or_else(|| TEAM_ID.to_owned(), |user| user.team_id.clone())
    }

    /// Takes somebody out of a channel and sends the events. `actor` is who did it, often they themselves.
    pub(crate) fn remove_member(&mut self, app: &App, channel_id: &str, user: &str, actor: &str) {
        let Some(channel) = self.channels.get_mut(channel_id) else {
            return;
        };
        if !channel.members.remove(user) {
            return;
        }
        let private = channel.kind == ChannelKind::Private;
        let kind = if private { "G" } else { "C" };
        let known = channel.members.contains(BOT_USER_ID);
        let text = format!("<@{user}> has left the channel");
        self.note(app, channel_id, user, ("channel_leave", &text), json!({}));
        if known {
            let event = json!({
                "type": "member_left_channel", "user": user, "channel": channel_id,
                "channel_type": kind, "team": self.team_of(user),
            });
            self.emit(app, "member_left_channel", event);
        }
        if user == BOT_USER_ID {
            let left = if private { "group_left" } else { "channel_left" };
            let event = json!({ "type": left, "channel": channel_id, "actor_id": actor });
            self.emit(app, left, event);
        }
    }

    /// Whether somebody may be put into a channel; the error is Slack's.
    pub(crate) fn may_be_added(&self, channel_id: &str, user: &str) -> Result<(), &'static str> {
        let channel = self.channels.get(channel_id).ok_or("channel_not_found")?;
        let found = self.users.get(user).ok_or("user_not_found")?;
        if found.deleted {
            return Err("cant_invite");
        }
        if found.is_external() && !channel.connected_teams.contains(&found.team_id) {
            return Err("no_external_invite_permission");
        }
        let is_elsewhere = |other: &Channel| other.id != channel_id && other.members.contains(user);
        if found.is_ultra_restricted && self.channels().any(is_elsewhere) {
            return Err("ura_max_channels");
        }
        Ok(())
    }

    /// Shares a channel with another workspace (Slack Connect) and sends the events.
    pub(crate) fn connect_channel(&mut self, app: &App, channel_id: &str, team: &str) {
        let Some(channel) = self.channels.get_mut(channel_id) else {
            return;
        };
        if channel.connected_teams.insert(team.to_owned()) {
            let event = json!({ "type": "channel_shared", "connected_team_id": team, "channel": channel_id });
            self.emit(app, "channel_shared", event);
        }
    }

    /// Ends the sharing of a channel: its people of that workspace are out, and the app hears of it.
    pub(crate) fn disconnect_channel(&mut self, app: &App, channel_id: &str, team: &str) {
        let Some(channel) = self.channels.get_mut(channel_id) else {
            return;
        };
        if !channel.connected_teams.remove(team) {
            return;
        }
        let is_shared = !channel.connected_teams.is_empty();
        let users = &self.users;
        channel
            .members
            .retain(|user| users.get(user).is_none_or(|user| user.team_id != team));
        let event = json!({
            "type": "channel_unshared", "previously_connected_team_id": team, "channel": channel_id,
            "is_ext_shared": is_shared,
        });
        self.emit(app, "channel_unshared", event);
    }

    /// The bot's conversation with somebody, opened if need be; true when it was open already.
    pub(crate) fn open_direct(&mut self, user: &str) -> (String, bool) {
        if let Some(channel) = self.direct_channel(user) {
            return (channel.id.clone(), true);
        }
        let id = self.create_channel("", ChannelKind::Direct, BOT_USER_ID);
        if let Some(channel) = self.channels.get_mut(&id) {
            channel.members.insert(user.to_owned());
        }
        (id, false)
    }
}

pub(super) fn invite(context: &mut Context<'_>) -> Answer {
    context.args.required("channel")?;
    let users = context.args.list("users");
    if users.is_empty() {
        return Err("no_user".into());
    }
    if context.channel("channel")?.kind == ChannelKind::Direct {
        return Err("method_not_supported_for_channel_type".into());
    }
    let id = context.open_channel("channel")?;
    if users.len() > MOST_INVITED {
        return Err("too_many_users".into());
    }
    let members = &context.channel_mut(&id)?.members.clone();
    let mut wrong: Vec<(String, &str)> = Vec::new();
    let mut right = Vec::new();
    for user in users {
        let error = match context.state.users.get(&user) {
            None => Some("user_not_found"),
            Some(_) if user == BOT_USER_ID => Some("cant_invite_self"),
            Some(_) if members.contains(&user) => Some("already_in_channel"),
            Some(_) => context.state.may_be_added(&id, &user).err(),
        };
        match error {
            Some(error) => wrong.push((user, error)),
            None => right.push(user),
        }
    }
    let force = context.args.flag("force") && !right.is_empty();
    let errors: Vec<Value> = wrong
        .iter()
        .map(|(user, error)| json!({ "user": user, "ok": false, "error": error }))
        .collect();
    if let Some((_, first)) = wrong.first()
        && !force
    {
        return Err(Refusal::new(first).with("errors", errors));
    }
    for user in right {
        context.state.add_member(context.app, &id, &user, Some(BOT_USER_ID));
    }
    let channel = context.channel_mut(&id)?;
    let mut out = json!({ "channel": wire::channel(channel) });
    if !errors.is_empty() {
        out["errors"] = json!(errors);
    }
    Ok(out)
}

pub(super) fn join(context: &mut Context<'_>) -> Answer {
    let channel = context.channel("channel")?;
    if channel.kind != ChannelKind::Public {
        return Err("method_not_supported_for_channel_type".into());
    }
    if channel.archived {
        return Err("is_archived".into());
    }
    let id = channel.id.clone();
    let already = channel.members.contains(BOT_USER_ID);
    context.state.add_member(context.app, &id, BOT_USER_ID, None);
    let mut out = json!({ "channel": wire::channel(context.channel_mut(&id)?) });
    if already {
        out["warning"] = json!("already_in_channel");
        out["response_metadata"] = json!({ "warnings": ["already_in_channel"] });
    }
    Ok(out)
}

pub(super) fn kick(context: &mut Context<'_>) -> Answer {
    let user = context.args.text("user").unwrap_or_default();
    let id = context.joined_channel("channel")?.id.clone();
    if !context.state.users.contains_key(&user) {
        return Err("user_not_found".into());
    }
    if user == BOT_USER_ID {
        return Err("cant_kick_self".into());
    }
    let channel = context.channel_mut(&id)?;
    if channel.name == "general" {
        return Err("cant_kick_from_general".into());
    }
    if !channel.members.contains(&user) {
        return Err("not_in_channel".into());
    }
    context.state.remove_member(context.app, &id, &user, BOT_USER_ID);
    Ok(json!({}))
}

pub(super) fn members(context: &mut Context<'_>) -> Answer {
    let limit = context.limit(100, 999)?;
    let cursor = context.cursor()?;
    let channel = context.channel("channel")?;
    let ids = channel.members.iter().map(|user| (user.as_str(), user.as_str()));
    let (members, next) = page(ids, cursor.as_deref(), limit);
    Ok(json!({ "members": members, "response_metadata": next_cursor(next) }))
}

pub(super) fn open(context: &mut Context<'_>) -> Answer {
    if context.args.has("channel") {
        let channel = context.channel("channel")?;
        if channel.kind != ChannelKind::Direct {
            return Err("method_not_supported_for_channel_type".into());
        }
        return Ok(json!({ "no_op": true, "already_open": true, "channel": { "id": channel.id } }));
    }
    let users = context.args.list("users");
    let [user] = users.as_slice() else {
        return Err(if users.is_empty() {
            "users_list_not_supplied"
        } else {
            // Conversations of several people are not part of the sandbox.
            "invalid_user_combination"
        }
        .into());
    };
    match context.state.users.get(user) {
        None => return Err("user_not_found".into()),
        Some(found) if found.deleted => return Err("user_disabled".into()),
        Some(found) if found.is_bot => return Err("invalid_user_combination".into()),
        Some(found) if found.is_external() && !context.state.meets_bot(user) => return Err("user_not_visible".into()),
        Some(_) => {}
    }
    let (id, already) = context.state.open_direct(user);
    let shown = if context.args.flag("return_im") {
        wire::channel(context.channel_mut(&id)?)
    } else {
        json!({ "id": id })
    };
    let mut out = json!({ "channel": shown });
    if already {
        out["no_op"] = json!(true);
        out["already_open"] = json!(true);
    }
    Ok(out)
}
