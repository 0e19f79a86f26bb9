//! *Resolve* was pressed in the dialog.

use domain::IncidentId;
use incidents::{CommandError, resolve_with_pages, set_status};
use slack::ids;
use store::incident_list::{self, Viewer};

use super::modal::{Along, Resolving, view};
use crate::Gateway;
use crate::answer::{Answer, Trouble};
use crate::pressed::{Action, Pressed};
use crate::submitted::Submitted;

/// Resolves the incident, and gives the roles that were missing to who was chosen.
pub(super) async fn submit(gateway: &Gateway, submitted: &Submitted, resolving: Resolving) -> Answer {
    let Resolving { incident, status } = resolving;
    let given = submitted.people_in(ids::FIELD_ROLE_PREFIX);
    let request = submitted.request(gateway);
    let ticked = submitted.ticked(ids::FIELD_RESOLVE_PAGES);
    let resolved = async {
        if ticked.iter().any(|option| option == ids::OPTION_RESOLVE_PAGES) {
            resolve_with_pages(&gateway.pool, &request, incident, &status, &given).await
        } else {
            set_status(&gateway.pool, &request, incident, &status, &given).await
        }
    };
    match gateway.confirm(Box::pin(resolved)).await {
        Ok(()) => Answer::done(),
        // Meanwhile somebody stepped down, or claimed a role: the dialog shows who is missing now.
        Err(Trouble::Refused(CommandError::MissingRoles(_) | CommandError::RoleHeld { .. })) => {
            dialog(gateway, submitted, incident, &status).await
        }
        Err(Trouble::Refused(CommandError::CannotHoldRole { role, person })) => {
            let field = format!("{}{role}", ids::FIELD_ROLE_PREFIX);
            Answer::field(&field, &CommandError::CannotHoldRole { role, person }.to_string())
        }
        Err(trouble) => submitted.kept_open(&trouble.sentence()),
    }
}

/// Resolves the pages of an incident, by the button in its channel.
pub(super) async fn resolve_pages(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    let request = pressed.request(gateway, action);
    let resolved = incidents::resolve_pages(&gateway.pool, &request, incident);
    gateway.confirm_press(pressed, resolved).await;
}

/// Puts the dialog that resolves, as it is now, in the place of the modal that was submitted.
pub(crate) async fn dialog(gateway: &Gateway, submitted: &Submitted, incident: IncidentId, status: &str) -> Answer {
    let user = submitted.user.id.as_str();
    let dialog = gateway.confirm(async {
        let mut conn = gateway.pool.acquire().await?;
        let incident = incident_list::get(&mut conn, &Viewer::in_slack(user), incident)
            .await?
            .ok_or(CommandError::NoIncident)?;
        let settings = gateway.pool.settings(&mut conn).await?;
        let along = Along::of(&mut conn, incident.id, &settings).await?;
        Ok(view(&incident, &settings, status, &along))
    });
    match dialog.await {
        Ok(view) => Answer::update(&view),
        Err(trouble) => submitted.kept_open(&trouble.of_reading()),
    }
}
