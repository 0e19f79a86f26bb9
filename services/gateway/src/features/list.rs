//! Lists of incidents: in words, and a page that was turned.

use std::future::{Ready, ready};

use domain::ListPlace;
use incidents::CommandError;
use jobs::{Answer, TurnList};
use slack::commands::first_word;
use slack::listing::{self, Listing};
use slack::values::ListPage;
use slack::{Message, ids};
use store::incident_list::Viewer;
use store::incident_pages::{self, Which};

use crate::Gateway;
use crate::answer::NOT_LOADED;
use crate::feature::{Feature, action, command};
use crate::features::commands::{Invocation, Outcome};
use crate::pressed::{Action, Pressed};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[
        command!("list", list_typed),
        command!("lsoi", list_open),
        command!("lsai", list_all),
    ],
    actions: &[
        action!(ids::ACTION_LIST_NEWER, newer).only_showing(),
        action!(ids::ACTION_LIST_OLDER, older).only_showing(),
    ],
    ..Feature::NOTHING
};

type Listed = Ready<Result<Outcome, CommandError>>;

fn list_typed(gateway: &Gateway, invocation: &Invocation, typed: &str) -> Listed {
    if first_word(typed).0.eq_ignore_ascii_case("all") {
        list_all(gateway, invocation, typed)
    } else {
        list_open(gateway, invocation, typed)
    }
}

fn list_open(_: &Gateway, _: &Invocation, _: &str) -> Listed {
    ready(Ok(Outcome::Answer(Answer::List { open: true })))
}

fn list_all(_: &Gateway, _: &Invocation, _: &str) -> Listed {
    ready(Ok(Outcome::Answer(Answer::List { open: false })))
}

/// What is said where a list would be read by people of another workspace.
pub(crate) const NOT_IN_SHARED: &str = "This channel is shared with another workspace, so lists aren't posted here. Type the same after `/incident`: only you see the answer.";

async fn newer(gateway: &Gateway, pressed: &Pressed, _: &Action, ListPage { open, incident }: ListPage) {
    turn(gateway, pressed, open, ListPlace::NewerThan(incident)).await;
}

async fn older(gateway: &Gateway, pressed: &Pressed, _: &Action, ListPage { open, incident }: ListPage) {
    turn(gateway, pressed, open, ListPlace::OlderThan(incident)).await;
}

/// Turns the page: of a list in a channel by a job, of one that only one person sees by the address that came with it.
async fn turn(gateway: &Gateway, pressed: &Pressed, open: bool, place: ListPlace) {
    if pressed.is_ephemeral() {
        turn_for_one(gateway, pressed, open, place);
        return;
    }
    let (Some(channel), Some(message)) = (&pressed.channel, &pressed.message) else {
        return;
    };
    let job = TurnList {
        channel: channel.id.clone(),
        ts: message.ts.clone(),
        open,
        place,
    };
    let enqueued = gateway.confirm(async {
        let mut tx = gateway.pool.begin().await?;
        if is_shared(&mut tx, &job.channel, None).await? {
            return Ok(false);
        }
        let incident = store::incidents::of_either_channel(&mut tx, &job.channel).await?;
        let job = job.job(incident.map(|incident| incident.id));
        queue::enqueue_at(&mut tx, gateway.now(), vec![job]).await?;
        tx.commit().await?;
        Ok(true)
    });
    match enqueued.await {
        Ok(true) => {}
        Ok(false) => gateway.send_ephemeral(pressed, NOT_IN_SHARED.to_owned()),
        Err(trouble) => gateway.send_ephemeral(pressed, trouble.of_reading()),
    }
}

/// Whether people of another workspace may read what stands in a channel; `told` is what Slack says of it beside an event.
///
/// A channel of which nothing is known counts as shared. A conversation with one person is never copied, and theirs.
pub(crate) async fn is_shared(
    conn: &mut store::PgConnection,
    channel: &str,
    told: Option<bool>,
) -> Result<bool, store::Error> {
    let known = store::slack_channels::is_ext_shared(conn, channel).await?;
    let is_direct = channel.starts_with('D');
    Ok(told == Some(true) || known.or(told).unwrap_or(!is_direct))
}

/// A page of the incidents that somebody may see.
pub(crate) async fn list(gateway: &Gateway, user: &str, open: bool, place: ListPlace) -> Result<Message, CommandError> {
    let mut conn = gateway.pool.acquire().await?;
    let settings = gateway.pool.settings(&mut conn).await?;
    let which = Which {
        viewer: &Viewer::in_slack(user),
        open,
        not_of: None,
        severities: &settings.severity_keys(),
    };
    let (page, total) = incident_pages::listed(&mut conn, which, place, listing::PAGE).await?;
    let listing = Listing {
        incidents: &page.incidents,
        open,
        total,
        newer: page.newer,
        older: page.older,
    };
    Ok(listing::message(&listing, &settings))
}

fn turn_for_one(gateway: &Gateway, pressed: &Pressed, open: bool, place: ListPlace) {
    let Some(address) = pressed.response_url.clone() else {
        return;
    };
    let (gateway, user) = (gateway.clone(), pressed.user.id.clone());
    let errands = gateway.errands.clone();
    errands.spawn(async move {
        let listed = gateway.in_background(list(&gateway, &user, open, place));
        let answered = match listed.await {
            Ok(message) => gateway.slack.respond_in_place(&address, &message).await,
            Err(_) => gateway.slack.respond(&address, NOT_LOADED).await,
        };
        if let Err(error) = answered {
            tracing::warn!(%error, "the page of a list could not be turned");
        }
    });
}
