//! Opens the modal.

use domain::IncidentId;
use incidents::CommandError;

use super::modal::view;
use crate::Gateway;
use crate::answer::Trouble;

/// Opens the modal, in a task of its own.
pub(crate) fn open(gateway: &Gateway, trigger_id: String, user: &str, incident: IncidentId) {
    let user = user.to_owned();
    gateway.open_form(trigger_id, "the form to rename an incident", async move |gateway| {
        let (incident, _) = gateway.incident_for(&user, Some(incident)).await?;
        let incident = incident.ok_or(Trouble::Refused(CommandError::NoIncident))?;
        Ok(view(&incident))
    });
}
