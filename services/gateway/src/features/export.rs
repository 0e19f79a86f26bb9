//! The chat is exported.

use domain::IncidentId;

use crate::Gateway;
use crate::pressed::{Action, Pressed};

/// What whoever asked is told: a long channel takes a while.
pub(crate) const BEGUN: &str = "Reading the channel. The file will be posted here when it's ready.";

/// The same for somebody who is elsewhere.
pub(crate) const BEGUN_ELSEWHERE: &str =
    "Reading the incident's channel. The file will be posted there when it's ready.";

/// Has the chat of an incident's channel exported.
pub(crate) async fn start(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    let request = pressed.request(gateway, action);
    let begun = incidents::export_chat(&gateway.pool, &request, incident);
    gateway.whisper(
        pressed,
        match gateway.confirm(begun).await {
            Ok(()) => BEGUN.to_owned(),
            Err(trouble) => trouble.of_press(),
        },
    );
}
