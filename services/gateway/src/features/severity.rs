//! The severity: chosen on the control panel, or set in words.

use std::collections::HashMap;
use std::fmt::Write;

use domain::paging::listed;
use domain::{Incident, Settings};
use incidents::CommandError;
use slack::ids;
use slack::text::{escape, from_slack};

use crate::Gateway;
use crate::feature::{Feature, choice, command};
use crate::features::commands::{Invocation, Named, Outcome, list, named, refused};
use crate::forms::Form;
use crate::pressed::{Action, Pressed};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("sev", severity)],
    actions: &[choice!(ids::ACTION_SEVERITY, choose)],
    ..Feature::NOTHING
};

/// Gives the incident the severity that was chosen.
async fn choose(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Some(incident) = ids::incident_of_block(&action.block_id) else {
        return gateway.unreadable(pressed, action);
    };
    let request = pressed.request(gateway, action);
    let set = incidents::set_severity(&gateway.pool, &request, incident, action.value());
    gateway.answer_press(pressed, incident, set).await;
}

/// Shows the severity, or sets it.
async fn severity(gateway: &Gateway, invocation: &Invocation, typed: &str) -> Result<Outcome, CommandError> {
    let typed = from_slack(typed, |_| None);
    let Some((incident, settings)) = gateway.incident_here(invocation).await? else {
        return Ok(Outcome::which(Form::Severity { typed }, "sev"));
    };
    let there = list(settings.severities.iter().map(|severity| severity.label.as_str()));
    let mut paged = teams_to_page(gateway, &incident, &settings).await?;
    if typed.is_empty() {
        let now = escape(settings.severity_label(&incident.severity));
        let emoji = settings.severity_emoji(&incident.severity);
        let mut said = format!(
            "{emoji} The severity is *{now}*. Options: {there}. To change it, type `sev` followed \
                                by one of them."
        );
        for severity in &settings.severities {
            if let Some(teams) = paged.get(&severity.key) {
                let _ = write!(said, "\n{} pages {}.", escape(&severity.label), escape(&listed(teams)));
            }
        }
        return Ok(said.into());
    }
    let Named::One(severity) = named(&settings.severities, &typed, |severity| {
        (&severity.key, &severity.label)
    }) else {
        return Ok(format!("There is no severity “{}”. Options: {there}.", escape(&typed)).into());
    };
    let request = gateway.request_of(invocation).await?;
    let set = incidents::set_severity(&gateway.pool, &request, incident.id, &severity.key).await;
    let mut said = format!("{} The severity is now *{}*.", severity.emoji, escape(&severity.label));
    if let Some(teams) = paged.remove(&severity.key) {
        let _ = write!(said, " Paging {}.", escape(&listed(&teams)));
    }
    refused(set, said)
}

/// The teams that each severity would page now, by its key; none where PagerDuty is not switched on.
async fn teams_to_page(
    gateway: &Gateway,
    incident: &Incident,
    settings: &Settings,
) -> Result<HashMap<String, Vec<String>>, CommandError> {
    let mut conn = gateway.pool.acquire().await?;
    if !store::on_call::state(&mut conn).await?.enabled {
        return Ok(HashMap::new());
    }
    Ok(incidents::teams_to_page(&mut conn, incident, settings).await?)
}
