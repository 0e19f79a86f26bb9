//! The app home is drawn when somebody opens it or turns its page, and follows what changes while they may be looking.

use domain::{IncidentId, ListPlace};
use jobs::DrawHome;
use slack::ids;
use slack_morphism::events::SlackAppHomeOpenedEvent;

use crate::Gateway;
use crate::answer::{Answer, Trouble};
use crate::feature::{Feature, action};
use crate::pressed::{Action, Pressed};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    actions: &[
        action!(ids::ACTION_HOME_NEWER, newer).only_showing(),
        action!(ids::ACTION_HOME_OLDER, older).only_showing(),
    ],
    ..Feature::NOTHING
};

/// Has the app home drawn for somebody who just opened it.
pub(crate) async fn opened(gateway: &Gateway, event: SlackAppHomeOpenedEvent) -> Answer {
    if event.tab.as_deref() != Some("home") {
        return Answer::done();
    }
    match draw(gateway, &event.user.0, ListPlace::Newest).await {
        Ok(()) => Answer::done(),
        Err(_) => Answer::SendAgain,
    }
}

async fn newer(gateway: &Gateway, pressed: &Pressed, _: &Action, incident: IncidentId) {
    turn(gateway, pressed, ListPlace::NewerThan(incident)).await;
}

async fn older(gateway: &Gateway, pressed: &Pressed, _: &Action, incident: IncidentId) {
    turn(gateway, pressed, ListPlace::OlderThan(incident)).await;
}

/// Turns the page of the open incidents.
async fn turn(gateway: &Gateway, pressed: &Pressed, place: ListPlace) {
    if let Err(trouble) = draw(gateway, &pressed.user.id, place).await {
        gateway.send_ephemeral(pressed, trouble.of_reading());
    }
}

async fn draw(gateway: &Gateway, user: &str, place: ListPlace) -> Result<(), Trouble> {
    gateway
        .confirm(async {
            let now = gateway.now();
            let mut tx = gateway.pool.begin().await?;
            store::app_home_views::mark_viewed(&mut tx, user, place, now).await?;
            let draw = DrawHome { user: user.to_owned() };
            queue::enqueue_at(&mut tx, now, vec![draw.job()]).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
}
