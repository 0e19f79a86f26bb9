//! What happens in the workspace, told to the app as Events API callbacks.
//!
//! An event is put into the workspace's outbox under the same lock as the change it tells of and
//! handed to the sockets before the lock is let go, so that events leave in the order of changes.

use serde_json::{Value, json};
use uuid::Uuid;

use super::app::{APP_ID, App, BOT_USER_ID, TEAM_ID};
use super::model::{Channel, ChannelKind, Message};
use super::state::State;
use super::wire;

/// One event on its way to the app.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) event_id: String,
    pub(crate) payload: Value,
}

impl State {
    /// Puts an event into the outbox if the app subscribed to it.
    pub(crate) fn emit(&mut self, app: &App, subscription: &str, mut event: Value) {
        if !app.events.contains(subscription) {
            return;
        }
        if event["event_ts"].is_null() {
            event["event_ts"] = json!(self.next_ts());
        }
        let event_id = format!("Ev{}", Uuid::new_v4().simple().to_string().to_uppercase());
        let channel = event["channel"]
            .as_str()
            .or_else(|| event["item"]["channel"].as_str())
            .unwrap_or_default()
            .to_owned();
        let channel_id = event["channel"]["id"].as_str().unwrap_or(&channel);
        let is_shared = self
            .channels
            .get(channel_id)
            .is_some_and(|channel| !channel.connected_teams.is_empty());
        // Of a message, Slack names the author's workspace here; of everything else the one that the app is installed in.
        let team = match event["type"].as_str() {
            Some("message") => event["team"].as_str().unwrap_or(TEAM_ID),
            _ => TEAM_ID,
        };
        let payload = json!({
            "token": "verification-token", "team_id": team, "context_team_id": TEAM_ID,
            "context_enterprise_id": null, "api_app_id": APP_ID, "type": "event_callback",
            "event_id": event_id, "event_time": chrono::Utc::now().timestamp(),
            "authorizations": [{
                "enterprise_id": null, "team_id": TEAM_ID, "user_id": BOT_USER_ID,
                "is_bot": true, "is_enterprise_install": false,
            }],
            "is_ext_shared_channel": is_shared,
            "event_context": format!("4-{}-{}", event["type"].as_str().unwrap_or(""), channel),
            "event": event,
        });
        self.outbox.push(Outgoing { event_id, payload });
    }

    /// Tells of a new message: `message`, and `app_mention` when the bot is mentioned in it.
    pub(crate) fn emit_message(&mut self, app: &App, channel_id: &str, ts: &str) {
        let Some(channel) = self.channels.get(channel_id) else {
            return;
        };
        if !channel.members.contains(BOT_USER_ID) {
            return;
        }
        let Some(message) = channel.message(ts) else {
            return;
        };
        let event = message_event(self, channel, message);
        let subscription = message_subscription(channel);
        let mentioned = !message.from_app
            && message.is_written()
            && channel.kind != ChannelKind::Direct
            && message.text.contains(&format!("<@{BOT_USER_ID}>"));
        let mention = mentioned.then(|| {
            let mut mention = event.clone();
            mention["type"] = json!("app_mention");
            // Here `team` is the bot's own workspace, whoever wrote it.
            mention["team"] = json!(TEAM_ID);
            if let Some(fields) = mention.as_object_mut() {
                fields.remove("channel_type");
            }
            mention
        });
        self.emit(app, subscription, event);
        if let Some(mention) = mention {
            self.emit(app, "app_mention", mention);
        }
    }

    /// Deletes a message. One with replies stays as a tombstone, so that its thread can still be read.
    pub(crate) fn delete_message(&mut self, app: &App, channel_id: &str, ts: &str) {
        let Some(channel) = self.channels.get_mut(channel_id) else {
            return;
        };
        let Some(before) = channel.message(ts).cloned() else {
            return;
        };
        channel.pins.retain(|pin| pin.ts != ts);
        let has_replies = channel
            .messages
            .iter()
            .any(|message| message.thread_ts.as_deref() == Some(ts));
        if has_replies {
            if let Some(message) = channel.message_mut(ts) {
                let mut tombstone = Message::new(ts.to_owned(), "USLACKBOT", "This message was deleted.");
                tombstone.subtype = Some("tombstone".to_owned());
                tombstone.extra.insert("hidden".to_owned(), json!(true));
                *message = tombstone;
            }
        } else {
            channel.messages.retain(|message| message.ts != ts);
        }
        self.emit_change(app, channel_id, &before);
    }

    /// Tells of a message that changed (`before`: as it was) or is gone.
    pub(crate) fn emit_change(&mut self, app: &App, channel_id: &str, before: &Message) {
        let Some(channel) = self.channels.get(channel_id) else {
            return;
        };
        if !channel.members.contains(BOT_USER_ID) {
            return;
        }
        let previous = wire::message(self, channel, before, true);
        let kind = wire::channel_type(channel);
        let subscription = message_subscription(channel);
        let now = channel
            .message(&before.ts)
            .map(|message| wire::message(self, channel, message, true));
        let ts = self.next_ts();
        let mut event = json!({
            "type": "message", "channel": channel_id, "channel_type": kind, "hidden": true,
            "ts": ts, "event_ts": ts, "previous_message": previous,
        });
        if let Some(now) = now {
            event["subtype"] = json!("message_changed");
            event["message"] = now;
        } else {
            event["subtype"] = json!("message_deleted");
            event["deleted_ts"] = json!(before.ts);
        }
        self.emit(app, subscription, event);
    }
}

/// The event of a message as it stands in its channel.
fn message_event(state: &State, channel: &Channel, message: &Message) -> Value {
    let mut event = wire::message(state, channel, message, true);
    event["channel"] = json!(channel.id);
    event["channel_type"] = json!(wire::channel_type(channel));
    event["event_ts"] = json!(message.ts);
    event
}

fn message_subscription(channel: &Channel) -> &'static str {
    match channel.kind {
        ChannelKind::Public => "message.channels",
        ChannelKind::Private => "message.groups",
        ChannelKind::Direct => "message.im",
    }
}
