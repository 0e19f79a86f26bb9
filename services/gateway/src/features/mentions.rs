//! Somebody mentioned the bot.

use domain::Actor;
use incidents::{Declaration, DeclareError, Request};
use jobs::payloads::slack::{Answer as Said, AnswerMention, Thread};
use jobs::{EnqueueError, NewJob};
use slack::text::{after_first_mention, from_slack, mentioned_people};
use slack_morphism::events::SlackAppMentionEvent;
use thiserror::Error;

use crate::Gateway;
use crate::answer::Answer;

#[derive(Debug, Error)]
enum MentionError {
    #[error(transparent)]
    Declare(#[from] DeclareError),
    #[error(transparent)]
    Enqueue(#[from] EnqueueError),
    #[error("the database failed: {0}")]
    Store(#[from] store::Error),
}

/// Does what somebody asks for who mentioned the bot: `new <text>` declares an incident, anything else is answered with
/// what is possible.
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
    let said = after_first_mention(&text);
    let (word, rest) = said.split_once(char::is_whitespace).unwrap_or((said, ""));
    let thread = Thread {
        channel: mention.channel.0,
        ts: mention.origin.thread_ts.unwrap_or(mention.origin.ts).0,
    };
    let answer = match (word.to_lowercase().as_str(), rest.trim()) {
        ("new", "") => Said::Offer,
        ("new", typed) => {
            let declared = declare_typed(gateway, event_id, &mention.user.0, typed, thread.clone()).await;
            match declared {
                // The job that makes the channel answers, because the answer names it.
                Ok(()) => return Ok(()),
                Err(error @ (DeclareError::Description(_) | DeclareError::UnknownSeverity(_))) => {
                    Said::Refused(error.to_string())
                }
                Err(error) => return Err(error.into()),
            }
        }
        _ => Said::Help,
    };
    let job = NewJob::new(&AnswerMention {
        name: event_id.to_owned(),
        thread,
        answer,
    })
    .once(format!("mention/{event_id}"));
    let mut tx = gateway.pool.begin().await?;
    jobs::enqueue(&mut tx, vec![job]).await?;
    tx.commit().await?;
    Ok(())
}

async fn declare_typed(
    gateway: &Gateway,
    event_id: &str,
    user: &str,
    typed: &str,
    thread: Thread,
) -> Result<(), DeclareError> {
    let mut people = mentioned_people(typed);
    people.push(user.to_owned());
    let names = {
        let mut conn = gateway.pool.acquire().await?;
        store::slack_users::names(&mut conn, &people).await?
    };
    let name = names.get(user).cloned().unwrap_or_else(|| user.to_owned());
    let request = Request {
        key: format!("event/{event_id}"),
        actor: Actor::Slack {
            user_id: user.to_owned(),
            name,
        },
        now: gateway.now(),
        channel: Some(thread.channel.clone()),
    };
    let declaration = Declaration {
        description: from_slack(typed, |user| names.get(user).cloned()),
        answer_in: Some(thread),
        ..Declaration::default()
    };
    gateway.desk.declare(request, declaration).await?;
    Ok(())
}
