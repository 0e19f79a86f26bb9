//! Opens the modal.

use domain::IncidentId;

use super::modal::view;
use crate::Gateway;

/// Opens the modal, in a task of its own, about an incident where one is known already.
pub(crate) fn open(gateway: &Gateway, trigger_id: String, user: &str, incident: Option<IncidentId>) {
    let user = user.to_owned();
    gateway.open_form(trigger_id, "the form to send an update", async move |gateway| {
        let (incident, settings) = gateway.incident_for(&user, incident).await?;
        Ok(view(incident.as_ref(), &settings, None))
    });
}

/// Opens the modal with what was typed already, to choose the incident.
pub(crate) fn open_with(gateway: &Gateway, trigger_id: String, message: String) {
    gateway.open_form(trigger_id, "the form to send an update", async move |gateway| {
        let settings = gateway.settings_for_form().await?;
        Ok(view(None, &settings, Some(&message)))
    });
}
