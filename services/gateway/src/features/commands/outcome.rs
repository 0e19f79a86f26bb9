//! Who typed a command and where, and its outcome.

use std::sync::Arc;

use domain::description::cut_at_word;
use domain::{Actor, Incident, Settings};
use incidents::{CommandError, Request};
use jobs::{Answer, Thread};
use slack::Message;
use slack::blocks::Button;
use slack::text::{escape, from_slack, mentioned_ids};

use crate::Gateway;
use crate::features::incident::incident_of_channel;
use crate::forms::{Form, Opener};

/// The most characters that are repeated of words that are no command.
const MAX_UNKNOWN: usize = 60;

/// A command that somebody typed.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    /// Slack's id of the person.
    pub(crate) user: String,
    /// The channel's id.
    pub(crate) channel: String,
    /// The idempotency key: the same when Slack sends it again.
    pub(crate) key: String,
    /// How it was typed.
    pub(crate) source: Source,
}

/// How a command was typed, and so who reads the answer.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// As the slash command: only whoever typed it sees the answer.
    Slash(Opener),
    /// In a mention, or in a direct message to the bot, which has no thread mostly: answered there.
    Message(Thread),
}

impl Invocation {
    /// Whether others read the answer.
    pub(crate) fn is_public(&self) -> bool {
        matches!(&self.source, Source::Message(thread) if thread.ts.is_some())
    }
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// Words, and buttons below them.
    Reply(Reply),
    /// What is rendered for whoever reads it: in a thread by the worker.
    Answer(Answer),
    /// A form. None can open from a thread, where this is said in its place.
    Open { form: Form, instead: Reply },
    /// Whoever asked is answered otherwise.
    Done,
}

impl Outcome {
    /// A form; in a thread these words, and buttons below them.
    pub(crate) fn open(form: Form, instead: impl Into<String>, buttons: Vec<Button>) -> Self {
        let text = instead.into();
        let instead = Reply { text, buttons };
        Self::Open { form, instead }
    }

    /// A form that asks which incident is meant; in a thread the words to say it with `command`.
    pub(crate) fn which(form: Form, command: &str) -> Self {
        let instead = format!(
            "Which incident? Mention me with `{command}` in its channel, or type `/incident {command}` to choose one."
        );
        Self::open(form, instead, Vec::new())
    }

    /// That this is no command, and what is.
    pub(crate) async fn unknown(gateway: &Gateway, typed: &str) -> Result<Self, CommandError> {
        let words = cut_at_word(&gateway.plain(typed).await?, MAX_UNKNOWN);
        Ok(Self::Answer(Answer::Unknown { words }))
    }
}

/// An answer, in mrkdwn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) text: String,
    pub(crate) buttons: Vec<Button>,
}

impl Reply {
    /// As a message.
    pub(crate) fn message(self) -> Message {
        Message::with_buttons(self.text, self.buttons)
    }
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

impl From<String> for Outcome {
    fn from(text: String) -> Self {
        let buttons = Vec::new();
        Self::Reply(Reply { text, buttons })
    }
}

impl From<&str> for Outcome {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// What is said after a change; what is refused is an answer too.
pub(crate) fn refused(done: Result<(), CommandError>, said: String) -> Result<Outcome, CommandError> {
    match done {
        Ok(()) => Ok(said.into()),
        Err(error) if error.is_refusal() => Ok(escape(&error.to_string()).into()),
        Err(error) => Err(error),
    }
}

impl Gateway {
    /// The incident whose channel it was typed in, or in the one about its causes.
    pub(crate) async fn incident_here(
        &self,
        invocation: &Invocation,
    ) -> Result<Option<(Incident, Arc<Settings>)>, CommandError> {
        let mut conn = self.pool.acquire().await?;
        let Some(incident) = incident_of_channel(&mut conn, &invocation.user, &invocation.channel).await? else {
            return Ok(None);
        };
        Ok(Some((incident, self.pool.settings(&mut conn).await?)))
    }

    /// What was typed, as people saw it.
    pub(crate) async fn plain(&self, typed: &str) -> Result<String, CommandError> {
        let ids = mentioned_ids(typed);
        if ids.is_empty() {
            return Ok(from_slack(typed, |_| None));
        }
        let mut conn = self.pool.acquire().await?;
        let names = store::slack_names::of(&mut conn, &ids).await?;
        Ok(from_slack(typed, |user| names.get(user).cloned()))
    }

    /// The request that it makes.
    pub(crate) async fn request_of(&self, invocation: &Invocation) -> Result<Request, CommandError> {
        let mut conn = self.pool.acquire().await?;
        let name = store::slack_users::name(&mut conn, &invocation.user).await?;
        Ok(Request {
            key: invocation.key.clone(),
            actor: Actor::Slack {
                user_id: invocation.user.clone(),
                name: name.unwrap_or_else(|| invocation.user.clone()),
            },
            now: self.now(),
            channel: Some(invocation.channel.clone()),
            content: None,
            audit: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use slack::blocks::button_of;
    use slack::ids;

    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn an_answer_with_a_button() {
        let reply = Reply {
            text: "Resolving asks first.".to_owned(),
            buttons: vec![button_of(ids::ACTION_RESOLVE, "Resolve", &incident().id)],
        };
        insta::assert_json_snapshot!(reply.message().to_json());
    }
}
