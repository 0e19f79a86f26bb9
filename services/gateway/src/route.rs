//! Which feature takes what: by the ids of [`slack::ids`].

use domain::IncidentId;
use jobs::{PinCause, RcaFormat};
use serde_json::Value;
use slack::blocks::View;
use slack::ids;
use slack_morphism::events::{SlackEventCallbackBody, SlackInteractionEvent, SlackMessageEventType};

use crate::Gateway;
use crate::answer::Answer;
use crate::envelope::{Event, Payload};
use crate::features::{
    access, archive, chatter, commands, connect, declare, directory, export, home, list, paging, pins, problems, rca,
    reactions, reminders, rename, roles, severity, status, statuspage, timeline, update, upstream,
};
use crate::forms::Opener;
use crate::openers;
use crate::pressed::{Action, Pressed};
use crate::submitted::Submitted;
use crate::unopened;

/// Deals with what happened.
pub(crate) async fn route(gateway: &Gateway, payload: Payload) -> Answer {
    match payload {
        Payload::Pressed(pressed) => {
            for action in &pressed.actions {
                Box::pin(press(gateway, &pressed, action)).await;
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
            if let Some(form) = openers::of_shortcut(&shortcut.callback_id.0) {
                gateway.open(Opener::of_shortcut(&shortcut), form);
            } else {
                tracing::warn!(shortcut = %shortcut.callback_id, "no feature knows this shortcut");
                let sentence = "This shortcut is out of date, so nothing was done. Type `/incident help`.";
                gateway.tell_at(None, &shortcut.user.id.0, sentence.to_owned());
            }
            Answer::done()
        }
        SlackInteractionEvent::ViewSubmission(submission) => match Submitted::read(submission) {
            Some(submitted) => submit(gateway, submitted).await,
            None => Answer::done(),
        },
        SlackInteractionEvent::BlockSuggestion(suggestion) => match suggestion.action_id.0.as_str() {
            ids::FIELD_INCIDENT => {
                let form = match &suggestion.view {
                    Some(View::Modal(modal)) => modal.callback_id.as_ref().map(|id| id.0.as_str()),
                    _ => None,
                };
                let and_resolved = form.is_some_and(takes_resolved);
                gateway
                    .suggest_incidents(&suggestion.user.id.0, &suggestion.value, and_resolved)
                    .await
            }
            ids::FIELD_COMPONENTS => statuspage::suggest(gateway, &suggestion.value).await,
            ids::FIELD_TEAM => gateway.suggest_teams(&suggestion.value).await,
            other => {
                tracing::warn!(field = other, "no feature knows this field");
                Answer::done()
            }
        },
        other => {
            tracing::debug!(?other, "nothing is done for this interaction");
            Answer::done()
        }
    }
}

/// Whether what a modal asks an incident for can be done with a resolved one: for those nobody is called any more.
fn takes_resolved(callback_id: &str) -> bool {
    !matches!(callback_id, ids::VIEW_PAGE | ids::VIEW_INVITE_PERSON)
}

async fn submit(gateway: &Gateway, submitted: Submitted) -> Answer {
    match submitted.callback_id.as_str() {
        ids::VIEW_DECLARE => declare::submit(gateway, &submitted).await,
        ids::VIEW_RESOLVE => status::submit(gateway, &submitted).await,
        ids::VIEW_UPDATE => update::submit(gateway, &submitted).await,
        ids::VIEW_PAGE => paging::submit(gateway, &submitted).await,
        ids::VIEW_PAGE_CONFIRM => paging::confirmed(gateway, &submitted).await,
        ids::VIEW_INVITE_PERSON => paging::invited(gateway, &submitted).await,
        ids::VIEW_RENAME => rename::submit(gateway, &submitted).await,
        ids::VIEW_TIMELINE_CHOOSE => timeline::chosen(gateway, &submitted).await,
        ids::VIEW_TIMELINE_ENTRY => timeline::submit(gateway, &submitted).await,
        ids::VIEW_TIMELINE_DELETE => timeline::delete(gateway, &submitted).await,
        ids::VIEW_ARCHIVE => archive::submit(gateway, &submitted).await,
        ids::VIEW_STATUSPAGE => statuspage::submit(gateway, &submitted).await,
        ids::VIEW_STATUSPAGE_CONFIRM => statuspage::confirmed(gateway, &submitted).await,
        ids::VIEW_SEVERITY => commands::submit_severity(gateway, &submitted).await,
        ids::VIEW_STATUS => commands::submit_status(gateway, &submitted).await,
        ids::VIEW_ROLE => commands::submit_role(gateway, &submitted).await,
        ids::VIEW_WHICH => commands::chosen(gateway, &submitted).await,
        ids::VIEW_REPLACE_HOLDER => roles::replaced(gateway, &submitted).await,
        _ => submitted.unreadable(),
    }
}

async fn press(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    if let Some((opener, form)) = openers::of_button(pressed, action) {
        return gateway.open(opener, form);
    }
    // The incident that a button is about; where there is none, whoever pressed is told.
    let about = || {
        let incident = action.value().parse::<IncidentId>().ok();
        if incident.is_none() {
            gateway.unreadable(pressed, action);
        }
        incident
    };
    match action.action_id.as_str() {
        ids::ACTION_DECLARE_NOW => unopened::declare(gateway, pressed, action).await,
        ids::ACTION_SEVERITY => severity::choose(gateway, pressed, action).await,
        ids::ACTION_STATUS => status::choose(gateway, pressed, action).await,
        ids::ACTION_REOPEN => {
            if let Some(incident) = about() {
                status::reopen(gateway, pressed, action, incident).await;
            }
        }
        ids::ACTION_CLAIM => roles::claim(gateway, pressed, action).await,
        ids::ACTION_ROLE => roles::held(gateway, pressed, action).await,
        ids::ACTION_REPLACE_HOLDER => roles::replace(gateway, pressed, action).await,
        ids::ACTION_REMOVE_HOLDER => roles::remove(gateway, pressed, action).await,
        ids::ACTION_REQUEST_ACCESS => access::request(gateway, pressed, action).await,
        ids::ACTION_ACCESS_GRANT => access::decide(gateway, pressed, action, true).await,
        ids::ACTION_ACCESS_DECLINE => access::decide(gateway, pressed, action, false).await,
        ids::ACTION_CONNECT_YES => connect::answer(gateway, pressed, action, true).await,
        ids::ACTION_CONNECT_NO => connect::answer(gateway, pressed, action, false).await,
        ids::ACTION_TIMELINE_EARLIER | ids::ACTION_TIMELINE_LATER => timeline::turn(gateway, pressed, action),
        ids::ACTION_EXPORT => {
            if let Some(incident) = about() {
                export::start(gateway, pressed, action, incident).await;
            }
        }
        ids::ACTION_RCA_WRITE => {
            if let Some(incident) = about() {
                rca::write(gateway, pressed, action, incident).await;
            }
        }
        ids::ACTION_RCA_MARKDOWN => rca::export(gateway, pressed, action, RcaFormat::Markdown).await,
        ids::ACTION_RCA_HTML => rca::export(gateway, pressed, action, RcaFormat::Html).await,
        ids::ACTION_CALL_OFF => commands::call_off(gateway, pressed, action).await,
        ids::ACTION_MORE => more(gateway, pressed, action).await,
        ids::ACTION_NEW_CHANNEL => archive::new_channel(gateway, pressed, action).await,
        ids::ACTION_STOP_REMINDERS => reminders::stop(gateway, pressed, action).await,
        ids::ACTION_DISMISS_HINT => chatter::dismiss(gateway, pressed, action).await,
        ids::ACTION_LIST_NEWER | ids::ACTION_LIST_OLDER => list::turn(gateway, pressed, action).await,
        ids::ACTION_HOME_NEWER | ids::ACTION_HOME_OLDER => home::turn(gateway, pressed, action).await,
        team if team.starts_with(ids::ON_CALL_PREFIX) => paging::act(gateway, pressed, action).await,
        ids::ACTION_PAGE_ANYWAY => paging::page_anyway(gateway, pressed, action).await,
        ids::ACTION_REFRESH_ON_CALL => paging::refresh(gateway, pressed).await,
        ids::ACTION_RESOLVE_PAGES => status::resolve_pages(gateway, pressed, action).await,
        ids::ACTION_RETRY => problems::retry(gateway, pressed, action).await,
        ids::ACTION_RELOAD_UPSTREAM => upstream::reload(gateway, pressed, action).await,
        ids::ACTION_STATUSPAGE_LEAVE => statuspage::leave(gateway, pressed, action).await,
        // The client has opened the link already.
        link if link.starts_with(ids::LINK_PREFIX) => {}
        other => {
            if let Some(role) = other.strip_prefix(ids::ASSIGN_PREFIX) {
                roles::assign(gateway, pressed, action, role).await;
            } else if let Some(held) = other.strip_prefix(ids::REASSIGN_PREFIX) {
                roles::reassign(gateway, pressed, action, held).await;
            } else if let Some(minutes) = other.strip_prefix(ids::PUT_OFF_PREFIX) {
                reminders::put_off(gateway, pressed, action, minutes).await;
            } else {
                gateway.unreadable(pressed, action);
            }
        }
    }
}

/// What is done seldom, from the panel's overflow.
async fn more(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let chosen = action.value().split_once('/');
    let Some((what, incident)) = chosen.and_then(|(what, incident)| Some((what, incident.parse().ok()?))) else {
        return gateway.unreadable(pressed, action);
    };
    match what {
        ids::OPTION_EXPORT => export::start(gateway, pressed, action, incident).await,
        ids::OPTION_RCA => rca::write(gateway, pressed, action, incident).await,
        _ => gateway.unreadable(pressed, action),
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
