//! A page of a list was turned.

use domain::ListPlace;
use incidents::CommandError;
use jobs::TurnList;
use slack::listing::{self, Listing};
use slack::{Message, ids};
use store::incident_list::Viewer;
use store::incident_pages::{self, Which};

use crate::Gateway;
use crate::answer::NOT_LOADED;
use crate::pressed::{Action, Pressed};

/// What is said where a list would be read by people of another workspace.
pub(crate) const NOT_IN_SHARED: &str = "This channel is shared with another workspace, so lists aren't posted here. Type the same after `/incident`: only you see the answer.";

/// Turns the page: of a list in a channel by a job, of one that only one person sees by the address that came with it.
pub(crate) async fn turn(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Some((open, incident)) = ids::list_of_value(action.value()) else {
        return gateway.unreadable(pressed, action);
    };
    let place = match action.action_id.as_str() {
        ids::ACTION_LIST_NEWER => ListPlace::NewerThan(incident),
        _ => ListPlace::OlderThan(incident),
    };
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
        Ok(false) => gateway.whisper(pressed, NOT_IN_SHARED.to_owned()),
        Err(trouble) => gateway.whisper(pressed, trouble.of_reading()),
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
