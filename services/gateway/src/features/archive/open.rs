//! What the dialog shows; has a new channel made.

use domain::IncidentId;
use incidents::{CommandError, can_be_archived};
use slack::blocks::View;

use super::modal::view;
use crate::Gateway;
use crate::answer::Trouble;
use crate::pressed::{Action, Pressed};

/// The dialog that archives the channel of an incident.
pub(crate) async fn form(gateway: &Gateway, user: &str, incident: IncidentId) -> Result<View, Trouble> {
    let (incident, settings) = gateway.incident_for(user, Some(incident)).await?;
    let incident = incident.ok_or(Trouble::Refused(CommandError::NoIncident))?;
    can_be_archived(&incident).map_err(Trouble::Refused)?;
    Ok(view(&incident, &settings))
}

/// Has a new channel made in the place of the archived one.
pub(super) async fn new_channel(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    let request = pressed.request(gateway, action);
    let made = incidents::new_channel(&gateway.pool, &request, incident);
    gateway.confirm_press(pressed, made).await;
}
