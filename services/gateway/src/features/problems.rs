//! What could not be done is tried again.

use slack::ids;
use slack::values::EntryOf;

use crate::Gateway;
use crate::feature::{Feature, action};
use crate::pressed::{Action, Pressed};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    actions: &[action!(ids::ACTION_RETRY, retry)],
    ..Feature::NOTHING
};

/// Has what could not be done tried again.
async fn retry(gateway: &Gateway, pressed: &Pressed, action: &Action, EntryOf { incident, entry }: EntryOf) {
    let request = pressed.request(gateway, action);
    let retried = incidents::retry_problem(&gateway.pool, &request, incident, entry);
    gateway.confirm_press(pressed, retried).await;
}
