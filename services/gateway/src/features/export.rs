//! The chat is exported.

use domain::IncidentId;

use crate::Gateway;
use crate::pressed::{Action, Pressed};

/// Has the chat of an incident's channel exported. A long channel takes a while, so whoever asked is told.
pub(crate) async fn start(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    let request = pressed.request(gateway, action);
    let begun = incidents::export_chat(&gateway.pool, &request, incident);
    gateway.whisper(
        pressed,
        match gateway.confirm(begun).await {
            Ok(()) => "The channel is being read. The file comes here when it is ready.".to_owned(),
            Err(trouble) => trouble.sentence(),
        },
    );
}
