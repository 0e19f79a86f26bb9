//! *Reload* at what is wrong upstream.

use domain::IncidentId;
use slack::ids;

use crate::Gateway;
use crate::feature::{Feature, action};
use crate::pressed::{Action, Pressed};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    actions: &[action!(ids::ACTION_RELOAD_UPSTREAM, reload)],
    ..Feature::NOTHING
};

/// Has the providers looked at, and what they say drawn anew.
async fn reload(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    let request = pressed.request(gateway, action);
    let reloaded = incidents::reload_upstream(&gateway.pool, &request, incident);
    gateway.confirm_press(pressed, reloaded).await;
}
