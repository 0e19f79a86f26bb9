//! An incident is declared in words.

use incidents::{CommandError, Declaration, DeclareError, declare};
use jobs::Answer;
use slack::blocks::declare_button;
use slack::text::{from_slack, mentioned_ids};

use super::form_of;
use crate::Gateway;
use crate::features::commands::{Invocation, Outcome, Reply, Source};

/// Declares an incident from a mention or a direct message; without words a button is offered. The slash command opens the
/// form.
pub(super) async fn command(gateway: &Gateway, invocation: &Invocation, typed: &str) -> Result<Outcome, CommandError> {
    let Source::Message(thread) = &invocation.source else {
        return Ok(Outcome::open(form_of(typed), "", Vec::new()));
    };
    if typed.is_empty() {
        let text = "What is happening? Write it after `new`, or press the button.".to_owned();
        let buttons = vec![declare_button()];
        return Ok(Outcome::Reply(Reply { text, buttons }));
    }
    let names = {
        let mut conn = gateway.pool.acquire().await?;
        store::slack_names::of(&mut conn, &mentioned_ids(typed)).await?
    };
    let request = gateway.request_of(invocation).await?;
    let declaration = Declaration {
        description: from_slack(typed, |user| names.get(user).cloned()),
        // In a direct message the declarer is told anyway.
        answer_in: thread.ts.is_some().then(|| thread.clone()),
        ..Declaration::default()
    };
    match declare(&gateway.pool, &request, declaration).await {
        // The job that makes the channel answers, because the answer names it. An event that comes again may read differently:
        // names were copied meanwhile.
        Ok(_) | Err(DeclareError::OtherRequest) => Ok(Outcome::Done),
        Err(DeclareError::Store(error)) => Err(error.into()),
        Err(DeclareError::Jobs(error)) => Err(error.into()),
        // Slack sends the event again.
        Err(DeclareError::TimedOut | DeclareError::Closed) => Err(store::Error::PoolTimedOut.into()),
        Err(refused @ (DeclareError::Description(_) | DeclareError::UnknownSeverity(_))) => {
            Ok(Outcome::Answer(Answer::Refused(refused.to_string())))
        }
    }
}
