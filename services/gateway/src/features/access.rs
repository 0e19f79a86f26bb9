//! Private incidents: asking to be let in, and letting in.

use domain::IncidentId;
use slack::ids;
use uuid::Uuid;

use crate::Gateway;
use crate::feature::{Feature, action};
use crate::pressed::{Action, Pressed};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    actions: &[
        action!(ids::ACTION_REQUEST_ACCESS, request),
        action!(ids::ACTION_ACCESS_GRANT, grant),
        action!(ids::ACTION_ACCESS_DECLINE, decline),
    ],
    ..Feature::NOTHING
};

/// Asks the people of a private incident whether whoever pressed may see it.
async fn request(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    let request = pressed.request(gateway, action);
    let asked = incidents::request_access(&gateway.pool, &request, incident);
    let sentence = match gateway.confirm(asked).await {
        Ok(()) => "Request sent. You'll get a direct message when it's approved or declined.".to_owned(),
        Err(trouble) => trouble.of_press(),
    };
    gateway.send_ephemeral(pressed, sentence);
}

/// Lets somebody in who asked.
async fn grant(gateway: &Gateway, pressed: &Pressed, action: &Action, access_request: Uuid) {
    decide(gateway, pressed, action, access_request, true).await;
}

/// Does not let somebody in who asked.
async fn decline(gateway: &Gateway, pressed: &Pressed, action: &Action, access_request: Uuid) {
    decide(gateway, pressed, action, access_request, false).await;
}

async fn decide(gateway: &Gateway, pressed: &Pressed, action: &Action, access_request: Uuid, granted: bool) {
    let request = pressed.request(gateway, action);
    let decided = incidents::decide_access(&gateway.pool, &request, access_request, granted);
    gateway.confirm_press(pressed, decided).await;
}
