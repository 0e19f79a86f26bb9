//! Opens the dialog, or has a new channel made.

use domain::IncidentId;
use incidents::{CommandError, can_be_archived};

use super::modal::view;
use crate::Gateway;
use crate::answer::Trouble;
use crate::pressed::{Action, Pressed};

/// Opens the dialog that archives the channel of an incident, in a task of its own.
pub(crate) fn open(gateway: &Gateway, pressed: &Pressed, incident: &str) {
    let Ok(id) = incident.parse::<IncidentId>() else {
        return;
    };
    let user = pressed.user.id.clone();
    gateway.open_form(
        pressed.trigger_id.clone(),
        "the dialog to archive",
        async move |gateway| {
            let (incident, settings) = gateway.incident_for(&user, Some(id)).await?;
            let incident = incident.ok_or(Trouble::Refused(CommandError::NoIncident))?;
            can_be_archived(&incident).map_err(Trouble::Refused)?;
            Ok(view(&incident, &settings))
        },
    );
}

/// Has a new channel made in the place of the archived one.
pub(crate) async fn new_channel(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Ok(incident) = action.value().parse::<IncidentId>() else {
        return;
    };
    let request = pressed.request(gateway, action);
    let made = incidents::new_channel(&gateway.pool, &request, incident);
    if let Err(trouble) = gateway.within_patience(made).await {
        gateway.whisper(pressed, trouble.sentence("it"));
    }
}
