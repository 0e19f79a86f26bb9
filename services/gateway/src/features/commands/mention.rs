//! Somebody mentioned the bot: the answer comes in the thread, where everybody reads it. What is said to the bot directly is
//! answered in the same way, in the conversation.

use incidents::{CommandError, Declaration, DeclareError, MAX_UPDATE, declare};
use jobs::payloads::slack::{Answer as Said, AnswerMention, Offer, Thread};
use jobs::{EnqueueError, NewJob};
use serde_json::Value;
use slack::text::{from_slack, mentioned_ids, said_to};
use slack_morphism::events::SlackAppMentionEvent;
use thiserror::Error;

use super::act::{Asked, Came};
use super::words::{self, Wish};
use crate::Gateway;
use crate::answer::Answer;
use crate::features::list::{self, NOT_IN_SHARED};
use crate::features::pins::Told;
use crate::forms::Form;

/// Slack's own bot, which is no bot by what it sends.
const SLACKBOT: &str = "USLACKBOT";

#[derive(Debug, Error)]
enum MentionError {
    #[error(transparent)]
    Declare(#[from] DeclareError),
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error(transparent)]
    Enqueue(#[from] EnqueueError),
    #[error("the database failed: {0}")]
    Store(#[from] store::Error),
}

/// Does what somebody asks for who mentioned the bot.
pub(crate) async fn mentioned(gateway: &Gateway, told: &Told, mention: SlackAppMentionEvent) -> Answer {
    let text = mention.content.text.unwrap_or_default();
    let thread = Thread {
        channel: mention.channel.0,
        ts: Some(mention.origin.thread_ts.unwrap_or(mention.origin.ts).0),
    };
    let done = act(gateway, told, &mention.user.0, said_to(&told.bot, &text), thread);
    answered(done.await)
}

/// Does what a person asks for in a direct message. Bots are not answered: with one that answers too it would never end.
pub(crate) async fn told_directly(gateway: &Gateway, told: &Told, event: &Value) -> Answer {
    let text = |field: &str| event[field].as_str();
    let (Some(user), Some(channel), Some(said)) = (text("user"), text("channel"), text("text")) else {
        return Answer::done();
    };
    let is_written = event["bot_id"].is_null() && event["subtype"].is_null() && event["hidden"] != true;
    if !is_written || user == told.bot || user == SLACKBOT {
        return Answer::done();
    }
    let thread = Thread {
        channel: channel.to_owned(),
        ts: text("thread_ts").map(str::to_owned),
    };
    answered(act(gateway, told, user, said_to(&told.bot, said), thread).await)
}

fn answered(done: Result<(), MentionError>) -> Answer {
    match done {
        Ok(()) => Answer::done(),
        Err(error) => {
            tracing::error!(%error, "a mention could not be handled");
            Answer::SendAgain
        }
    }
}

async fn act(gateway: &Gateway, told: &Told, user: &str, said: &str, thread: Thread) -> Result<(), MentionError> {
    let event_id = &told.event_id;
    let wish = words::read(said);
    let asked = Asked {
        in_public: thread.ts.is_some(),
        user,
        channel: &thread.channel,
        key: format!("event/{event_id}"),
    };
    let answer = match wish {
        // What these list is read by everybody in the channel.
        Wish::List { .. } | Wish::Pager(_) | Wish::Planned | Wish::CallOff(_) | Wish::OnStatuspage
            if is_shared(gateway, &thread.channel, told.in_shared_channel).await? =>
        {
            Said::Refused(NOT_IN_SHARED.to_owned())
        }
        Wish::New("") => Said::Offer,
        Wish::New(typed) => {
            match declare_typed(gateway, &asked, typed, thread.clone()).await {
                // The job that makes the channel answers, because the answer names it.
                Ok(()) => return Ok(()),
                Err(MentionError::Declare(
                    error @ (DeclareError::Description(_) | DeclareError::UnknownSeverity(_)),
                )) => Said::Refused(error.to_string()),
                Err(error) => return Err(error),
            }
        }
        wish => match Box::pin(gateway.act(&asked, wish)).await {
            Ok(came) => answer(came),
            Err(error) if error.is_refusal() => Said::Refused(error.to_string()),
            Err(error) => return Err(error.into()),
        },
    };
    let job = NewJob::new(&AnswerMention {
        name: event_id.clone(),
        thread: thread.clone(),
        answer,
        by: Some(user.to_owned()),
        only_to: None,
    })
    .once(format!("mention/{event_id}"));
    let mut tx = gateway.pool.begin().await?;
    jobs::enqueue_at(&mut tx, gateway.now(), vec![job]).await?;
    tx.commit().await?;
    Ok(())
}

async fn is_shared(gateway: &Gateway, channel: &str, told: Option<bool>) -> Result<bool, store::Error> {
    let mut conn = gateway.pool.acquire().await?;
    list::is_shared(&mut conn, channel, told).await
}

/// What is answered in the thread: nothing can open from there, so a button is offered.
fn answer(came: Came) -> Said {
    let said = |text: &str, offers| Said::Said {
        text: text.to_owned(),
        offers,
    };
    match came {
        Came::Said(reply) => Said::Said {
            text: reply.text,
            offers: reply.offers,
        },
        Came::Help => Said::Help,
        Came::Unknown(words) => Said::Unknown { words },
        Came::List { open } => Said::List { open },
        Came::Diag => said("Type `/incident diag` instead: only you see the answer.", Vec::new()),
        Came::OnCall(words) => Said::OnCall { words },
        Came::Open(form) => in_place_of(form),
    }
}

/// What is answered in place of a form.
fn in_place_of(form: Form) -> Said {
    let said = |text: &str, offers| Said::Said {
        text: text.to_owned(),
        offers,
    };
    let which = |word: &str| {
        let text = format!(
            "Which incident? Mention me with `{word}` in its channel, or type `/incident {word}` to choose one."
        );
        said(&text, Vec::new())
    };
    match form {
        Form::Declare { .. } => Said::Offer,
        Form::Resolve { incident, .. } => {
            said("Press *Resolve* to review and confirm.", vec![Offer::Resolve(incident)])
        }
        Form::Update {
            incident: Some(incident),
            typed,
        } => {
            let offers = vec![Offer::Update(incident)];
            match typed.chars().count() {
                0 => said(
                    "What should people know? Write it after `update`, or press the button.",
                    offers,
                ),
                length => said(
                    &format!(
                        "That is {length} characters long; the limit is {MAX_UPDATE}. Press the button to send a \
                         shorter one."
                    ),
                    offers,
                ),
            }
        }
        Form::Archive { incident } => said(
            "Press the button to review what happens to the channel, and confirm.",
            vec![Offer::Archive(incident)],
        ),
        Form::Rename { .. } => said("Write the new title after `rename`.", Vec::new()),
        Form::Statuspage { incident, .. } => said(
            "Press the button to review everything before it's published.",
            vec![Offer::Statuspage(incident)],
        ),
        Form::Page(chosen) => said(
            "Press the button to review who will be paged, and confirm.",
            vec![Offer::Page(chosen.incident)],
        ),
        Form::Status { .. } => which("status"),
        Form::Severity { .. } => which("sev"),
        Form::Role { .. } => which("role"),
        Form::Which { task, .. } => which(task.word()),
        Form::Update { incident: None, .. } => which("update"),
        Form::Timeline { .. } => said("Which incident? Mention me with `timeline` in its channel.", Vec::new()),
        // Nothing that is typed opens another form.
        _ => Said::Help,
    }
}

async fn declare_typed(gateway: &Gateway, asked: &Asked<'_>, typed: &str, thread: Thread) -> Result<(), MentionError> {
    let names = {
        let mut conn = gateway.pool.acquire().await?;
        store::slack_names::of(&mut conn, &mentioned_ids(typed)).await?
    };
    let request = gateway.request_of(asked).await?;
    let declaration = Declaration {
        description: from_slack(typed, |user| names.get(user).cloned()),
        // In a direct message the declarer is told anyway.
        answer_in: thread.ts.is_some().then_some(thread),
        ..Declaration::default()
    };
    declare(&gateway.pool, &request, declaration).await?;
    Ok(())
}
