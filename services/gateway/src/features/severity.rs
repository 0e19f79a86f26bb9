//! The severity, chosen on the control panel.

use slack::ids;

use crate::Gateway;
use crate::pressed::{Action, Pressed};

/// Gives the incident the severity that was chosen.
pub(crate) async fn choose(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Some(incident) = ids::incident_of_block(&action.block_id) else {
        return gateway.unreadable(pressed, action);
    };
    let request = pressed.request(gateway, action);
    let set = incidents::set_severity(&gateway.pool, &request, incident, action.value());
    gateway.answer_press(pressed, incident, set).await;
}
