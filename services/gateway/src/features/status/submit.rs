//! *Resolve* was pressed in the dialog.

use domain::IncidentId;
use incidents::{CommandError, set_status};
use slack::ids;
use store::incident_list::{self, Viewer};

use crate::Gateway;
use crate::answer::{Answer, Trouble};
use crate::submitted::Submitted;

/// Resolves the incident, and gives the roles that were missing to who was chosen.
pub(crate) async fn submit(gateway: &Gateway, submitted: &Submitted) -> Answer {
    let Some((incident, status)) = submitted.about.split_once('/') else {
        return Answer::done();
    };
    let Ok(incident) = incident.parse::<IncidentId>() else {
        return Answer::done();
    };
    let given = submitted.people_in(ids::FIELD_ROLE_PREFIX);
    let request = submitted.request(gateway);
    let resolved = set_status(&gateway.pool, &request, incident, status, &given);
    match gateway.within_patience(resolved).await {
        Ok(()) => Answer::done(),
        // Meanwhile somebody gave a role up: the dialog shows who is missing now.
        Err(Trouble::Refused(CommandError::MissingRoles(_))) => renewed(gateway, submitted, incident, status).await,
        Err(trouble) => match given.first() {
            Some((role, _)) => Answer::field(
                &format!("{}{role}", ids::FIELD_ROLE_PREFIX),
                &trouble.sentence("Resolve"),
            ),
            // Without a field there is nowhere to say it in the dialog.
            None => {
                gateway.tell(&submitted.user.id, trouble.sentence("Resolve"));
                Answer::done()
            }
        },
    }
}

async fn renewed(gateway: &Gateway, submitted: &Submitted, incident: IncidentId, status: &str) -> Answer {
    let view = gateway.within_patience(async {
        let mut conn = gateway.pool.acquire().await?;
        let viewer = Viewer::in_slack(&submitted.user.id);
        let incident = incident_list::get(&mut conn, &viewer, incident)
            .await?
            .ok_or(CommandError::NoIncident)?;
        let settings = gateway.pool.settings(&mut conn).await?;
        Ok(super::modal::view(&incident, &settings, &submitted.user.id, status))
    });
    match view.await {
        Ok(view) => Answer::update(&view),
        Err(_) => Answer::done(),
    }
}
