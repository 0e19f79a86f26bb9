//! What is said to whoever acted: at the field, by the address that came with the act, or where only they see it.

use domain::IncidentId;
use incidents::CommandError;
use serde_json::{Value, json};
use slack::Message;
use slack::blocks::View;
use slack_morphism::blocks::{SlackViewState, SlackViewStateValue};

use crate::Gateway;
use crate::pressed::Pressed;

/// How an envelope is answered.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    /// It is dealt with; the payload is for whoever acted.
    Acknowledge(Option<Value>),
    /// It could not be dealt with now. Slack sends events again; it must not be used for anything else.
    SendAgain,
}

impl Answer {
    /// It is dealt with, and there is nothing to say. A modal closes.
    pub(crate) fn done() -> Self {
        Self::Acknowledge(None)
    }

    /// Keeps a modal open with a sentence at a field.
    pub(crate) fn field(field: &str, sentence: &str) -> Self {
        Self::Acknowledge(Some(
            json!({ "response_action": "errors", "errors": { field: sentence } }),
        ))
    }

    /// Puts another view in the place of the modal that was submitted.
    pub(crate) fn update(view: &View) -> Self {
        Self::Acknowledge(Some(json!({ "response_action": "update", "view": view })))
    }

    /// Puts another view on top of the modal that was submitted.
    pub(crate) fn push(view: &View) -> Self {
        Self::Acknowledge(Some(json!({ "response_action": "push", "view": view })))
    }

    /// Closes the modal that was submitted and all below it.
    pub(crate) fn clear() -> Self {
        Self::Acknowledge(Some(json!({ "response_action": "clear" })))
    }

    /// Answers a slash command; only whoever typed it sees it.
    pub(crate) fn say(text: &str) -> Self {
        Self::Acknowledge(Some(json!({ "response_type": "ephemeral", "text": text })))
    }

    /// Answers a slash command with a message; only whoever typed it sees it.
    pub(crate) fn message(message: &Message) -> Self {
        Self::Acknowledge(Some(
            json!({ "response_type": "ephemeral", "text": message.text, "blocks": message.blocks }),
        ))
    }
}

/// Why a command was not carried out, as whoever acted is told.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// What was asked for is wrong.
    Refused(CommandError),
    /// It is not known whether it was recorded.
    Unconfirmed,
}

impl Trouble {
    /// What is said; `again` is what to press.
    pub(crate) fn sentence(&self, again: &str) -> String {
        match self {
            Self::Refused(refused) => refused.to_string(),
            Self::Unconfirmed => format!(
                "It could not be confirmed that this was recorded. Please press {again} again; it will not be done twice."
            ),
        }
    }
}

impl Gateway {
    /// Waits for a command, as long as whoever acted can be let wait.
    pub(crate) async fn within_patience<T>(
        &self,
        command: impl Future<Output = Result<T, CommandError>>,
    ) -> Result<T, Trouble> {
        match tokio::time::timeout(self.patience, command).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) if error.is_refusal() => Err(Trouble::Refused(error)),
            Ok(Err(error)) => {
                tracing::error!(%error, "a command could not be recorded");
                Err(Trouble::Unconfirmed)
            }
            Err(_) => {
                tracing::error!("a command could not be recorded in time");
                Err(Trouble::Unconfirmed)
            }
        }
    }

    /// Like [`Self::within_patience`], for what a form needs before it opens: its trigger must still live afterwards.
    pub(crate) async fn within_half_patience<T>(
        &self,
        command: impl Future<Output = Result<T, CommandError>>,
    ) -> Result<T, Trouble> {
        let half = self.patience / 2;
        tokio::time::timeout(half, self.within_patience(command))
            .await
            .unwrap_or(Err(Trouble::Unconfirmed))
    }

    /// Carries out what somebody pressed on the panel of an incident. When it is refused they are told, and the panel is
    /// drawn anew: its selects show what was chosen until then.
    pub(crate) async fn answer_press(
        &self,
        pressed: &Pressed,
        incident: IncidentId,
        command: impl Future<Output = Result<(), CommandError>>,
    ) {
        self.answer_press_with(pressed, incident, command, |_| None).await;
    }

    /// Like [`Self::answer_press`], with a message of its own for a refusal that `explain` has one for.
    pub(crate) async fn answer_press_with(
        &self,
        pressed: &Pressed,
        incident: IncidentId,
        command: impl Future<Output = Result<(), CommandError>>,
        explain: impl FnOnce(&CommandError) -> Option<Message>,
    ) {
        let Err(trouble) = self.within_patience(command).await else {
            return;
        };
        let explained = match &trouble {
            Trouble::Refused(refused) => explain(refused),
            Trouble::Unconfirmed => None,
        };
        match explained {
            Some(message) => self.whisper_message(pressed, message),
            None => self.whisper(pressed, trouble.sentence("it")),
        }
        let redrawn = incidents::redraw_panel(&self.pool, incident, self.now());
        if let Err(error) = self.within_patience(redrawn).await {
            tracing::warn!(?error, "the panel could not be drawn anew");
        }
    }

    /// Tells somebody a sentence by direct message, in a task of its own.
    pub(crate) fn tell(&self, user: &str, sentence: String) {
        let (slack, user) = (self.slack.clone(), user.to_owned());
        self.errands.spawn(async move {
            if let Err(error) = slack.tell_directly(&user, &slack::text::escape(&sentence)).await {
                tracing::warn!(%error, "somebody could not be told why nothing was done");
            }
        });
    }

    /// Tells somebody who pressed something a sentence that only they see, in a task of its own.
    pub(crate) fn whisper(&self, pressed: &Pressed, sentence: String) {
        // A modal or a home has no such address.
        let Some(address) = pressed.response_url.clone() else {
            return self.tell(&pressed.user.id, sentence);
        };
        let slack = self.slack.clone();
        self.errands.spawn(async move {
            if let Err(error) = slack.respond(&address, &slack::text::escape(&sentence)).await {
                tracing::warn!(%error, "somebody could not be told why nothing was done");
            }
        });
    }

    /// Like [`Self::whisper`], for a message with something to press.
    pub(crate) fn whisper_message(&self, pressed: &Pressed, message: Message) {
        let (slack, user) = (self.slack.clone(), pressed.user.id.clone());
        let address = pressed.response_url.clone();
        self.errands.spawn(async move {
            let sent = match address {
                Some(address) => slack.respond_with(&address, &message).await,
                None => slack.tell_directly(&user, &message.text).await,
            };
            if let Err(error) = sent {
                tracing::warn!(%error, "somebody could not be told why nothing was done");
            }
        });
    }
}

/// What stands in a field of a modal: its block and its element carry the same id.
pub(crate) fn field<'a>(state: Option<&'a SlackViewState>, id: &str) -> Option<&'a SlackViewStateValue> {
    state?.values.get(&id.into())?.get(&id.into())
}

/// The text in a field of a modal; empty where there is none.
pub(crate) fn text_of(state: Option<&SlackViewState>, id: &str) -> String {
    field(state, id)
        .and_then(|field| field.value.clone())
        .unwrap_or_default()
}

/// The value of the option that was chosen in a field of a modal.
pub(crate) fn option_of(state: Option<&SlackViewState>, id: &str) -> Option<String> {
    let chosen = field(state, id)?.selected_option.as_ref()?;
    Some(chosen.value.clone())
}
