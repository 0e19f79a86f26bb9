//! The slash command: its answer is in the acknowledgement, for whoever typed it alone.

use incidents::CommandError;
use slack::listing::{self, Listing};
use slack_morphism::events::SlackCommandEvent;
use store::incident_list::Viewer;
use store::incident_pages;

use super::act::{Asked, Came, Form};
use super::{forms, words};
use crate::Gateway;
use crate::answer::{Answer, Trouble};
use crate::features::{declare, diag, paging, status, statuspage, timeline, update};
use crate::pressed::Who;

/// Does what somebody typed behind the slash command.
pub(crate) async fn typed(gateway: &Gateway, command: &SlackCommandEvent) -> Answer {
    let text = command.text.as_deref().unwrap_or_default();
    let wish = words::read(text);
    let trigger_id = || command.trigger_id.0.clone();
    let user = command.user_id.0.as_str();
    let asked = Asked {
        user,
        channel: &command.channel_id.0,
        key: format!("slash/{}", command.trigger_id.0),
    };
    // A form can say what is wrong; it opens even when the database is away.
    if let words::Wish::New(typed) = wish {
        let typed = slack::text::from_slack(typed, |_| None);
        declare::open(gateway, trigger_id(), Some(typed));
        return Answer::done();
    }
    let came = match gateway.within_patience(Box::pin(gateway.act(&asked, wish))).await {
        Ok(came) => came,
        Err(trouble) => return Answer::say(&slack::text::escape(&unconfirmed(&trouble))),
    };
    match came {
        Came::Said(reply) => Answer::message(&reply.message()),
        Came::Help => Answer::message(&slack::commands::help()),
        Came::List { open } => list(gateway, user, open).await,
        Came::Declare(typed) => {
            declare::open(gateway, trigger_id(), Some(typed));
            Answer::done()
        }
        Came::Diag => {
            diag::tell(gateway, command);
            Answer::done()
        }
        Came::Resolve(incident, key) => {
            let who = Who {
                id: user.to_owned(),
                username: None,
                name: None,
            };
            status::open_resolve(gateway, trigger_id(), &who, incident, Some(key));
            Answer::done()
        }
        Came::WriteUpdate(incident) => {
            update::open(gateway, trigger_id(), user, Some(incident));
            Answer::done()
        }
        Came::Statuspage(incident) => {
            statuspage::open(gateway, trigger_id(), user, incident);
            Answer::done()
        }
        Came::OnCall(words) => match gateway.within_patience(paging::answer(gateway, &words)).await {
            Ok(message) => Answer::message(&message),
            Err(_) => Answer::say("The database does not answer. Please try again in a moment."),
        },
        Came::Page(incident) => {
            let chosen = paging::Chosen {
                incident,
                ..paging::Chosen::default()
            };
            paging::open(gateway, trigger_id(), user, chosen);
            Answer::done()
        }
        Came::Which(Form::Update(typed)) => {
            update::open_with(gateway, trigger_id(), typed);
            Answer::done()
        }
        Came::Which(Form::Timeline) => {
            timeline::open(gateway, trigger_id(), user, None);
            Answer::done()
        }
        Came::Which(form) => {
            forms::open(gateway, trigger_id(), user, form);
            Answer::done()
        }
    }
}

fn unconfirmed(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Refused(refused) => refused.to_string(),
        Trouble::Unconfirmed => {
            "It could not be confirmed that this was done. Please look, and type it again where it was not.".to_owned()
        }
    }
}

async fn list(gateway: &Gateway, user: &str, open: bool) -> Answer {
    let viewer = Viewer::in_slack(user);
    let loaded = gateway.within_patience(async {
        let mut conn = gateway.pool.acquire().await?;
        let place = domain::ListPlace::Newest;
        let listed = incident_pages::listed(&mut conn, &viewer, open, place, listing::PAGE).await?;
        Ok::<_, CommandError>((listed, gateway.pool.settings(&mut conn).await?))
    });
    match loaded.await {
        Ok(((page, total), settings)) => {
            let listing = Listing {
                incidents: &page.incidents,
                open,
                total,
                newer: page.newer,
                older: page.older,
            };
            Answer::message(&listing::message(&listing, &settings))
        }
        Err(_) => Answer::say("The database does not answer. Please try again in a moment."),
    }
}
