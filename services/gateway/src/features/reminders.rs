//! Reminders: put off or stopped by the buttons of one.

use domain::IncidentId;

use crate::Gateway;
use crate::pressed::{Action, Pressed};

/// Puts the reminders off for the minutes that the button names.
pub(crate) async fn put_off(gateway: &Gateway, pressed: &Pressed, action: &Action, minutes: &str) {
    let (Ok(minutes), Ok(incident)) = (minutes.parse(), action.value().parse::<IncidentId>()) else {
        return gateway.unreadable(pressed, action);
    };
    let request = pressed.request(gateway, action);
    let put_off = incidents::put_off_reminders(&gateway.pool, &request, incident, minutes);
    if let Err(trouble) = gateway.confirm(put_off).await {
        gateway.whisper(pressed, trouble.of_press());
    }
}

/// Stops the reminders.
pub(crate) async fn stop(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Ok(incident) = action.value().parse::<IncidentId>() else {
        return gateway.unreadable(pressed, action);
    };
    let request = pressed.request(gateway, action);
    let stopped = incidents::stop_reminders(&gateway.pool, &request, incident);
    if let Err(trouble) = gateway.confirm(stopped).await {
        gateway.whisper(pressed, trouble.of_press());
    }
}
