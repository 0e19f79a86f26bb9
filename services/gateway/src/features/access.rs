//! Private incidents: asking to be let in, and letting in.

use crate::Gateway;
use crate::pressed::{Action, Pressed};

/// Asks the people of a private incident whether whoever pressed may see it.
pub(crate) async fn request(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Ok(incident) = action.value().parse() else {
        return gateway.unreadable(pressed, action);
    };
    let request = pressed.request(gateway, action);
    let asked = incidents::request_access(&gateway.pool, &request, incident);
    let sentence = match gateway.confirm(asked).await {
        Ok(()) => "Request sent. You'll get a direct message when it's approved or declined.".to_owned(),
        Err(trouble) => trouble.of_press(),
    };
    gateway.whisper(pressed, sentence);
}

/// Lets somebody in who asked, or does not.
pub(crate) async fn decide(gateway: &Gateway, pressed: &Pressed, action: &Action, granted: bool) {
    let Ok(access_request) = action.value().parse() else {
        return gateway.unreadable(pressed, action);
    };
    let request = pressed.request(gateway, action);
    let decided = incidents::decide_access(&gateway.pool, &request, access_request, granted);
    if let Err(trouble) = gateway.confirm(decided).await {
        gateway.whisper(pressed, trouble.of_press());
    }
}
