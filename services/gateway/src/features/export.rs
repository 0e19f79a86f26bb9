//! The chat is exported.

use domain::IncidentId;
use incidents::CommandError;
use slack::ids;

use crate::Gateway;
use crate::feature::{Feature, action, command};
use crate::features::commands::{Invocation, Outcome, Task, refused};
use crate::forms::Form;
use crate::pressed::{Action, Pressed};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("export", export)],
    actions: &[action!(ids::ACTION_EXPORT, start)],
    ..Feature::NOTHING
};

/// What whoever asked is told: a long channel takes a while.
const BEGUN: &str = "Reading the channel. The file will be posted here when it's ready.";

/// The same for somebody who is elsewhere.
pub(crate) const BEGUN_ELSEWHERE: &str =
    "Reading the incident's channel. The file will be posted there when it's ready.";

/// Has the chat of an incident's channel exported.
pub(super) async fn start(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    let request = pressed.request(gateway, action);
    let begun = incidents::export_chat(&gateway.pool, &request, incident);
    gateway.send_ephemeral(
        pressed,
        match gateway.confirm(begun).await {
            Ok(()) => BEGUN.to_owned(),
            Err(trouble) => trouble.of_press(),
        },
    );
}

/// Has the chat of the incident exported in whose channel it was typed.
async fn export(gateway: &Gateway, invocation: &Invocation, _: &str) -> Result<Outcome, CommandError> {
    let Some((incident, _)) = gateway.incident_here(invocation).await? else {
        return Ok(Outcome::which(Form::which(Task::ExportChat), "export"));
    };
    let request = gateway.request_of(invocation).await?;
    let begun = incidents::export_chat(&gateway.pool, &request, incident.id).await;
    refused(begun, BEGUN.to_owned())
}
