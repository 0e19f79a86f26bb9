//! The Web API: which methods there are, what they need, and the order of checks.

mod bookmarks;
mod chat;
pub(crate) mod conversations;
mod files;
mod history;
mod marks;
mod membership;
mod people;
mod table;
mod views;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::app::{App, BOT_ID, BOT_USER_ID, TEAM_ID};
use super::args::Args;
use super::error::{Answer, Refusal};
use super::model::{Channel, ChannelKind};
use super::state::State;
use table::Scope;

pub(crate) use chat::respond;
pub(crate) use files::mimetype;
pub(crate) use table::find;
pub(crate) use views::{open as open_view, replace as replace_view};

/// What a method works with: the workspace, locked, and the call.
pub(crate) struct Context<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) app: &'a App,
    pub(crate) args: &'a Args,
    /// The sandbox's own address as the caller sees it.
    pub(crate) base_url: &'a str,
    pub(crate) trigger_life: Duration,
    /// A fresh ticket for a Socket Mode connection.
    pub(crate) ticket: &'a dyn Fn() -> String,
}

/// Runs a method: token, scope, then the method's own checks.
pub(crate) fn perform(name: &str, token: Option<&str>, context: &mut Context<'_>) -> Answer {
    let Some(method) = find(name) else {
        return Err(Refusal::new("unknown_method").with("req_method", name));
    };
    let token = token.filter(|token| !token.is_empty()).ok_or("not_authed")?;
    let app_level = name == "apps.connections.open";
    if token == context.app.app_token || token == context.app.bot_token {
        if (token == context.app.app_token) != app_level {
            return Err("not_allowed_token_type".into());
        }
    } else {
        return Err("invalid_auth".into());
    }
    context.check_scope(method.scope)?;
    (method.run)(context)
}

#[expect(clippy::unnecessary_wraps, reason = "methods have one signature")]
fn connections_open(context: &mut Context<'_>) -> Answer {
    let host = context.base_url.replacen("http", "ws", 1);
    let ticket = (context.ticket)();
    Ok(json!({ "url": format!("{host}/link/?ticket={ticket}&app_id={}", super::app::APP_ID) }))
}

#[expect(clippy::unnecessary_wraps, reason = "methods have one signature")]
fn auth_test(context: &mut Context<'_>) -> Answer {
    Ok(json!({
        "url": format!("{}/", context.base_url), "team": "Sandbox", "user": context.app.bot_name,
        "team_id": TEAM_ID, "user_id": BOT_USER_ID, "bot_id": BOT_ID,
        "is_enterprise_install": false,
    }))
}

impl Context<'_> {
    fn check_scope(&self, scope: Scope) -> Result<(), Refusal> {
        match scope {
            Scope::None => Ok(()),
            Scope::One(scope) => self.need(&[scope]),
            Scope::PerKind(public, private, direct) => {
                let channel = self.args.text("channel").and_then(|id| self.state.channels.get(&id));
                match channel.map(|channel| channel.kind) {
                    None => Ok(()),
                    Some(ChannelKind::Public) => self.need(public),
                    Some(ChannelKind::Private) => self.need(private),
                    Some(ChannelKind::Direct) => self.need(&[direct]),
                }
            }
        }
    }

    /// Refuses when the app has none of these scopes.
    pub(crate) fn need(&self, any: &[&str]) -> Result<(), Refusal> {
        if any.iter().any(|scope| self.app.has_scope(scope)) {
            return Ok(());
        }
        let provided: Vec<&str> = self.app.scopes.iter().map(String::as_str).collect();
        Err(Refusal::new("missing_scope")
            .with("needed", any.join(","))
            .with("provided", provided.join(",")))
    }

    /// The channel named by an argument, as far as the bot knows of it.
    pub(crate) fn channel(&self, argument: &str) -> Result<&Channel, Refusal> {
        let id = self.args.required(argument)?;
        self.state
            .channels
            .get(&id)
            .filter(|channel| channel.kind == ChannelKind::Public || channel.members.contains(BOT_USER_ID))
            .ok_or_else(|| Refusal::new("channel_not_found"))
    }

    /// The same, and the bot must be in it.
    pub(crate) fn joined_channel(&self, argument: &str) -> Result<&Channel, Refusal> {
        let channel = self.channel(argument)?;
        if channel.members.contains(BOT_USER_ID) {
            Ok(channel)
        } else {
            Err("not_in_channel".into())
        }
    }

    /// The same, and it must not be archived. Gives its id, so that it may be changed.
    pub(crate) fn open_channel(&self, argument: &str) -> Result<String, Refusal> {
        let channel = self.channel(argument)?;
        if channel.archived {
            return Err("is_archived".into());
        }
        Ok(self.joined_channel(argument)?.id.clone())
    }

    /// How many items a page of a list has. As with Slack it may be fewer than what was asked for.
    pub(crate) fn limit(&self, default: usize, most: usize) -> Result<usize, Refusal> {
        let asked = self.args.limit(default, most)?;
        Ok(self.state.page_limit.map_or(asked, |most| asked.min(most)))
    }

    pub(crate) fn channel_mut(&mut self, id: &str) -> Result<&mut Channel, Refusal> {
        self.state
            .channels
            .get_mut(id)
            .ok_or_else(|| Refusal::new("channel_not_found"))
    }

    /// Where a list continues: the text that the cursor stands for.
    pub(crate) fn cursor(&self) -> Result<Option<String>, Refusal> {
        let Some(cursor) = self.args.text("cursor") else {
            return Ok(None);
        };
        STANDARD
            .decode(&cursor)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.strip_prefix("after:").map(ToOwned::to_owned))
            .map(Some)
            .ok_or_else(|| Refusal::new("invalid_cursor"))
    }
}

/// The cursor of a page that ends with this item; like Slack's, it must be encoded in a URL.
pub(crate) fn next_cursor(last: Option<&str>) -> Value {
    let cursor = last.map_or_else(String::new, |last| STANDARD.encode(format!("after:{last}")));
    json!({ "next_cursor": cursor })
}

/// A page of items in the order of their ids, and the id of its last item if more follow.
pub(crate) fn page<'v, T>(
    items: impl Iterator<Item = (&'v str, T)>,
    after: Option<&str>,
    limit: usize,
) -> (Vec<T>, Option<&'v str>) {
    let mut rest = items.skip_while(|(id, _)| after.is_some_and(|after| *id <= after));
    let mut taken = Vec::new();
    let mut last = None;
    for (id, item) in rest.by_ref().take(limit) {
        taken.push(item);
        last = Some(id);
    }
    let more = rest.next().is_some();
    (taken, last.filter(|_| more))
}
