//! What happened goes to the feature that takes it: interactions by its tables, events by their kind.

use jobs::PinCause;
use serde_json::Value;
use slack::blocks::View;
use slack_morphism::events::{SlackEventCallbackBody, SlackInteractionEvent, SlackMessageEventType};

use crate::Gateway;
use crate::answer::Answer;
use crate::envelope::{Event, Payload};
use crate::feature::Search;
use crate::features::{archive, chatter, commands, directory, home, pins, reactions, rename};
use crate::forms::Opener;
use crate::routes;
use crate::submitted::Submitted;

/// Deals with what happened.
pub(crate) async fn route(gateway: &Gateway, payload: Payload) -> Answer {
    match payload {
        Payload::Pressed(pressed) => {
            for action in &pressed.actions {
                routes::press(gateway, &pressed, action).await;
            }
            Answer::done()
        }
        Payload::Interaction(event) => Box::pin(interaction(gateway, *event)).await,
        Payload::Event(event) => Box::pin(event_callback(gateway, *event)).await,
        Payload::News(news, event) => match (directory::hear(gateway, *news).await, event) {
            (Answer::Acknowledge(_), Some(event)) => Box::pin(event_callback(gateway, *event)).await,
            (answer, _) => answer,
        },
        Payload::Command(command) => Box::pin(commands::typed(gateway, &command)).await,
    }
}

async fn interaction(gateway: &Gateway, event: SlackInteractionEvent) -> Answer {
    match event {
        SlackInteractionEvent::Shortcut(shortcut) => {
            if let Some(form) = routes::form_of_shortcut(&shortcut.callback_id.0) {
                gateway.open(Opener::of_shortcut(&shortcut), form);
            } else {
                tracing::warn!(shortcut = %shortcut.callback_id, "no feature knows this shortcut");
                let sentence = "This shortcut is out of date, so nothing was done. Type `/incident help`.";
                gateway.tell_at(None, &shortcut.user.id.0, sentence.to_owned());
            }
            Answer::done()
        }
        SlackInteractionEvent::ViewSubmission(submission) => match Submitted::read(submission) {
            Some(submitted) => routes::submit(gateway, &submitted).await,
            None => Answer::done(),
        },
        SlackInteractionEvent::BlockSuggestion(suggestion) => {
            let view = match suggestion.view {
                Some(View::Modal(modal)) => modal.callback_id.map(|id| id.0),
                _ => None,
            };
            let search = Search {
                user: suggestion.user.id.0,
                typed: suggestion.value,
                view: view.unwrap_or_default(),
            };
            let field = suggestion.action_id.0.as_str();
            routes::suggest(gateway, field, &search).await.unwrap_or_else(|| {
                tracing::warn!(field, "no feature knows this field");
                Answer::done()
            })
        }
        other => {
            tracing::debug!(?other, "nothing is done for this interaction");
            Answer::done()
        }
    }
}

async fn event_callback(gateway: &Gateway, event: Event) -> Answer {
    let callback = event.callback;
    let told = pins::Told::of(&callback, event.in_shared_channel);
    let event_id = callback.event_id.0;
    let app = callback.authorizations.unwrap_or_default();
    let is_us = |user: &str| app.iter().any(|authorization| authorization.user_id.0 == user);
    match callback.event {
        // What the bot archived itself is known already.
        SlackEventCallbackBody::ChannelArchive(event) if is_us(&event.user.0) => Answer::done(),
        SlackEventCallbackBody::ChannelArchive(event) => {
            Box::pin(archive::archived(gateway, &event_id, &event.channel.0, &event.user.0)).await
        }
        SlackEventCallbackBody::ChannelUnarchive(event) => {
            Box::pin(archive::unarchived(gateway, &event_id, &event.channel.0, &event.user.0)).await
        }
        SlackEventCallbackBody::AppMention(mention) => Box::pin(commands::mentioned(gateway, &told, mention)).await,
        SlackEventCallbackBody::AppHomeOpened(opened) => home::opened(gateway, opened).await,
        SlackEventCallbackBody::ReactionAdded(reaction) => {
            Box::pin(reactions::added(gateway, &told, raw(&reaction))).await
        }
        SlackEventCallbackBody::ReactionRemoved(reaction) => {
            Box::pin(pins::reacted(gateway, &told, PinCause::Removed, raw(&reaction))).await
        }
        SlackEventCallbackBody::Message(message) if message.subtype == Some(SlackMessageEventType::MessageChanged) => {
            pins::edited(gateway, &told, &raw(&message)).await
        }
        SlackEventCallbackBody::Message(message) if is_direct(&raw(&message)) => {
            Box::pin(commands::told_directly(gateway, &told, &raw(&message))).await
        }
        SlackEventCallbackBody::Message(message) => chatter::said(gateway, &event_id, message).await,
        SlackEventCallbackBody::ChannelRename(renamed) => rename::renamed(gateway, &raw(&renamed)).await,
        // What slack-morphism has no type for, or another one.
        SlackEventCallbackBody::Unknown(event) => match (event["type"].as_str(), event["subtype"].as_str()) {
            (Some("channel_rename" | "group_rename"), _) => rename::renamed(gateway, &event).await,
            (Some("message"), Some("message_changed")) => pins::edited(gateway, &told, &event).await,
            (Some("message"), _) if is_direct(&event) => {
                Box::pin(commands::told_directly(gateway, &told, &event)).await
            }
            (Some("reaction_added"), _) => Box::pin(reactions::added(gateway, &told, event)).await,
            (Some("reaction_removed"), _) => Box::pin(pins::reacted(gateway, &told, PinCause::Removed, event)).await,
            (Some(kind @ ("group_archive" | "group_unarchive")), _) => {
                let text = |field: &str| event[field].as_str().unwrap_or_default();
                match kind {
                    "group_archive" if is_us(text("user")) => Answer::done(),
                    "group_archive" => {
                        Box::pin(archive::archived(gateway, &event_id, text("channel"), text("user"))).await
                    }
                    _ => Box::pin(archive::unarchived(gateway, &event_id, text("channel"), text("user"))).await,
                }
            }
            _ => Answer::done(),
        },
        _ => Answer::done(),
    }
}

/// Whether a message was written to the bot alone.
fn is_direct(message: &Value) -> bool {
    message["channel_type"] == "im"
}

/// An event as Slack sent it.
fn raw(event: &impl serde::Serialize) -> Value {
    serde_json::to_value(event).unwrap_or_else(|error| {
        tracing::warn!(%error, "an event could not be read");
        Value::Null
    })
}
