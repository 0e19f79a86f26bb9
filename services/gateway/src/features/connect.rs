//! Whether a person of the console is who was asked.

use slack::ids;
use uuid::Uuid;

use crate::Gateway;
use crate::feature::{Feature, action};
use crate::pressed::{Action, Pressed};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    actions: &[
        action!(ids::ACTION_CONNECT_YES, yes),
        action!(ids::ACTION_CONNECT_NO, no),
    ],
    ..Feature::NOTHING
};

async fn yes(gateway: &Gateway, pressed: &Pressed, action: &Action, link: Uuid) {
    answer(gateway, pressed, action, link, true).await;
}

async fn no(gateway: &Gateway, pressed: &Pressed, action: &Action, link: Uuid) {
    answer(gateway, pressed, action, link, false).await;
}

/// Answers the question for whoever pressed. Their direct message shows what became of it.
async fn answer(gateway: &Gateway, pressed: &Pressed, action: &Action, link: Uuid, is_me: bool) {
    let request = pressed.request(gateway, action);
    let answered = incidents::answer_slack_link(&gateway.pool, &request, link, is_me);
    gateway.confirm_press(pressed, answered).await;
}
