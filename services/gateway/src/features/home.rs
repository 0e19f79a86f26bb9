//! The app home is drawn when somebody opens it or turns its page, and follows what changes while they may be looking.

use domain::ListPlace;
use jobs::DrawHome;
use slack::ids;
use slack_morphism::events::SlackAppHomeOpenedEvent;

use crate::Gateway;
use crate::answer::{Answer, Trouble};
use crate::pressed::{Action, Pressed};

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

/// Turns the page of the open incidents.
pub(crate) async fn turn(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Ok(incident) = action.value().parse() else {
        return gateway.unreadable(pressed, action);
    };
    let place = match action.action_id.as_str() {
        ids::ACTION_HOME_NEWER => ListPlace::NewerThan(incident),
        _ => ListPlace::OlderThan(incident),
    };
    if let Err(trouble) = draw(gateway, &pressed.user.id, place).await {
        gateway.whisper(pressed, trouble.of_reading());
    }
}

async fn draw(gateway: &Gateway, user: &str, place: ListPlace) -> Result<(), Trouble> {
    gateway
        .confirm(async {
            let now = gateway.now();
            let mut tx = gateway.pool.begin().await?;
            store::homes::looked(&mut tx, user, place, now).await?;
            let draw = DrawHome { user: user.to_owned() };
            queue::enqueue_at(&mut tx, now, vec![draw.job()]).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
}
