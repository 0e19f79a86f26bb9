//! Pins and reactions.

use chrono::Utc;
use serde_json::{Value, json};

use super::Context;
use crate::slack::app::{App, BOT_USER_ID};
use crate::slack::error::{Answer, Refusal};
use crate::slack::model::{Pin, Reaction};
use crate::slack::state::State;
use crate::slack::wire;

const MOST_PINS: usize = 100;
const MOST_EMOJI: usize = 50;

/// Channel and message named by `channel` and `timestamp`.
fn target(context: &Context<'_>) -> Result<(String, String), Refusal> {
    context.args.required("channel")?;
    let channel = context.joined_channel("channel")?;
    let Some(ts) = context.args.text("timestamp") else {
        return Err("no_item_specified".into());
    };
    let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    if !ts.split_once('.').is_some_and(|(a, b)| digits(a) && digits(b)) {
        return Err("bad_timestamp".into());
    }
    if channel.message(&ts).is_none() {
        return Err("message_not_found".into());
    }
    Ok((channel.id.clone(), ts))
}

pub(super) fn pin(context: &mut Context<'_>) -> Answer {
    let (id, ts) = target(context)?;
    let channel = context.channel_mut(&id)?;
    if channel.archived {
        return Err("is_archived".into());
    }
    if channel.pins.iter().any(|pin| pin.ts == ts) {
        return Err("already_pinned".into());
    }
    if channel.pins.len() >= MOST_PINS {
        return Err("too_many_pins".into());
    }
    let created = Utc::now().timestamp();
    channel.pins.push(Pin {
        ts: ts.clone(),
        user: BOT_USER_ID.to_owned(),
        created,
    });
    pin_event(context, "pin_added", &id, &ts);
    Ok(json!({}))
}

fn pin_event(context: &mut Context<'_>, event: &str, id: &str, ts: &str) {
    let Some(channel) = context.state.channels.get(id) else {
        return;
    };
    let Some(message) = channel.message(ts) else {
        return;
    };
    let shown = wire::message(context.state, channel, message, true);
    let payload = json!({
        "type": event, "user": BOT_USER_ID, "channel_id": id, "item_user": message.user,
        "pin_count": channel.pins.len(),
        "item": {
            "type": "message", "channel": id, "created": Utc::now().timestamp(),
            "created_by": BOT_USER_ID, "message": shown,
        },
    });
    context.state.emit(context.app, event, payload);
}

pub(super) fn unpin(context: &mut Context<'_>) -> Answer {
    let (id, ts) = target(context)?;
    let channel = context.channel_mut(&id)?;
    if !channel.pins.iter().any(|pin| pin.ts == ts) {
        return Err("no_pin".into());
    }
    channel.pins.retain(|pin| pin.ts != ts);
    pin_event(context, "pin_removed", &id, &ts);
    Ok(json!({}))
}

pub(super) fn pins(context: &mut Context<'_>) -> Answer {
    let channel = context.joined_channel("channel")?;
    let items: Vec<Value> = channel
        .pins
        .iter()
        .rev()
        .filter_map(|pin| {
            let message = channel.message(&pin.ts)?;
            Some(json!({
                "type": "message", "channel": channel.id, "created": pin.created,
                "created_by": pin.user,
                "message": wire::message(context.state, channel, message, true),
            }))
        })
        .collect();
    Ok(json!({ "items": items }))
}

impl State {
    /// Adds a reaction and tells of it; false when that person had it already.
    pub(crate) fn add_reaction(&mut self, app: &App, channel_id: &str, ts: &str, user: &str, name: &str) -> bool {
        let Some(message) = self
            .channels
            .get_mut(channel_id)
            .and_then(|channel| channel.message_mut(ts))
        else {
            return false;
        };
        match message.reactions.iter_mut().find(|reaction| reaction.name == name) {
            Some(reaction) if reaction.users.iter().any(|other| other == user) => return false,
            Some(reaction) => reaction.users.push(user.to_owned()),
            None => message.reactions.push(Reaction {
                name: name.to_owned(),
                users: vec![user.to_owned()],
            }),
        }
        self.reaction_event(app, "reaction_added", (channel_id, ts), user, name);
        true
    }

    /// Takes a reaction back and tells of it; false when there was none.
    pub(crate) fn remove_reaction(&mut self, app: &App, channel_id: &str, ts: &str, user: &str, name: &str) -> bool {
        let Some(message) = self
            .channels
            .get_mut(channel_id)
            .and_then(|channel| channel.message_mut(ts))
        else {
            return false;
        };
        let Some(reaction) = message
            .reactions
            .iter_mut()
            .find(|reaction| reaction.name == name && reaction.users.iter().any(|other| other == user))
        else {
            return false;
        };
        reaction.users.retain(|other| other != user);
        message.reactions.retain(|reaction| !reaction.users.is_empty());
        self.reaction_event(app, "reaction_removed", (channel_id, ts), user, name);
        true
    }

    fn reaction_event(&mut self, app: &App, event: &str, (channel_id, ts): (&str, &str), user: &str, name: &str) {
        let Some(channel) = self.channels.get(channel_id) else {
            return;
        };
        if !channel.members.contains(BOT_USER_ID) {
            return;
        }
        let author = channel.message(ts).map(|message| message.user.clone());
        let payload = json!({
            "type": event, "user": user, "reaction": name, "item_user": author,
            "item": { "type": "message", "channel": channel_id, "ts": ts },
        });
        self.emit(app, event, payload);
    }
}

fn emoji(context: &Context<'_>) -> Result<String, Refusal> {
    let name = context.args.required("name")?;
    let name = name.trim_matches(':').to_owned();
    let known = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-+':".contains(c));
    if name.is_empty() || !known {
        return Err("invalid_name".into());
    }
    Ok(name)
}

pub(super) fn react(context: &mut Context<'_>) -> Answer {
    let name = emoji(context)?;
    let (id, ts) = target(context)?;
    let channel = context.channel_mut(&id)?;
    if channel.archived {
        return Err("is_archived".into());
    }
    let kinds = channel.message(&ts).map_or(0, |message| message.reactions.len());
    if kinds >= MOST_EMOJI {
        return Err("too_many_emoji".into());
    }
    if !context.state.add_reaction(context.app, &id, &ts, BOT_USER_ID, &name) {
        return Err("already_reacted".into());
    }
    Ok(json!({}))
}

pub(super) fn unreact(context: &mut Context<'_>) -> Answer {
    let name = emoji(context)?;
    let (id, ts) = target(context)?;
    if !context.state.remove_reaction(context.app, &id, &ts, BOT_USER_ID, &name) {
        return Err("no_reaction".into());
    }
    Ok(json!({}))
}

pub(super) fn reactions(context: &mut Context<'_>) -> Answer {
    if !context.args.has("channel") {
        return Err("no_item_specified".into());
    }
    let (id, ts) = target(context)?;
    let channel = context.channel("channel")?;
    let message = channel.message(&ts).ok_or_else(|| Refusal::new("message_not_found"))?;
    Ok(json!({
        "type": "message", "channel": id,
        "message": wire::message(context.state, channel, message, false),
    }))
}
