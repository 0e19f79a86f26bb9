//! Roles on the control panel: claim, assign, take over, give up.

use slack::ids;

use crate::Gateway;
use crate::pressed::{Action, Pressed};

/// Gives a role to whoever pressed *Claim*.
pub(crate) async fn claim(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    if let Some((incident, role)) = ids::role_of_value(action.value()) {
        let request = pressed.request(gateway, action);
        let assigned = incidents::assign(&gateway.pool, &request, incident, role, &pressed.user.id);
        gateway.answer_press(pressed, incident, assigned).await;
    }
}

/// Takes a role over, or gives it up.
pub(crate) async fn held(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Some((what, value)) = action.value().split_once('/') else {
        return;
    };
    let Some((incident, role)) = ids::role_of_value(value) else {
        return;
    };
    let request = pressed.request(gateway, action);
    if what == ids::OPTION_GIVE_UP {
        let given_up = incidents::give_up(&gateway.pool, &request, incident, role);
        gateway.answer_press(pressed, incident, given_up).await;
    } else {
        let assigned = incidents::assign(&gateway.pool, &request, incident, role, &pressed.user.id);
        gateway.answer_press(pressed, incident, assigned).await;
    }
}

/// Gives a role to whoever was chosen.
pub(crate) async fn assign(gateway: &Gateway, pressed: &Pressed, action: &Action, role: &str) {
    if let Some(incident) = ids::incident_of_block(&action.block_id) {
        let request = pressed.request(gateway, action);
        let assigned = incidents::assign(&gateway.pool, &request, incident, role, action.value());
        gateway.answer_press(pressed, incident, assigned).await;
    }
}
