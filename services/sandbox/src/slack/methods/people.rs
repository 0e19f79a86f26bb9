//! People, groups of people, and the workspace itself.

use serde_json::{Value, json};

use super::{Context, next_cursor, page};
use crate::slack::app::{TEAM_DOMAIN, TEAM_ID};
use crate::slack::error::{Answer, Refusal};
use crate::slack::wire;

pub(super) fn info(context: &mut Context<'_>) -> Answer {
    let id = context.args.required("user")?;
    let with_email = context.app.has_scope("users:read.email");
    let user = context
        .state
        .users
        .get(&id)
        .ok_or_else(|| Refusal::new("user_not_found"))?;
    Ok(json!({ "user": wire::user(context.state, user, with_email) }))
}

pub(super) fn list(context: &mut Context<'_>) -> Answer {
    let limit = context.limit(1000, 1000)?;
    let cursor = context.cursor()?;
    let with_email = context.app.has_scope("users:read.email");
    let state = &*context.state;
    // People of other workspaces are listed while they share a channel with this one.
    let users = state
        .users
        .values()
        .filter(|user| !user.is_external() || state.shares_channel(&user.id))
        .map(|user| (user.id.as_str(), user));
    let (users, next) = page(users, cursor.as_deref(), limit);
    let members: Vec<Value> = users
        .into_iter()
        .map(|user| wire::user(state, user, with_email))
        .collect();
    Ok(json!({
        "members": members, "cache_ts": chrono::Utc::now().timestamp(),
        "response_metadata": next_cursor(next),
    }))
}

pub(super) fn by_email(context: &mut Context<'_>) -> Answer {
    let email = context.args.required("email")?;
    let user = context
        .state
        .users
        .values()
        .find(|user| user.email.eq_ignore_ascii_case(&email) && !user.is_bot && !user.deleted && !user.is_external())
        .ok_or_else(|| Refusal::new("users_not_found"))?;
    Ok(json!({ "user": wire::user(context.state, user, true) }))
}

#[expect(clippy::unnecessary_wraps, reason = "methods have one signature")]
pub(super) fn groups(context: &mut Context<'_>) -> Answer {
    let with_users = context.args.flag("include_users");
    let with_count = context.args.flag("include_count");
    let with_disabled = context.args.flag("include_disabled");
    let groups: Vec<Value> = context
        .state
        .user_groups
        .values()
        .filter(|group| with_disabled || !group.disabled)
        .map(|group| wire::user_group(group, with_users, with_count))
        .collect();
    Ok(json!({ "usergroups": groups }))
}

pub(super) fn group_users(context: &mut Context<'_>) -> Answer {
    let id = context.args.required("usergroup")?;
    let group = context
        .state
        .user_groups
        .get(&id)
        .ok_or_else(|| Refusal::new("no_such_subteam"))?;
    Ok(json!({ "users": group.users }))
}

#[expect(clippy::unnecessary_wraps, reason = "methods have one signature")]
pub(super) fn team(_: &mut Context<'_>) -> Answer {
    Ok(json!({
        "team": {
            "id": TEAM_ID, "name": "Sandbox", "domain": TEAM_DOMAIN, "email_domain": "example.com",
            "icon": { "image_default": true },
        }
    }))
}
