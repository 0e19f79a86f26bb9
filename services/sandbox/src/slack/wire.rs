//! Slack's JSON for what the workspace holds.

use serde_json::{Map, Value, json};

use super::app::{APP_ID, BOT_ID, BOT_USER_ID, TEAM_ID};
use super::model::{Channel, ChannelKind, File, Message, User, UserGroup, View};
use super::state::State;

/// A conversation as the bot sees it.
pub(crate) fn channel(channel: &Channel) -> Value {
    let member = channel.members.contains(BOT_USER_ID);
    if channel.kind == ChannelKind::Direct {
        let other = channel.members.iter().find(|user| *user != BOT_USER_ID);
        return json!({
            "id": channel.id, "created": channel.created, "is_im": true, "is_channel": false,
            "is_group": false, "is_mpim": false, "is_private": true,
            "is_archived": channel.archived, "is_org_shared": false, "user": other,
            "context_team_id": TEAM_ID, "is_user_deleted": false, "priority": 0,
        });
    }
    let private = channel.kind == ChannelKind::Private;
    let is_shared = !channel.connected_teams.is_empty();
    let teams: Vec<&str> = std::iter::once(TEAM_ID)
        .chain(channel.connected_teams.iter().map(String::as_str))
        .collect();
    json!({
        "id": channel.id, "name": channel.name, "name_normalized": channel.name,
        "is_channel": !private, "is_group": private, "is_im": false, "is_mpim": false,
        "is_private": private, "created": channel.created, "creator": channel.creator,
        "is_archived": channel.archived, "is_general": channel.name == "general",
        "unlinked": 0, "is_shared": is_shared, "is_org_shared": false, "is_ext_shared": is_shared,
        "is_pending_ext_shared": false, "is_frozen": false, "pending_shared": [],
        "parent_conversation": null, "shared_team_ids": teams, "conversation_host_id": TEAM_ID,
        "pending_connected_team_ids": [], "context_team_id": TEAM_ID, "is_member": member,
        "topic": { "value": channel.topic, "creator": channel.creator, "last_set": channel.created },
        "purpose": { "value": channel.purpose, "creator": "", "last_set": 0 },
        "previous_names": channel.previous_names,
    })
}

pub(crate) fn channel_type(channel: &Channel) -> &'static str {
    match channel.kind {
        ChannelKind::Public => "channel",
        ChannelKind::Private => "group",
        ChannelKind::Direct => "im",
    }
}

/// A message as `conversations.history` and events show it.
pub(crate) fn message(state: &State, channel: &Channel, message: &Message, all_metadata: bool) -> Value {
    let mut out = Map::new();
    let mut set = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    set("type", json!("message"));
    set("ts", json!(message.ts));
    let author = state.users.get(&message.user);
    let external = author.filter(|user| user.is_external());
    if !message.user.is_empty() {
        set("user", json!(message.user));
        set("team", json!(author.map_or(TEAM_ID, |user| user.team_id.as_str())));
    }
    set("text", json!(message.text));
    if let Some(author) = author.filter(|_| !channel.connected_teams.is_empty()) {
        set("user_team", json!(author.team_id));
        set("source_team", json!(author.team_id));
    }
    if let Some(author) = external {
        set(
            "user_profile",
            json!({
                "avatar_hash": "", "first_name": author.real_name, "real_name": author.real_name,
                "display_name": author.name, "name": author.name, "team": author.team_id,
                "is_restricted": author.is_restricted, "is_ultra_restricted": author.is_ultra_restricted,
            }),
        );
    }
    if let Some(subtype) = &message.subtype {
        set("subtype", json!(subtype));
    }
    if message.from_app {
        set("bot_id", json!(BOT_ID));
        set("app_id", json!(APP_ID));
        let name = state.user(BOT_USER_ID).map(|bot| bot.name.clone());
        set(
            "bot_profile",
            json!({
                "id": BOT_ID, "app_id": APP_ID, "name": name, "deleted": false,
                "updated": channel.created, "team_id": TEAM_ID,
            }),
        );
    }
    if !message.blocks.is_empty() {
        set("blocks", json!(message.blocks));
    }
    if !message.attachments.is_empty() {
        set("attachments", json!(message.attachments));
    }
    if let Some(metadata) = &message.metadata {
        if all_metadata {
            set("metadata", metadata.clone());
        } else {
            set("metadata", json!({ "event_type": metadata["event_type"] }));
        }
    }
    if let Some(edited) = &message.edited {
        set("edited", json!({ "user": message.user, "ts": edited }));
    }
    if !message.reactions.is_empty() {
        let reactions: Vec<Value> = message
            .reactions
            .iter()
            .map(|reaction| json!({ "name": reaction.name, "users": reaction.users, "count": reaction.users.len() }))
            .collect();
        set("reactions", json!(reactions));
    }
    if !message.files.is_empty() {
        let files: Vec<Value> = message
            .files
            .iter()
            .filter_map(|id| state.files.get(id))
            // Of another workspace's files only `files.info` says more.
            .map(|shared| match external {
                Some(_) => json!({
                    "id": shared.id, "mode": "file_access", "file_access": "check_file_info",
                    "created": 0, "timestamp": 0, "user": "",
                }),
                None => file(shared),
            })
            .collect();
        set("files", json!(files));
    }
    if channel.pins.iter().any(|pin| pin.ts == message.ts) {
        set("pinned_to", json!([channel.id]));
    }
    thread_fields(channel, message, &mut set);
    for (key, value) in &message.extra {
        if !key.starts_with("unfurl") {
            out.insert(key.clone(), value.clone());
        }
    }
    Value::Object(out)
}

fn thread_fields(channel: &Channel, message: &Message, set: &mut impl FnMut(&str, Value)) {
    if let Some(thread) = &message.thread_ts {
        set("thread_ts", json!(thread));
        if let Some(parent) = channel.message(thread) {
            set("parent_user_id", json!(parent.user));
        }
        return;
    }
    let replies: Vec<&Message> = channel
        .messages
        .iter()
        .filter(|reply| reply.thread_ts.as_deref() == Some(message.ts.as_str()))
        .collect();
    if let Some(latest) = replies.last() {
        let mut users: Vec<&str> = replies.iter().map(|reply| reply.user.as_str()).collect();
        users.sort_unstable();
        users.dedup();
        set("thread_ts", json!(message.ts));
        set("reply_count", json!(replies.len()));
        set("reply_users_count", json!(users.len()));
        set("reply_users", json!(users));
        set("latest_reply", json!(latest.ts));
        set("is_locked", json!(false));
        set("subscribed", json!(false));
    }
}

/// A person; the e-mail address only for apps that may read it.
pub(crate) fn user(state: &State, user: &User, with_email: bool) -> Value {
    let mut profile = json!({
        "real_name": user.real_name, "real_name_normalized": user.real_name,
        "display_name": user.name, "display_name_normalized": user.name,
        "status_text": "", "status_emoji": "", "team": user.team_id,
    });
    if with_email && !user.is_bot && !user.email.is_empty() && !user.is_external() {
        profile["email"] = json!(user.email);
    }
    if user.is_bot {
        profile["bot_id"] = json!(BOT_ID);
        profile["api_app_id"] = json!(APP_ID);
    }
    let mut out = json!({
        "id": user.id, "team_id": user.team_id, "name": user.name, "real_name": user.real_name,
        "deleted": user.deleted, "color": "9f69e7", "tz": "Europe/Amsterdam",
        "tz_label": "Central European Time", "tz_offset": 3600, "profile": profile,
        "is_bot": user.is_bot, "is_app_user": false, "updated": 1_700_000_000,
        "is_email_confirmed": true, "who_can_share_contact_card": "EVERYONE",
    });
    if user.is_external() {
        out["is_stranger"] = json!(!state.meets_bot(&user.id));
    } else if !user.deleted {
        // Of other workspaces' people and of deactivated ones Slack does not say these.
        for (field, value) in [
            ("is_admin", user.is_admin),
            ("is_owner", false),
            ("is_primary_owner", false),
            ("is_restricted", user.is_restricted || user.is_ultra_restricted),
            ("is_ultra_restricted", user.is_ultra_restricted),
        ] {
            out[field] = json!(value);
        }
    }
    out
}

pub(crate) fn user_group(group: &UserGroup, with_users: bool, with_count: bool) -> Value {
    let mut out = json!({
        "id": group.id, "team_id": TEAM_ID, "is_usergroup": true, "is_subteam": true,
        "name": group.name, "description": "", "handle": group.handle, "is_external": false,
        "date_create": 1_700_000_000, "date_update": 1_700_000_000,
        "date_delete": if group.disabled { 1_700_000_001 } else { 0 },
        "auto_type": null, "auto_provision": false, "enterprise_subteam_id": "",
        "created_by": BOT_USER_ID, "updated_by": BOT_USER_ID, "deleted_by": null,
        "prefs": { "channels": [], "groups": [] },
    });
    if with_users {
        out["users"] = json!(group.users);
    }
    if with_users || with_count {
        out["user_count"] = json!(group.users.len());
    }
    out
}

pub(crate) fn file(file: &File) -> Value {
    let extension = file.name.rsplit_once('.').map_or("", |(_, ext)| ext);
    json!({
        "id": file.id, "name": file.name, "title": file.title, "size": file.length,
        "filetype": extension, "pretty_type": extension, "mimetype": file.mimetype,
        "url_private": file.url_private, "url_private_download": file.url_private,
        "mode": "hosted", "user": file.user, "channels": file.channels, "groups": [], "ims": [],
        "is_external": false, "is_public": true, "created": 1_700_000_000,
        "timestamp": 1_700_000_000,
    })
}

/// A view with the fields that Slack adds to what the app sent.
pub(crate) fn view(state: &State, view: &View) -> Value {
    let mut out = view.content.clone();
    for (key, fallback) in [
        ("private_metadata", json!("")),
        ("callback_id", json!("")),
        ("external_id", json!("")),
        ("clear_on_close", json!(false)),
        ("notify_on_close", json!(false)),
        ("submit_disabled", json!(false)),
        ("submit", Value::Null),
        ("close", Value::Null),
    ] {
        if out[key].is_null() {
            out[key] = fallback;
        }
    }
    if out["type"] == "home" {
        out["title"] = json!({ "type": "plain_text", "text": "View Title", "emoji": true });
    }
    out["id"] = json!(view.id);
    // The viewer's workspace, which for people of Slack Connect is not the app's.
    out["team_id"] = json!(
        state
            .users
            .get(&view.user)
            .map_or(TEAM_ID, |user| user.team_id.as_str())
    );
    out["app_installed_team_id"] = json!(TEAM_ID);
    out["app_id"] = json!(APP_ID);
    out["bot_id"] = json!(BOT_ID);
    out["hash"] = json!(view.hash);
    out["root_view_id"] = json!(view.root_view_id);
    out["previous_view_id"] = json!(view.previous_view_id);
    out["state"] = json!({ "values": view.values });
    out
}
