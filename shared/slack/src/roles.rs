//! The button by which somebody takes a role.

use domain::IncidentId;

use crate::blocks::{Button, button_of};
use crate::ids;
use crate::values::RoleOf;

/// Takes a role that nobody holds.
pub fn claim_button(incident: IncidentId, role: &str, label: &str) -> Button {
    let role = role.to_owned();
    button_of(ids::ACTION_CLAIM, label, &RoleOf { incident, role })
}
