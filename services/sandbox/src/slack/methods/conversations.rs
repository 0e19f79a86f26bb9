//! `conversations.*` that make, show and change channels.

use std::collections::BTreeSet;

use chrono::Utc;
use serde_json::{Value, json};

use super::{Context, next_cursor, page};
use crate::slack::app::{App, BOT_USER_ID};
use crate::slack::error::{Answer, Refusal};
use crate::slack::model::{Channel, ChannelKind, Message};
use crate::slack::state::State;
use crate::slack::wire;

const LONGEST_NAME: usize = 80;
const LONGEST_TOPIC: usize = 250;

/// Slack's rules for a channel's name.
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err("invalid_name_required".into());
    }
    if name.chars().count() > LONGEST_NAME {
        return Err("invalid_name_maxlength".into());
    }
    let special = name
        .chars()
        .any(|c| c.is_uppercase() || !(c.is_alphanumeric() || c == '-' || c == '_'));
    if special {
        return Err("invalid_name_specials".into());
    }
    if !name.chars().any(char::is_alphanumeric) {
        return Err("invalid_name_punctuation".into());
    }
    Ok(())
}

impl State {
    /// A channel with its first member in it.
    pub(crate) fn create_channel(&mut self, name: &str, kind: ChannelKind, creator: &str) -> String {
        let id = self.next_id(if kind == ChannelKind::Direct { "D" } else { "C" });
        self.insert_channel(Channel {
            id: id.clone(),
            name: name.to_owned(),
            kind,
            creator: creator.to_owned(),
            created: Utc::now().timestamp(),
            topic: String::new(),
            purpose: String::new(),
            members: BTreeSet::from([creator.to_owned()]),
            connected_teams: BTreeSet::new(),
            archived: false,
            previous_names: Vec::new(),
            pins: Vec::new(),
            bookmarks: Vec::new(),
            messages: Vec::new(),
        });
        id
    }

    /// A message that Slack itself writes into a channel.
    pub(crate) fn note(
        &mut self,
        app: &crate::slack::app::App,
        channel: &str,
        user: &str,
        (subtype, text): (&str, &str),
        extra: Value,
    ) {
        let ts = self.next_ts();
        let mut message = Message::new(ts.clone(), user, text);
        message.subtype = Some(subtype.to_owned());
        if let Value::Object(extra) = extra {
            message.extra = extra;
        }
        if let Some(channel) = self.channels.get_mut(channel) {
            channel.messages.push(message);
        }
        self.emit_message(app, channel, &ts);
    }
}

pub(super) fn create(context: &mut Context<'_>) -> Answer {
    let private = context.args.flag("is_private");
    context.need(&[if private { "groups:write" } else { "channels:manage" }])?;
    let name = context.args.text("name").unwrap_or_default();
    check_name(&name)?;
    if context.state.names.contains_key(&name) {
        return Err("name_taken".into());
    }
    let kind = if private {
        ChannelKind::Private
    } else {
        ChannelKind::Public
    };
    let id = context.state.create_channel(&name, kind, BOT_USER_ID);
    context.state.note(
        context.app,
        &id,
        BOT_USER_ID,
        ("channel_join", &format!("<@{BOT_USER_ID}> has joined the channel")),
        json!({}),
    );
    let channel = context.channel_mut(&id)?;
    let shown = wire::channel(channel);
    if !private {
        let event = json!({ "type": "channel_created", "channel": shown.clone() });
        context.state.emit(context.app, "channel_created", event);
    }
    Ok(json!({ "channel": shown }))
}

pub(super) fn info(context: &mut Context<'_>) -> Answer {
    let channel = context.channel("channel")?;
    let mut shown = wire::channel(channel);
    if context.args.flag("include_num_members") {
        shown["num_members"] = json!(channel.members.len());
    }
    Ok(json!({ "channel": shown }))
}

/// The kinds asked for in `types`, each with its scope.
fn kinds(context: &Context<'_>) -> Result<Vec<ChannelKind>, Refusal> {
    let mut types = context.args.list("types");
    if types.is_empty() {
        types.push("public_channel".to_owned());
    }
    let mut out = Vec::new();
    for name in types {
        let (kind, scope) = match name.as_str() {
            "public_channel" => (ChannelKind::Public, "channels:read"),
            "private_channel" => (ChannelKind::Private, "groups:read"),
            "im" => (ChannelKind::Direct, "im:read"),
            "mpim" => continue,
            _ => return Err("invalid_types".into()),
        };
        context.need(&[scope])?;
        out.push(kind);
    }
    Ok(out)
}

fn show(channel: &Channel) -> Value {
    let mut shown = wire::channel(channel);
    if channel.kind != ChannelKind::Direct {
        shown["num_members"] = json!(channel.members.len());
    }
    shown
}

pub(super) fn list(context: &mut Context<'_>) -> Answer {
    let kinds = kinds(context)?;
    let limit = context.limit(100, 999)?;
    let cursor = context.cursor()?;
    let visible = context
        .state
        .channels
        .values()
        .filter(|channel| channel.kind == ChannelKind::Public || channel.members.contains(BOT_USER_ID))
        .filter(|channel| kinds.contains(&channel.kind))
        .map(|channel| (channel.id.as_str(), channel));
    let (found, next) = page(visible, cursor.as_deref(), limit);
    // Archived channels are left out after the page is cut: a page can be short, or empty, and
    // still not be the last.
    let without_archived = context.args.flag("exclude_archived");
    let channels: Vec<Value> = found
        .into_iter()
        .filter(|channel| !(without_archived && channel.archived))
        .map(show)
        .collect();
    Ok(json!({ "channels": channels, "response_metadata": next_cursor(next) }))
}

pub(super) fn of_user(context: &mut Context<'_>) -> Answer {
    let kinds = kinds(context)?;
    let limit = context.limit(100, 999)?;
    let cursor = context.cursor()?;
    let user = context.args.text("user").unwrap_or_else(|| BOT_USER_ID.to_owned());
    if !context.state.users.contains_key(&user) {
        return Err("user_not_found".into());
    }
    let without_archived = context.args.flag("exclude_archived");
    let theirs = context
        .state
        .channels
        .values()
        .filter(|channel| kinds.contains(&channel.kind) && channel.members.contains(&user))
        .filter(|channel| channel.kind == ChannelKind::Public || channel.members.contains(BOT_USER_ID))
        .filter(|channel| !(without_archived && channel.archived))
        .map(|channel| (channel.id.as_str(), channel));
    let (found, next) = page(theirs, cursor.as_deref(), limit);
    let channels: Vec<Value> = found.into_iter().map(wire::channel).collect();
    Ok(json!({ "channels": channels, "response_metadata": next_cursor(next) }))
}

/// The channel to change; direct messages cannot be changed so.
fn changeable(context: &Context<'_>) -> Result<String, Refusal> {
    if context.channel("channel")?.kind == ChannelKind::Direct {
        return Err("method_not_supported_for_channel_type".into());
    }
    context.open_channel("channel")
}

pub(super) fn set_topic(context: &mut Context<'_>) -> Answer {
    describe(context, "topic")
}

pub(super) fn set_purpose(context: &mut Context<'_>) -> Answer {
    describe(context, "purpose")
}

fn describe(context: &mut Context<'_>, what: &str) -> Answer {
    context.args.required("channel")?;
    if !context.args.has(what) {
        return Err(Refusal::missing_argument(what));
    }
    let text = context.args.text(what).unwrap_or_default();
    let id = changeable(context)?;
    if text.chars().count() > LONGEST_TOPIC {
        return Err("too_long".into());
    }
    let channel = context.channel_mut(&id)?;
    let before = if what == "topic" {
        std::mem::replace(&mut channel.topic, text.clone())
    } else {
        std::mem::replace(&mut channel.purpose, text.clone())
    };
    if before != text {
        let mut extra = json!({});
        extra[what] = json!(text);
        context.state.note(
            context.app,
            &id,
            BOT_USER_ID,
            (
                &format!("channel_{what}"),
                &format!("<@{BOT_USER_ID}> set the channel {what}: {text}"),
            ),
            extra,
        );
    }
    let channel = context.channel_mut(&id)?;
    Ok(json!({ "channel": wire::channel(channel) }))
}

pub(super) fn rename(context: &mut Context<'_>) -> Answer {
    context.args.required("channel")?;
    let name = context.args.required("name")?;
    let id = changeable(context)?;
    check_name(&name)?;
    if context.state.names.get(&name).is_some_and(|other| *other != id) {
        return Err("name_taken".into());
    }
    let channel = context.channel_mut(&id)?;
    if channel.creator != BOT_USER_ID {
        return Err("not_authorized".into());
    }
    context.state.rename_channel(context.app, &id, BOT_USER_ID, &name);
    let channel = context.channel_mut(&id)?;
    Ok(json!({ "channel": wire::channel(channel) }))
}

impl State {
    /// Gives a channel another name and tells of it.
    pub(crate) fn rename_channel(&mut self, app: &App, id: &str, user: &str, name: &str) {
        let Some(channel) = self.channels.get_mut(id) else {
            return;
        };
        let before = std::mem::replace(&mut channel.name, name.to_owned());
        if before == name {
            return;
        }
        let (private, created) = (channel.kind == ChannelKind::Private, channel.created);
        let known = !private || channel.members.contains(BOT_USER_ID);
        channel.previous_names.insert(0, before.clone());
        self.names.remove(&before);
        self.names.insert(name.to_owned(), id.to_owned());
        self.note(
            app,
            id,
            user,
            (
                "channel_name",
                &format!("<@{user}> has renamed the channel from \"{before}\" to \"{name}\""),
            ),
            json!({ "old_name": before, "name": name }),
        );
        let event = if private { "group_rename" } else { "channel_rename" };
        let payload = json!({
            "type": event,
            "channel": {
                "id": id, "is_channel": !private, "is_mpim": false, "name": name, "name_normalized": name,
                "created": created,
            },
        });
        if known {
            self.emit(app, event, payload);
        }
    }

    /// Deletes a channel with everything in it and sends the event.
    pub(crate) fn delete_channel(&mut self, app: &App, id: &str, user: &str) {
        let Some(channel) = self.channels.remove(id) else {
            return;
        };
        self.names.remove(&channel.name);
        self.ephemerals.retain(|seen| seen.channel != id);
        if channel.kind == ChannelKind::Public {
            let event = json!({ "type": "channel_deleted", "channel": id, "actor_id": user });
            self.emit(app, "channel_deleted", event);
        } else if channel.members.contains(BOT_USER_ID) {
            let event = json!({
                "type": "group_deleted", "channel": id, "date_deleted": Utc::now().timestamp(), "actor_id": user,
            });
            self.emit(app, "group_deleted", event);
        }
    }
}

pub(super) fn archive(context: &mut Context<'_>) -> Answer {
    let channel = context.channel("channel")?;
    if channel.kind == ChannelKind::Direct {
        return Err("method_not_supported_for_channel_type".into());
    }
    if channel.archived {
        return Err("already_archived".into());
    }
    if channel.name == "general" {
        return Err("cant_archive_general".into());
    }
    let id = context.joined_channel("channel")?.id.clone();
    context.state.set_archived(context.app, &id, BOT_USER_ID, true);
    Ok(json!({}))
}

impl State {
    /// Archives a channel or opens it again, and tells of it.
    ///
    /// Of private channels only those hear who are in them. A public one that is opened again is without the bot, which has
    /// to join it anew.
    pub(crate) fn set_archived(&mut self, app: &crate::slack::app::App, id: &str, user: &str, archived: bool) {
        let Some(channel) = self.channels.get_mut(id) else {
            return;
        };
        if !archived {
            channel.archived = false;
            if channel.kind == ChannelKind::Public {
                channel.members.remove(BOT_USER_ID);
            }
        }
        let private = channel.kind == ChannelKind::Private;
        let known = !private || channel.members.contains(BOT_USER_ID);
        let (subtype, event) = match (private, archived) {
            (false, true) => ("channel_archive", "channel_archive"),
            (false, false) => ("channel_unarchive", "channel_unarchive"),
            (true, true) => ("group_archive", "group_archive"),
            (true, false) => ("group_unarchive", "group_unarchive"),
        };
        let what = if archived { "archived" } else { "un-archived" };
        self.note(
            app,
            id,
            user,
            (subtype, &format!("<@{user}> {what} the channel")),
            json!({}),
        );
        if known {
            let mut payload = json!({ "type": event, "channel": id, "user": user });
            if archived {
                payload["is_moved"] = json!(0);
            }
            self.emit(app, event, payload);
        }
        if archived && let Some(channel) = self.channels.get_mut(id) {
            channel.archived = true;
        }
    }
}

/// A bot is no longer in a channel that is archived, so it cannot bring it back.
pub(super) fn unarchive(context: &mut Context<'_>) -> Answer {
    if context.channel("channel")?.archived {
        return Err("not_in_channel".into());
    }
    Err("not_archived".into())
}
