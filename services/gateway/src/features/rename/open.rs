//! What the modal shows.

use domain::IncidentId;
use incidents::CommandError;
use slack::blocks::View;

use super::modal::view;
use crate::Gateway;
use crate::answer::Trouble;

/// The form.
pub(crate) async fn form(gateway: &Gateway, user: &str, incident: IncidentId) -> Result<View, Trouble> {
    let (incident, _) = gateway.incident_for(user, Some(incident)).await?;
    let incident = incident.ok_or(Trouble::Refused(CommandError::NoIncident))?;
    Ok(view(&incident))
}
