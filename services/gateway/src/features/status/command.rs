//! The status in words: shown, set, resolved, opened again.

use domain::IncidentId;
use domain::settings::Status;
use incidents::CommandError;
use slack::blocks::button_of;
use slack::ids;
use slack::text::{escape, from_slack};

use crate::Gateway;
use crate::features::commands::{Invocation, Named, Outcome, list, named, refused};
use crate::forms::Form;

/// Shows the status, or sets it.
pub(super) async fn status(gateway: &Gateway, invocation: &Invocation, typed: &str) -> Result<Outcome, CommandError> {
    let typed = from_slack(typed, |_| None);
    let Some((incident, settings)) = gateway.incident_here(invocation).await? else {
        return Ok(Outcome::which(Form::Status { typed }, "status"));
    };
    let there = list(settings.statuses.iter().map(|status| status.label.as_str()));
    if typed.is_empty() {
        let now = escape(settings.status_label(&incident.status));
        return Ok(format!(
            "The status is *{now}*. Options: {there}. To change it, type `status` followed by one of \
                           them."
        )
        .into());
    }
    let Named::One(status) = named(&settings.statuses, &typed, |status| (&status.key, &status.label)) else {
        return Ok(format!("There is no status “{}”. Options: {there}.", escape(&typed)).into());
    };
    if status.resolved && !incident.is_resolved() {
        return Ok(dialog(incident.id, Some(status.key.clone())));
    }
    let request = gateway.request_of(invocation).await?;
    let set = incidents::set_status(&gateway.pool, &request, incident.id, &status.key, &[]).await;
    refused(set, format!("The status is now *{}*.", escape(&status.label)))
}

/// Opens the dialog that resolves.
pub(super) async fn resolve(gateway: &Gateway, invocation: &Invocation, _: &str) -> Result<Outcome, CommandError> {
    match gateway.incident_here(invocation).await? {
        None => form(gateway, |status| status.resolved).await,
        Some((incident, _)) if incident.is_resolved() => Ok("The incident is already resolved.".into()),
        Some((incident, _)) => Ok(dialog(incident.id, None)),
    }
}

/// Opens a resolved incident again.
pub(super) async fn reopen(gateway: &Gateway, invocation: &Invocation, _: &str) -> Result<Outcome, CommandError> {
    let Some((incident, settings)) = gateway.incident_here(invocation).await? else {
        return form(gateway, |status| !status.resolved).await;
    };
    let request = gateway.request_of(invocation).await?;
    let reopened = incidents::reopen(&gateway.pool, &request, incident.id).await;
    let status = escape(settings.status_label(settings.first_status()));
    refused(reopened, format!("The incident was reopened: *{status}*."))
}

fn dialog(incident: IncidentId, status: Option<String>) -> Outcome {
    Outcome::open(
        Form::Resolve { incident, status },
        "Press *Resolve* to review and confirm.",
        vec![button_of(ids::ACTION_RESOLVE, "Resolve", &incident)],
    )
}

/// The form that asks for an incident and sets its status, at first to the first one that is `wanted`.
async fn form(gateway: &Gateway, wanted: impl Fn(&Status) -> bool) -> Result<Outcome, CommandError> {
    let mut conn = gateway.pool.acquire().await?;
    let settings = gateway.pool.settings(&mut conn).await?;
    let status = settings.statuses.iter().find(|status| wanted(status));
    let typed = status.map(|status| status.key.clone()).unwrap_or_default();
    Ok(Outcome::which(Form::Status { typed }, "status"))
}
