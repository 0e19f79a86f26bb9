//! Which feature takes what: by the ids of [`slack::ids`].

use serde_json::Value;
use slack::ids;
use slack_morphism::events::{
    SlackCommandEvent, SlackEventCallbackBody, SlackInteractionBlockActionsEvent, SlackInteractionEvent,
    SlackPushEventCallback,
};

use crate::Gateway;
use crate::envelope::Payload;
use crate::features::{declare, diag, help, home, mentions};

/// How an envelope is answered.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    /// It is dealt with; the payload is for whoever acted.
    Acknowledge(Option<Value>),
    /// It could not be dealt with now. Slack sends events again; it must not be used for anything else.
    SendAgain,
}

impl Answer {
    /// It is dealt with, and there is nothing to say.
    pub(crate) fn done() -> Self {
        Self::Acknowledge(None)
    }
}

/// Deals with what happened.
pub(crate) async fn route(gateway: &Gateway, payload: Payload) -> Answer {
    match payload {
        Payload::Interaction(event) => interaction(gateway, *event).await,
        Payload::Event(event) => event_callback(gateway, *event).await,
        Payload::Command(command) => slash_command(gateway, &command),
    }
}

async fn interaction(gateway: &Gateway, event: SlackInteractionEvent) -> Answer {
    match event {
        SlackInteractionEvent::Shortcut(shortcut) if shortcut.callback_id.0 == ids::SHORTCUT_DECLARE => {
            declare::open(gateway, shortcut.trigger_id.0, None);
            Answer::done()
        }
        SlackInteractionEvent::BlockActions(actions) => {
            block_actions(gateway, &actions);
            Answer::done()
        }
        SlackInteractionEvent::ViewSubmission(submission) => declare::submit(gateway, submission).await,
        other => {
            tracing::debug!(?other, "nothing is done for this interaction");
            Answer::done()
        }
    }
}

fn block_actions(gateway: &Gateway, event: &SlackInteractionBlockActionsEvent) {
    for action in event.actions.iter().flatten() {
        match action.action_id.0.as_str() {
            ids::ACTION_DECLARE => declare::open(gateway, event.trigger_id.0.clone(), None),
            // The client has opened the link already.
            link if link.starts_with(ids::LINK_PREFIX) => {}
            other => tracing::warn!(action = other, "no feature knows this action"),
        }
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
