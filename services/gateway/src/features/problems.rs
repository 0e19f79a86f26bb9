//! What could not be done is tried again.

use slack::ids;

use crate::Gateway;
use crate::pressed::{Action, Pressed};

/// Has what could not be done tried again.
pub(crate) async fn retry(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Some((incident, Some(problem))) = ids::entry_of_value(action.value()) else {
        return gateway.unreadable(pressed, action);
    };
    let request = pressed.request(gateway, action);
    let retried = incidents::retry_problem(&gateway.pool, &request, incident, problem);
    if let Err(trouble) = gateway.confirm(retried).await {
        gateway.whisper(pressed, trouble.of_press());
    }
}
