//! A page of a list was turned.

use domain::ListPlace;
use incidents::CommandError;
use jobs::payloads::slack::TurnList;
use slack::ids;
use slack::listing::{self, Listing};
use store::incident_list::Viewer;
use store::incident_pages;

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
        if store::slack_channels::is_ext_shared(&mut tx, &job.channel).await? {
            return Ok(false);
        }
        jobs::enqueue_at(&mut tx, gateway.now(), vec![job.job()]).await?;
        tx.commit().await?;
        Ok(true)
    });
    match enqueued.await {
        Ok(true) => {}
        Ok(false) => gateway.whisper(pressed, NOT_IN_SHARED.to_owned()),
        Err(trouble) => gateway.whisper(pressed, trouble.of_reading()),
    }
}

fn turn_for_one(gateway: &Gateway, pressed: &Pressed, open: bool, place: ListPlace) {
    let Some(address) = pressed.response_url.clone() else {
        return;
    };
    let (gateway, user) = (gateway.clone(), pressed.user.id.clone());
    let errands = gateway.errands.clone();
    errands.spawn(async move {
        let loaded = gateway.in_background(async {
            let mut conn = gateway.pool.acquire().await?;
            let viewer = Viewer::in_slack(user);
            let listed = incident_pages::listed(&mut conn, &viewer, open, place, listing::PAGE).await?;
            Ok::<_, CommandError>((listed, gateway.pool.settings(&mut conn).await?))
        });
        let answered = if let Ok(((page, total), settings)) = loaded.await {
            let listing = Listing {
                incidents: &page.incidents,
                open,
                total,
                newer: page.newer,
                older: page.older,
            };
            let message = listing::message(&listing, &settings);
            gateway.slack.respond_in_place(&address, &message).await
        } else {
            gateway.slack.respond(&address, NOT_LOADED).await
        };
        if let Err(error) = answered {
            tracing::warn!(%error, "the page of a list could not be turned");
        }
    });
}
