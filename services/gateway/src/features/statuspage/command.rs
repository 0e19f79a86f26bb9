//! Statuspage in words: what is published there, and the form to tell customers.

use incidents::CommandError;
use slack::blocks::button_of;
use slack::ids;

use crate::Gateway;
use crate::features::commands::{Invocation, Outcome, Task};
use crate::forms::Form;

/// Opens the form to tell customers.
pub(super) async fn publish(gateway: &Gateway, invocation: &Invocation, _: &str) -> Result<Outcome, CommandError> {
    let Some((incident, _)) = gateway.incident_here(invocation).await? else {
        return Ok(Outcome::which(Form::which(Task::Statuspage), "statuspage"));
    };
    let (incident, resolves) = (incident.id, false);
    Ok(Outcome::open(
        Form::Statuspage { incident, resolves },
        "Press the button to review everything before it's published.",
        vec![button_of(ids::ACTION_STATUSPAGE, "Statuspage…", &incident)],
    ))
}

/// Tells what is on Statuspage.
pub(super) async fn list(gateway: &Gateway, _: &Invocation, _: &str) -> Result<Outcome, CommandError> {
    Ok(super::list::list(gateway).await?.into())
}
