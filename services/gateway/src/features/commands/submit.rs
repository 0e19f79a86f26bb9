//! A form that asked for an incident was submitted.

use domain::IncidentId;
use incidents::{CommandError, Replaces};
use slack::ids;
use slack::values::Nothing;

use crate::Gateway;
use crate::answer::{Answer, Trouble};
use crate::features::{roles, status as status_feature};
use crate::submitted::Submitted;

/// Sets the severity that was chosen.
pub(super) async fn severity(gateway: &Gateway, submitted: &Submitted, _: Nothing) -> Answer {
    let (Some(incident), Some(severity)) = (submitted.incident(), submitted.option(ids::FIELD_SEVERITY)) else {
        return nothing_chosen();
    };
    let request = submitted.request(gateway);
    let set = incidents::set_severity(&gateway.pool, &request, incident, &severity);
    closed(gateway.confirm(set).await, ids::FIELD_SEVERITY)
}

/// Sets the status that was chosen. One that resolves asks first.
pub(super) async fn status(gateway: &Gateway, submitted: &Submitted, _: Nothing) -> Answer {
    let (Some(incident), Some(key)) = (submitted.incident(), submitted.option(ids::FIELD_STATUS)) else {
        return nothing_chosen();
    };
    match gateway.confirm(resolves(gateway, incident, &key)).await {
        Ok(true) => return status_feature::dialog(gateway, submitted, incident, &key).await,
        Ok(false) => {}
        Err(trouble) => return Answer::field(ids::FIELD_STATUS, &trouble.sentence()),
    }
    let request = submitted.request(gateway);
    let set = incidents::set_status(&gateway.pool, &request, incident, &key, &[]);
    closed(gateway.confirm(set).await, ids::FIELD_STATUS)
}

/// Gives the role that was chosen to who was chosen.
pub(super) async fn role(gateway: &Gateway, submitted: &Submitted, _: Nothing) -> Answer {
    let (Some(incident), Some(role)) = (submitted.incident(), submitted.option(ids::FIELD_ROLE)) else {
        return nothing_chosen();
    };
    let Some(person) = submitted.person(ids::FIELD_PERSON) else {
        return Answer::field(ids::FIELD_PERSON, "Choose somebody.");
    };
    let request = submitted.request(gateway);
    let assigned = incidents::assign(&gateway.pool, &request, incident, &role, &person, Replaces::Nobody);
    match gateway.confirm(assigned).await {
        Err(Trouble::Refused(CommandError::RoleHeld { label, holder })) => {
            Answer::push(&roles::step(incident, &label, &holder, &person))
        }
        Err(Trouble::Refused(error @ CommandError::CannotHoldRole { .. })) => {
            Answer::field(ids::FIELD_PERSON, &error.to_string())
        }
        done => closed(done, ids::FIELD_ROLE),
    }
}

/// Whether this status would resolve the incident, which is open.
async fn resolves(gateway: &Gateway, incident: IncidentId, status: &str) -> Result<bool, CommandError> {
    let mut conn = gateway.pool.acquire().await?;
    let settings = gateway.pool.settings(&mut conn).await?;
    let incident = store::incidents::get(&mut conn, incident).await?;
    Ok(settings.is_resolved(status) && incident.is_some_and(|incident| !incident.is_resolved()))
}

/// No incident was chosen.
pub(super) fn nothing_chosen() -> Answer {
    Answer::field(ids::FIELD_INCIDENT, "Choose an incident.")
}

fn closed(done: Result<(), Trouble>, field: &str) -> Answer {
    match done {
        Ok(()) => Answer::done(),
        Err(trouble @ Trouble::Refused(CommandError::NoIncident)) => {
            Answer::field(ids::FIELD_INCIDENT, &trouble.sentence())
        }
        Err(trouble) => Answer::field(field, &trouble.sentence()),
    }
}
