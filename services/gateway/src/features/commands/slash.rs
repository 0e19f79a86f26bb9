//! The slash command: its answer is in the acknowledgement, for whoever typed it alone.

use domain::ListPlace;
use jobs::Answer as Rendered;
use slack::Message;
use slack_morphism::events::SlackCommandEvent;

use super::outcome::{Invocation, Outcome, Source};
use super::table::{form_of, run};
use crate::Gateway;
use crate::answer::{Answer, NOT_LOADED, Trouble};
use crate::deadline::unconfirmed_command;
use crate::features::{list, paging};
use crate::forms::Opener;

/// Carries out what somebody typed behind the slash command.
pub(crate) async fn typed(gateway: &Gateway, command: &SlackCommandEvent) -> Answer {
    let text = command.text.as_deref().unwrap_or_default();
    let opener = Opener::of_command(command);
    // A form can say what is wrong; it opens even when the database is away.
    if let Some(form) = form_of(text) {
        gateway.open(opener, form);
        return Answer::done();
    }
    let invocation = Invocation {
        user: command.user_id.0.clone(),
        channel: command.channel_id.0.clone(),
        key: format!("slash/{}", command.trigger_id.0),
        source: Source::Slash(opener.clone()),
    };
    match gateway.confirm(run(gateway, &invocation, text)).await {
        Ok(Outcome::Reply(reply)) => Answer::message(&reply.message()),
        Ok(Outcome::Answer(answer)) => match render(gateway, &invocation.user, answer).await {
            Ok(message) => Answer::message(&message),
            Err(_) => Answer::say(NOT_LOADED),
        },
        Ok(Outcome::Open { form, .. }) => {
            gateway.open(opener, form);
            Answer::done()
        }
        Ok(Outcome::Done) => Answer::done(),
        Err(Trouble::Refused(refused)) => Answer::say(&slack::text::escape(&refused.to_string())),
        Err(Trouble::Unconfirmed) => unconfirmed_command(Some(text)),
    }
}

/// What the worker would post, with what `user` may see.
async fn render(gateway: &Gateway, user: &str, answer: Rendered) -> Result<Message, Trouble> {
    match answer {
        Rendered::List { open } => {
            gateway
                .confirm(list::list(gateway, user, open, ListPlace::Newest))
                .await
        }
        Rendered::OnCall { words } => gateway.confirm(paging::answer(gateway, &words)).await,
        Rendered::Unknown { words } => Ok(slack::commands::unknown(&words)),
        // What is left beside the help only answers messages.
        _ => Ok(slack::commands::help()),
    }
}
