//! The slash command: its answer is in the acknowledgement, for whoever typed it alone.

use domain::ListPlace;
use slack_morphism::events::SlackCommandEvent;

use super::act::{Asked, Came};
use super::words;
use crate::Gateway;
use crate::answer::{Answer, NOT_LOADED, Trouble};
use crate::deadline::unconfirmed_command;
use crate::features::{diag, list, paging};
use crate::forms::{Form, Opener};

/// Does what somebody typed behind the slash command.
pub(crate) async fn typed(gateway: &Gateway, command: &SlackCommandEvent) -> Answer {
    let text = command.text.as_deref().unwrap_or_default();
    let wish = words::read(text);
    let opener = || Opener::of_command(command);
    let user = command.user_id.0.as_str();
    let asked = Asked {
        in_public: false,
        user,
        channel: &command.channel_id.0,
        key: format!("slash/{}", command.trigger_id.0),
    };
    // A form can say what is wrong; it opens even when the database is away.
    if let words::Wish::New(typed) = wish {
        let typed = slack::text::from_slack(typed, |_| None);
        gateway.open(opener(), Form::Declare { typed });
        return Answer::done();
    }
    let came = match gateway.confirm(Box::pin(gateway.act(&asked, wish))).await {
        Ok(came) => came,
        Err(Trouble::Refused(refused)) => return Answer::say(&slack::text::escape(&refused.to_string())),
        Err(Trouble::Unconfirmed) => return unconfirmed_command(Some(text)),
    };
    match came {
        Came::Said(reply) => Answer::message(&reply.message()),
        Came::Help => Answer::message(&slack::commands::help()),
        Came::Unknown(words) => Answer::message(&slack::commands::unknown(&words)),
        Came::List { open } => {
            let listed = list::list(gateway, user, open, ListPlace::Newest);
            match gateway.confirm(listed).await {
                Ok(message) => Answer::message(&message),
                Err(_) => Answer::say(NOT_LOADED),
            }
        }
        Came::Diag => {
            diag::tell(gateway, command);
            Answer::done()
        }
        Came::Open(form) => {
            gateway.open(opener(), form);
            Answer::done()
        }
        Came::OnCall(words) => match gateway.confirm(paging::answer(gateway, &words)).await {
            Ok(message) => Answer::message(&message),
            Err(_) => Answer::say(NOT_LOADED),
        },
    }
}
