//! Which feature takes what: by the ids of [`slack::ids`].

use slack::ids;
use slack_morphism::events::{
    SlackCommandEvent, SlackEventCallbackBody, SlackInteractionEvent, SlackPushEventCallback,
};

use crate::Gateway;
use crate::answer::Answer;
use crate::envelope::Payload;
use crate::features::{declare, diag, help, home, mentions, roles, severity, status, update, upstream};
use crate::pressed::{Action, Pressed};
use crate::submitted::Submitted;

/// Deals with what happened.
pub(crate) async fn route(gateway: &Gateway, payload: Payload) -> Answer {
    match payload {
        Payload::Pressed(pressed) => {
            for action in &pressed.actions {
                press(gateway, &pressed, action).await;
            }
            Answer::done()
        }
        Payload::Interaction(event) => interaction(gateway, *event).await,
        Payload::Event(event) => event_callback(gateway, *event).await,
        Payload::Command(command) => slash_command(gateway, &command),
    }
}

async fn interaction(gateway: &Gateway, event: SlackInteractionEvent) -> Answer {
    match event {
        SlackInteractionEvent::Shortcut(shortcut) => {
            let trigger_id = shortcut.trigger_id.0;
            match shortcut.callback_id.0.as_str() {
                ids::SHORTCUT_DECLARE => declare::open(gateway, trigger_id, None),
                ids::SHORTCUT_UPDATE => update::open(gateway, trigger_id, &shortcut.user.id.0, None),
                other => tracing::warn!(shortcut = other, "no feature knows this shortcut"),
            }
            Answer::done()
        }
        SlackInteractionEvent::ViewSubmission(submission) => match Submitted::read(submission) {
            Some(submitted) => submit(gateway, submitted).await,
            None => Answer::done(),
        },
        SlackInteractionEvent::BlockSuggestion(suggestion) => match suggestion.action_id.0.as_str() {
            ids::FIELD_INCIDENT => {
                let options = gateway
                    .suggest_incidents(&suggestion.user.id.0, &suggestion.value)
                    .await;
                Answer::Acknowledge(Some(options))
            }
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

async fn submit(gateway: &Gateway, submitted: Submitted) -> Answer {
    match submitted.callback_id.as_str() {
        ids::VIEW_DECLARE => declare::submit(gateway, &submitted).await,
        ids::VIEW_RESOLVE => status::submit(gateway, &submitted).await,
        ids::VIEW_UPDATE => update::submit(gateway, &submitted).await,
        other => {
            tracing::warn!(view = other, "no feature knows this modal");
            Answer::done()
        }
    }
}

async fn press(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let trigger_id = || pressed.trigger_id.clone();
    match action.action_id.as_str() {
        ids::ACTION_DECLARE => declare::open(gateway, trigger_id(), None),
        ids::ACTION_SEVERITY => severity::choose(gateway, pressed, action).await,
        ids::ACTION_STATUS => status::choose(gateway, pressed, action).await,
        ids::ACTION_RESOLVE => {
            if let Ok(incident) = action.value().parse() {
                status::open_resolve(gateway, trigger_id(), &pressed.user, incident, None);
            }
        }
        ids::ACTION_CLAIM => roles::claim(gateway, pressed, action).await,
        ids::ACTION_ROLE => roles::held(gateway, pressed, action).await,
        ids::ACTION_UPDATE => update::open(gateway, trigger_id(), &pressed.user.id, action.value().parse().ok()),
        ids::ACTION_RELOAD_UPSTREAM => upstream::reload(gateway, pressed, action).await,
        // The client has opened the link already.
        link if link.starts_with(ids::LINK_PREFIX) => {}
        other => match other.strip_prefix(ids::ASSIGN_PREFIX) {
            Some(role) => roles::assign(gateway, pressed, action, role).await,
            None => tracing::warn!(action = other, "no feature knows this action"),
        },
    }
}

async fn event_callback(gateway: &Gateway, callback: SlackPushEventCallback) -> Answer {
    let event_id = callback.event_id.0;
    match callback.event {
        SlackEventCallbackBody::AppMention(mention) => mentions::mentioned(gateway, &event_id, mention).await,
        SlackEventCallbackBody::AppHomeOpened(opened) => home::opened(gateway, opened).await,
        _ => Answer::done(),
    }
}

fn slash_command(gateway: &Gateway, command: &SlackCommandEvent) -> Answer {
    let text = command.text.as_deref().unwrap_or_default().trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    match word.to_lowercase().as_str() {
        "new" => {
            let typed = slack::text::from_slack(rest.trim(), |_| None);
            declare::open(gateway, command.trigger_id.0.clone(), Some(typed));
            Answer::done()
        }
        "diag" => {
            diag::tell(gateway, command);
            Answer::done()
        }
        _ => Answer::Acknowledge(Some(help::answer())),
    }
}
