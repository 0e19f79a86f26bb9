//! Reminders: put off or stopped by the buttons of one.

use domain::IncidentId;
use slack::ids;

use crate::Gateway;
use crate::feature::{Feature, action};
use crate::pressed::{Action, Pressed};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    actions: &[
        action!(ids::PUT_OFF_PREFIX, put_off),
        action!(ids::ACTION_STOP_REMINDERS, stop),
    ],
    ..Feature::NOTHING
};

/// Puts the reminders off for the minutes that the button names.
async fn put_off(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    let Ok(minutes) = ids::PUT_OFF_PREFIX.rest_of(&action.action_id).parse() else {
        return gateway.unreadable(pressed, action);
    };
    let request = pressed.request(gateway, action);
    let put_off = incidents::put_off_reminders(&gateway.pool, &request, incident, minutes);
    gateway.confirm_press(pressed, put_off).await;
}

/// Stops the reminders.
async fn stop(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    let request = pressed.request(gateway, action);
    let stopped = incidents::stop_reminders(&gateway.pool, &request, incident);
    gateway.confirm_press(pressed, stopped).await;
}
