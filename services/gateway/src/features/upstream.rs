//! *Reload* at what is wrong upstream.

use domain::IncidentId;

use crate::Gateway;
use crate::pressed::{Action, Pressed};

/// Has the providers looked at, and what they say drawn anew.
pub(crate) async fn reload(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Ok(incident) = action.value().parse::<IncidentId>() else {
        return gateway.unreadable(pressed, action);
    };
    let request = pressed.request(gateway, action);
    let reloaded = incidents::reload_upstream(&gateway.pool, &request, incident);
    if let Err(trouble) = gateway.confirm(reloaded).await {
        gateway.whisper(pressed, trouble.of_press());
    }
}
