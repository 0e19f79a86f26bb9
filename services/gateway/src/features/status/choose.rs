//! A status was chosen: it is set, or, for one that resolves, the dialog opens.

use domain::IncidentId;
use incidents::CommandError;
use slack::blocks::View;
use slack::ids;
use store::incident_list::{self, Viewer};

use super::modal::{Along, view};
use crate::Gateway;
use crate::answer::Trouble;
use crate::forms::{Form, Opener};
use crate::pressed::{Action, Pressed};

/// Gives the incident the status that was chosen. One that resolves asks first.
pub(super) async fn choose(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Some(incident) = ids::incident_of_block(&action.block_id) else {
        return gateway.unreadable(pressed, action);
    };
    let status = action.value();
    let resolves = gateway.confirm(async {
        let mut conn = gateway.pool.acquire().await?;
        Ok(gateway.pool.settings(&mut conn).await?.is_resolved(status))
    });
    match resolves.await {
        Ok(true) => {
            let status = Some(status.to_owned());
            gateway.open(Opener::of(pressed), Form::Resolve { incident, status });
            // The select shows what was chosen until the panel is re-rendered.
            gateway.rerender_panel(incident);
        }
        Ok(false) => {
            let request = pressed.request(gateway, action);
            let set = incidents::set_status(&gateway.pool, &request, incident, status, &[]);
            gateway.answer_press(pressed, incident, set).await;
        }
        Err(trouble) => gateway.send_ephemeral(pressed, trouble.of_press()),
    }
}

/// Opens a resolved incident again.
pub(super) async fn reopen(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    let request = pressed.request(gateway, action);
    let reopened = incidents::reopen(&gateway.pool, &request, incident);
    gateway.answer_press(pressed, incident, reopened).await;
}

/// The dialog that resolves an incident; `status` is the one that was chosen, where one was.
pub(crate) async fn form(
    gateway: &Gateway,
    user: &str,
    id: IncidentId,
    status: Option<String>,
) -> Result<View, Trouble> {
    let loaded = gateway.for_form(async {
        let mut conn = gateway.pool.acquire().await?;
        let incident = incident_list::get(&mut conn, &Viewer::in_slack(user), id)
            .await?
            .ok_or(CommandError::NoIncident)?;
        let settings = gateway.pool.settings(&mut conn).await?;
        let along = Along::of(&mut conn, id, &settings).await?;
        Ok((incident, settings, along))
    });
    let (incident, settings, along) = loaded.await?;
    let status = status.or_else(|| {
        let resolved = settings.statuses.iter().find(|status| status.resolved);
        resolved.map(|status| status.key.clone())
    });
    let status = status.ok_or(Trouble::Unconfirmed)?;
    Ok(view(&incident, &settings, &status, &along))
}
