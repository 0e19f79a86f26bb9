//! A status was chosen: it is set, or, for one that resolves, the dialog opens.

use domain::IncidentId;
use incidents::CommandError;
use slack::ids;
use store::incident_list::{self, Viewer};

use super::modal::{Along, view};
use crate::Gateway;
use crate::answer::Trouble;
use crate::pressed::{Action, Pressed, Who};

/// Gives the incident the status that was chosen. One that resolves asks first.
pub(crate) async fn choose(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Some(incident) = ids::incident_of_block(&action.block_id) else {
        return;
    };
    let status = action.value();
    let resolves = gateway.within_patience(async {
        let mut conn = gateway.pool.acquire().await?;
        Ok(gateway.pool.settings(&mut conn).await?.is_resolved(status))
    });
    match resolves.await {
        Ok(true) => {
            open_resolve(
                gateway,
                pressed.trigger_id.clone(),
                &pressed.user,
                incident,
                Some(status.to_owned()),
            );
            // The select shows what was chosen until the panel is drawn anew.
            let redrawn = incidents::redraw_panel(&gateway.pool, incident, gateway.now());
            if let Err(error) = gateway.within_patience(redrawn).await {
                tracing::warn!(?error, "the panel could not be drawn anew");
            }
        }
        Ok(false) => {
            let request = pressed.request(gateway, action);
            let set = incidents::set_status(&gateway.pool, &request, incident, status, &[]);
            gateway.answer_press(pressed, incident, set).await;
        }
        Err(trouble) => gateway.whisper(pressed, trouble.sentence("it")),
    }
}

/// Opens the dialog that resolves an incident, in a task of its own; `status` is the one that was chosen, where one was.
pub(crate) fn open_resolve(gateway: &Gateway, trigger_id: String, user: &Who, id: IncidentId, status: Option<String>) {
    let user = user.id.clone();
    gateway.open_form(trigger_id, "the dialog to resolve", async move |gateway| {
        let loaded = gateway.within_half_patience(async {
            let mut conn = gateway.pool.acquire().await?;
            let incident = incident_list::get(&mut conn, &Viewer::in_slack(&user), id)
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
        Ok(view(&incident, &settings, &user, &status, &along))
    });
}
