//! The channel is archived in words.

use incidents::{CommandError, can_be_archived};
use slack::blocks::button_of;
use slack::ids;
use slack::text::escape;

use crate::Gateway;
use crate::features::commands::{Invocation, Outcome, Task};
use crate::forms::Form;

/// Opens the dialog that archives the channel.
pub(super) async fn command(gateway: &Gateway, invocation: &Invocation, _: &str) -> Result<Outcome, CommandError> {
    let Some((incident, _)) = gateway.incident_here(invocation).await? else {
        return Ok(Outcome::which(Form::which(Task::Archive), "archive"));
    };
    if let Err(error) = can_be_archived(&incident) {
        return Ok(escape(&error.to_string()).into());
    }
    let incident = incident.id;
    Ok(Outcome::open(
        Form::Archive { incident },
        "Press the button to review what happens to the channel, and confirm.",
        vec![button_of(ids::ACTION_ARCHIVE, "Archive channel…", &incident)],
    ))
}
