//! What is said to whoever acted: at the field, by the address that came with the act, or where only they see it.

use domain::IncidentId;
use incidents::CommandError;
use serde_json::{Value, json};
use slack::Message;
use slack::blocks::{Choice, View, options};
use slack_morphism::blocks::{SlackViewState, SlackViewStateValue};
use url::Url;

use crate::Gateway;
use crate::pressed::{Action, Pressed};

/// The value of an option that is none.
const NO_CHOICE: &str = "-";

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

/// What is said at a form of which it is not known whether it was recorded.
pub(crate) const UNCONFIRMED: &str = "We couldn't confirm your change. Try again; it won't be applied twice.";
/// The same for what was pressed. Pressing again is another request.
pub(crate) const UNCONFIRMED_PRESS: &str =
    "We couldn't confirm your change. Check whether it was made, then try again.";
/// What is said at a form that was edited after it had been recorded.
const RECORDED_BEFORE: &str =
    "Your first submission was recorded; this one was not. To change it, close this form and open it again.";
/// What is said where something could not be read.
pub(crate) const NOT_LOADED: &str = "We couldn't load this. Try again in a moment.";

impl Trouble {
    /// What is said.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Refused(CommandError::OtherContent) => RECORDED_BEFORE.to_owned(),
            Self::Refused(refused) => refused.to_string(),
            Self::Unconfirmed => UNCONFIRMED.to_owned(),
        }
    }

    /// What is said to whoever pressed something.
    pub(crate) fn of_press(&self) -> String {
        match self {
            Self::Refused(refused) => refused.to_string(),
            Self::Unconfirmed => UNCONFIRMED_PRESS.to_owned(),
        }
    }

    /// What is said where nothing was to be changed.
    pub(crate) fn of_reading(&self) -> String {
        match self {
            Self::Refused(refused) => refused.to_string(),
            Self::Unconfirmed => NOT_LOADED.to_owned(),
        }
    }
}

/// What a field offers whose search failed: none would look as if nothing had been found.
pub(crate) fn not_searched() -> Answer {
    let notice = Choice::new(NO_CHOICE, "⚠️ The search failed. Type again to retry.");
    Answer::Acknowledge(Some(json!({ "options": options(&[notice]) })))
}

impl Gateway {
    /// Carries out a command. The deadline of the envelope ends it, so it has no limit of its own.
    pub(crate) async fn confirm<T>(
        &self,
        command: impl Future<Output = Result<T, CommandError>>,
    ) -> Result<T, Trouble> {
        match command.await {
            Ok(done) => Ok(done),
            Err(error) if error.is_refusal() => Err(Trouble::Refused(error)),
            Err(error) => {
                tracing::error!(%error, "a command failed");
                Err(Trouble::Unconfirmed)
            }
        }
    }

    /// Reads what a form needs before it opens, in time for its trigger.
    pub(crate) async fn for_form<T>(
        &self,
        reading: impl Future<Output = Result<T, CommandError>>,
    ) -> Result<T, Trouble> {
        let read = tokio::time::timeout_at(self.deadline.form(), self.confirm(reading));
        read.await.unwrap_or(Err(Trouble::Unconfirmed))
    }

    /// The same for work that no acknowledgement waits for, with a limit of its own.
    pub(crate) async fn in_background<T>(
        &self,
        work: impl Future<Output = Result<T, CommandError>>,
    ) -> Result<T, Trouble> {
        let done = tokio::time::timeout(self.answer_within, self.confirm(work));
        done.await.unwrap_or(Err(Trouble::Unconfirmed))
    }

    /// Carries out what somebody pressed; where it is not, they are told.
    pub(crate) async fn confirm_press(
        &self,
        pressed: &Pressed,
        command: impl Future<Output = Result<(), CommandError>>,
    ) {
        if let Err(trouble) = self.confirm(command).await {
            self.send_ephemeral(pressed, trouble.of_press());
        }
    }

    /// Carries out what somebody pressed on the panel of an incident. When it is refused they are told, and the panel is
    /// re-rendered: its selects show what was chosen until then.
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
        tracing::Span::current().record("incident", tracing::field::display(incident));
        let Err(trouble) = self.confirm(command).await else {
            return;
        };
        let explained = match &trouble {
            Trouble::Refused(refused) => explain(refused),
            Trouble::Unconfirmed => None,
        };
        match explained {
            Some(message) => self.send_ephemeral_message(pressed, message),
            None => self.send_ephemeral(pressed, trouble.of_press()),
        }
        self.rerender_panel(incident);
    }

    /// Has the panel of an incident re-rendered. A task of its own, because no answer depends on it.
    pub(crate) fn rerender_panel(&self, incident: IncidentId) {
        let gateway = self.clone();
        self.errands.spawn(async move {
            let enqueued = incidents::redraw_panel(&gateway.pool, incident, gateway.now());
            if gateway.in_background(enqueued).await.is_err() {
                tracing::warn!(%incident, "the panel is not re-rendered");
            }
        });
    }

    /// Says that something that was pressed is not understood: mostly it was drawn by another release.
    pub(crate) fn unreadable(&self, pressed: &Pressed, action: &Action) {
        tracing::warn!(
            action = action.action_id,
            value = action.value(),
            "a value was not understood"
        );
        let sentence =
            "This button is out of date, so nothing was done. Use a newer message, or type `/incident help`.";
        self.send_ephemeral(pressed, sentence.to_owned());
    }

    /// Tells somebody who pressed something a sentence that only they see, in a task of its own.
    pub(crate) fn send_ephemeral(&self, pressed: &Pressed, sentence: String) {
        self.tell_at(pressed.response_url.clone(), &pressed.user.id, sentence);
    }

    /// Tells somebody a sentence by the address that came with what they did, which a modal or a home has not, else by
    /// direct message.
    pub(crate) fn tell_at(&self, response_url: Option<Url>, user: &str, sentence: String) {
        let (slack, user) = (self.slack.clone(), user.to_owned());
        self.errands.spawn(async move {
            let text = slack::text::escape(&sentence);
            let told = match response_url {
                Some(address) => slack.respond(&address, &text).await,
                None => slack.tell_directly(&user, &text).await,
            };
            if let Err(error) = told {
                tracing::warn!(%error, "somebody could not be told why nothing was done");
            }
        });
    }

    /// Like [`Self::send_ephemeral`], for a message with something to press.
    pub(crate) fn send_ephemeral_message(&self, pressed: &Pressed, message: Message) {
        let (slack, user) = (self.slack.clone(), pressed.user.id.clone());
        let address = pressed.response_url.clone();
        let channel = pressed.channel.as_ref().map(|channel| channel.id.clone());
        self.errands.spawn(async move {
            let sent = match (address, channel) {
                (Some(address), _) => slack.respond_with(&address, &message).await,
                (None, Some(channel)) => slack.send_ephemeral(&channel, &user, &message).await,
                (None, None) => slack.send_directly(&user, &message).await,
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
