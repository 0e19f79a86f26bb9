//! What the form shows; offers components, and leaves Statuspage as it is.

use chrono::TimeDelta;
use domain::IncidentId;
use domain::statuspage::Component;
use incidents::CommandError;
use serde_json::json;
use slack::blocks::{View, option_groups};
use store::incident_list::{self, Viewer};
use store::statuspage as page;

use super::form::{Form, choice, view};
use crate::Gateway;
use crate::answer::{Answer, Trouble, not_searched};
use crate::feature::Search;
use crate::pressed::{Action, Pressed};

/// The most options that Slack takes.
const MAX_OPTIONS: i64 = 100;
/// A copy of the components that is older is made anew.
const FRESH: TimeDelta = TimeDelta::minutes(5);

/// The form to publish an incident, to update what stands there, or to say that it is over.
pub(crate) async fn form(gateway: &Gateway, user: &str, incident: IncidentId, resolves: bool) -> Result<View, Trouble> {
    let form = gateway.for_form(load(gateway, user, incident, resolves)).await?;
    Ok(view(&form))
}

async fn load(gateway: &Gateway, user: &str, id: IncidentId, resolves: bool) -> Result<Form, CommandError> {
    let mut conn = gateway.pool.acquire().await?;
    let incident = incident_list::get(&mut conn, &Viewer::in_slack(user), id)
        .await?
        .ok_or(CommandError::NoIncident)?;
    incidents::may_publish(&mut conn, Some(user)).await?;
    let copied_at = page::page(&mut conn).await?.and_then(|page| page.components_at);
    if copied_at.is_none_or(|at| at < gateway.now() - FRESH) {
        refresh(gateway);
    }
    let last = page::of_incident(&mut conn, id)
        .await?
        .filter(|last| last.ended_at.is_none());
    let published = last.filter(domain::statuspage::Published::is_open);
    if resolves && published.is_none() {
        return Err(CommandError::NotOnStatuspage);
    }
    let touched = match &published {
        Some(published) => components_of(&mut conn, published.id).await?,
        None => Vec::new(),
    };
    let settings = gateway.pool.settings(&mut conn).await?;
    Ok(Form {
        impact: domain::statuspage::likely_impact(&incident.severity, &settings),
        incident,
        published,
        touched,
        resolves,
    })
}

/// The components that something published touches, as they are there.
pub(super) async fn components_of(
    conn: &mut store::PgConnection,
    published: uuid::Uuid,
) -> Result<Vec<Component>, CommandError> {
    let touched = page::touched(conn, published).await?;
    let ids: Vec<_> = touched.iter().map(|touched| touched.component_id.clone()).collect();
    let mut components = page::components(conn, &ids).await?;
    components.truncate(domain::statuspage::MAX_COMPONENTS);
    Ok(components)
}

/// Has the components copied, in a task of its own: the form shows what is known, the next search what is new.
fn refresh(gateway: &Gateway) {
    let gateway = gateway.clone();
    let errands = gateway.errands.clone();
    errands.spawn(async move {
        let copied = gateway.in_background(async {
            let mut tx = gateway.pool.begin().await?;
            incidents::refresh_components(&mut tx, gateway.now()).await?;
            tx.commit().await?;
            Ok(())
        });
        if copied.await.is_err() {
            tracing::warn!("the components of Statuspage are not copied anew");
        }
    });
}

/// What the field of components offers for what was typed so far, in the order and the groups of the page.
pub(super) async fn suggest(gateway: &Gateway, search: &Search) -> Answer {
    let found = gateway.confirm(async {
        let mut conn = gateway.pool.acquire().await?;
        Ok(page::search(&mut conn, &search.typed, MAX_OPTIONS).await?)
    });
    let Ok(found) = found.await else {
        return not_searched();
    };
    if found.is_empty() {
        return Answer::Acknowledge(Some(json!({ "options": [] })));
    }
    let mut groups: Vec<(String, Vec<_>)> = Vec::new();
    for component in &found {
        let name = component.group.as_deref().unwrap_or("Components");
        match groups.last_mut() {
            Some((last, choices)) if last == name => choices.push(choice(component)),
            _ => groups.push((name.to_owned(), vec![choice(component)])),
        }
    }
    Answer::Acknowledge(Some(json!({ "option_groups": option_groups(&groups) })))
}

/// Leaves Statuspage as it is although the incident is resolved.
pub(super) async fn leave(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    let request = pressed.request(gateway, action);
    let left = incidents::leave_statuspage(&gateway.pool, &request, incident);
    gateway.confirm_press(pressed, left).await;
}
