//! Somebody mentioned the bot: the answer comes in the thread, where everybody reads it.

use incidents::{CommandError, Declaration, DeclareError, declare};
use jobs::payloads::slack::{Answer as Said, AnswerMention, Offer, Thread};
use jobs::{EnqueueError, NewJob};
use slack::text::{after_first_mention, from_slack, mentioned_people};
use slack_morphism::events::SlackAppMentionEvent;
use thiserror::Error;

use super::act::{Asked, Came, Form};
use super::words::{self, Wish};
use crate::Gateway;
use crate::answer::Answer;

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
pub(crate) async fn mentioned(gateway: &Gateway, event_id: &str, mention: SlackAppMentionEvent) -> Answer {
    match tokio::time::timeout(gateway.patience, act(gateway, event_id, mention)).await {
        Ok(Ok(())) => Answer::done(),
        Ok(Err(error)) => {
            tracing::error!(%error, "a mention could not be dealt with");
            Answer::SendAgain
        }
        Err(_) => Answer::SendAgain,
    }
}

async fn act(gateway: &Gateway, event_id: &str, mention: SlackAppMentionEvent) -> Result<(), MentionError> {
    let text = mention.content.text.unwrap_or_default();
    let wish = words::read(after_first_mention(&text));
    let thread = Thread {
        channel: mention.channel.0,
        ts: mention.origin.thread_ts.unwrap_or(mention.origin.ts).0,
    };
    let asked = Asked {
        user: &mention.user.0,
        channel: &thread.channel,
        key: format!("event/{event_id}"),
    };
    let answer = match wish {
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
        wish => answer(Box::pin(gateway.act(&asked, wish)).await?),
    };
    let job = NewJob::new(&AnswerMention {
        name: event_id.to_owned(),
        thread: thread.clone(),
        answer,
        by: Some(mention.user.0.clone()),
    })
    .once(format!("mention/{event_id}"));
    let mut tx = gateway.pool.begin().await?;
    jobs::enqueue_at(&mut tx, gateway.now(), vec![job]).await?;
    tx.commit().await?;
    Ok(())
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
        Came::List { open } => Said::List { open },
        Came::Declare(_) => Said::Offer,
        Came::Diag => said("Type `/incident diag`: what it tells is for you alone.", Vec::new()),
        Came::Resolve(incident, _) => said(
            "Resolving shows first what will be posted where, so it takes a press of this button.",
            vec![Offer::Resolve(incident)],
        ),
        Came::WriteUpdate(incident) => said(
            "What should people know? Write it behind `update`, or press the button.",
            vec![Offer::Update(incident)],
        ),
        Came::Statuspage(incident) => said(
            "You see everything before it is published, so it takes a press of this button.",
            vec![Offer::Statuspage(incident)],
        ),
        Came::OnCall(words) => Said::OnCall { words },
        Came::Page(incident) => said(
            "Paging shows first who will be called, so it takes a press of this button.",
            vec![Offer::Page(incident)],
        ),
        Came::Which(form) => {
            let word = match form {
                Form::Status(_) => "status",
                Form::Severity(_) => "sev",
                Form::Role(..) => "role",
                Form::Update(_) => "update",
                Form::Timeline => {
                    return said("Which incident? Mention me with `timeline` in its channel.", Vec::new());
                }
            };
            let text = format!(
                "Which incident? Mention me with `{word}` in its channel, or type `/incident {word}` to choose one."
            );
            said(&text, Vec::new())
        }
    }
}

async fn declare_typed(gateway: &Gateway, asked: &Asked<'_>, typed: &str, thread: Thread) -> Result<(), MentionError> {
    let names = {
        let mut conn = gateway.pool.acquire().await?;
        store::slack_users::names(&mut conn, &mentioned_people(typed)).await?
    };
    let request = gateway.request_of(asked).await?;
    let declaration = Declaration {
        description: from_slack(typed, |user| names.get(user).cloned()),
        answer_in: Some(thread),
        ..Declaration::default()
    };
    declare(&gateway.pool, &request, declaration).await?;
    Ok(())
}
