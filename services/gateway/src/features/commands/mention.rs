//! Somebody mentioned the bot: the answer comes in the thread, where everybody reads it. What is said to the bot directly is
//! answered in the same way, in the conversation.

use incidents::CommandError;
use jobs::{Answer as Said, AnswerMention, Thread};
use serde_json::Value;
use slack::blocks::button_json;
use slack::commands::{Audience, Command};
use slack::text::said_to;
use slack_morphism::events::SlackAppMentionEvent;

use super::outcome::{Invocation, Outcome, Reply, Source};
use super::table::{command_in, run};
use crate::Gateway;
use crate::answer::Answer;
use crate::features::list::{self, NOT_IN_SHARED};
use crate::features::pins::Told;

/// Slack's own bot, which is no bot by what it sends.
const SLACKBOT: &str = "USLACKBOT";

/// Carries out what somebody asks for who mentioned the bot.
pub(crate) async fn mentioned(gateway: &Gateway, told: &Told, mention: SlackAppMentionEvent) -> Answer {
    let text = mention.content.text.unwrap_or_default();
    let thread = Thread {
        channel: mention.channel.0,
        ts: Some(mention.origin.thread_ts.unwrap_or(mention.origin.ts).0),
    };
    let done = act(gateway, told, &mention.user.0, said_to(&told.bot, &text), thread);
    answered(done.await)
}

/// Carries out what a person asks for in a direct message. Bots are not answered: with one that answers too it would never
/// end.
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

fn answered(done: Result<(), CommandError>) -> Answer {
    match done {
        Ok(()) => Answer::done(),
        Err(error) => {
            tracing::error!(%error, "a mention could not be handled");
            Answer::SendAgain
        }
    }
}

async fn act(gateway: &Gateway, told: &Told, user: &str, said: &str, thread: Thread) -> Result<(), CommandError> {
    let event_id = &told.event_id;
    let not_here = not_here(gateway, command_in(said), &thread.channel, told.in_shared_channel).await?;
    let answer = if let Some(answer) = not_here {
        answer
    } else {
        let invocation = Invocation {
            user: user.to_owned(),
            channel: thread.channel.clone(),
            key: format!("event/{event_id}"),
            source: Source::Message(thread.clone()),
        };
        match run(gateway, &invocation, said).await {
            Ok(Outcome::Answer(answer)) => answer,
            // Nothing can open from a thread.
            Ok(Outcome::Reply(reply) | Outcome::Open { instead: reply, .. }) => said_by(reply),
            Ok(Outcome::Done) => return Ok(()),
            Err(error) if error.is_refusal() => Said::Refused(error.to_string()),
            Err(error) => return Err(error),
        }
    };
    let answer = AnswerMention {
        name: event_id.clone(),
        thread,
        answer,
        by: Some(user.to_owned()),
        only_to: None,
    };
    let mut tx = gateway.pool.begin().await?;
    let incident = store::incidents::of_either_channel(&mut tx, &answer.thread.channel).await?;
    let job = answer
        .job(incident.map(|incident| incident.id))
        .once(format!("mention/{event_id}"));
    queue::enqueue_at(&mut tx, gateway.now(), vec![job]).await?;
    tx.commit().await?;
    Ok(())
}

/// What is answered where not everybody who reads the thread may read the answer to this command.
async fn not_here(
    gateway: &Gateway,
    command: Option<&Command>,
    channel: &str,
    told: Option<bool>,
) -> Result<Option<Said>, CommandError> {
    Ok(match command {
        Some(Command {
            name,
            audience: Audience::Asker,
            ..
        }) => Some(said_by(Reply {
            text: format!(
                "Type `{} {name}` instead: only you see the answer.",
                slack::ids::COMMAND
            ),
            buttons: Vec::new(),
        })),
        Some(Command {
            audience: Audience::Workspace,
            ..
        }) => {
            let mut conn = gateway.pool.acquire().await?;
            let is_shared = list::is_shared(&mut conn, channel, told).await?;
            is_shared.then(|| Said::Refused(NOT_IN_SHARED.to_owned()))
        }
        _ => None,
    })
}

fn said_by(Reply { text, buttons }: Reply) -> Said {
    let buttons = button_json(&buttons);
    Said::Said { text, buttons }
}
