//! What the modal shows.

use domain::{IncidentId, Settings};
use slack::blocks::View;

use super::modal::view;
use crate::Gateway;
use crate::answer::Trouble;

/// The form, about an incident where one is known already, with what was typed before.
pub(crate) async fn form(
    gateway: &Gateway,
    user: &str,
    incident: Option<IncidentId>,
    typed: &str,
) -> Result<View, Trouble> {
    if incident.is_none() {
        return Ok(view(None, &Settings::default(), Some(typed)));
    }
    let (incident, settings) = gateway.incident_for(user, incident).await?;
    Ok(view(incident.as_ref(), &settings, Some(typed)))
}
