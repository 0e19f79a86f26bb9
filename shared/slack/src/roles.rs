//! Buttons that change who holds a role, for gateway and worker alike.

use domain::IncidentId;

use crate::blocks::{Button, button_of, danger};
use crate::ids::{self, Replacement};

/// The most characters of a button's label.
pub const MAX_BUTTON: usize = 75;

/// Gives a role to `person` in the place of `holder`.
pub fn replace_button(incident: IncidentId, role: &str, holder: &str, person: &str, label: &str) -> Button {
    let replacement = Replacement {
        incident,
        role: role.to_owned(),
        holder: holder.to_owned(),
        person: person.to_owned(),
    };
    button_of(ids::ACTION_REPLACE_HOLDER, label, replacement.to_string())
}

/// Takes a role from `holder`.
pub fn remove_button(incident: IncidentId, role: &str, holder: &str, label: &str) -> Button {
    danger(button_of(
        ids::ACTION_REMOVE_HOLDER,
        label,
        ids::held_role_value(incident, role, holder),
    ))
}
