//! Opens the timeline, turns its pages, opens what stands on top of it.

use domain::IncidentId;
use incidents::CommandError;
use slack::blocks::View;
use slack::ids;
use store::incident_list::{self, Viewer};
use uuid::Uuid;

use super::entry;
use super::list::{self, Page};
use crate::Gateway;
use crate::answer::Trouble;
use crate::pressed::{Action, Pressed};

/// Opens the timeline of an incident, in a task of its own; without one it is asked which.
pub(crate) fn open(gateway: &Gateway, trigger_id: String, user: &str, incident: Option<IncidentId>) {
    let user = user.to_owned();
    gateway.open_form(trigger_id, "the timeline", async move |gateway| {
        if let Some(incident) = incident {
            return page_of(&gateway, &user, incident, Page::Last).await;
        }
        let (_, settings) = gateway.incident_for(&user, None).await?;
        Ok(list::choose(&settings))
    });
}

/// Shows another page.
pub(crate) fn turn(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let (Some((incident, number)), Some(view)) = (ids::page_of_value(action.value()), &pressed.view) else {
        return;
    };
    redraw(
        gateway,
        view.id.clone(),
        &pressed.user.id,
        incident,
        Page::Number(number),
    );
}

/// Opens the form for a new entry.
pub(crate) fn add(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    if let Ok(incident) = action.value().parse() {
        push_entry(gateway, pressed, incident, None);
    }
}

/// Opens the form to change an entry, or asks before it is deleted.
pub(crate) fn choose(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    let Some((what, value)) = action.value().split_once('/') else {
        return;
    };
    let Some((incident, Some(entry))) = ids::entry_of_value(value) else {
        return;
    };
    if what == ids::OPTION_EDIT {
        return push_entry(gateway, pressed, incident, Some(entry));
    }
    let (user, about) = (pressed.user.id.clone(), value.to_owned());
    let trigger_id = pressed.trigger_id.clone();
    gateway.push_form(trigger_id, "the question before deleting", async move |gateway| {
        let (_, settings) = gateway.incident_for(&user, Some(incident)).await?;
        let entry = entry_of(&gateway, incident, entry).await?;
        Ok(entry::delete(
            &about,
            &entry.happening.sentence(&entry.actor, &settings),
        ))
    });
}

fn push_entry(gateway: &Gateway, pressed: &Pressed, incident: IncidentId, entry: Option<Uuid>) {
    let user = pressed.user.id.clone();
    let trigger_id = pressed.trigger_id.clone();
    gateway.push_form(trigger_id, "the form of a timeline entry", async move |gateway| {
        let (_, settings) = gateway.incident_for(&user, Some(incident)).await?;
        let entry = match entry {
            Some(entry) => Some(entry_of(&gateway, incident, entry).await?),
            None => None,
        };
        Ok(entry::view(incident, &settings, entry.as_ref(), gateway.now()))
    });
}

async fn entry_of(
    gateway: &Gateway,
    incident: IncidentId,
    entry: Uuid,
) -> Result<domain::timeline::TimelineEntry, Trouble> {
    gateway
        .within_half_patience(async {
            let mut conn = gateway.pool.acquire().await?;
            let found = store::timeline::get(&mut conn, incident, entry).await?;
            found.ok_or(CommandError::NoEntry)
        })
        .await
}

/// A page of an incident's timeline, as `user` sees it.
pub(super) async fn page_of(gateway: &Gateway, user: &str, incident: IncidentId, page: Page) -> Result<View, Trouble> {
    gateway
        .within_half_patience(async {
            let mut conn = gateway.pool.acquire().await?;
            let seen = incident_list::get(&mut conn, &Viewer::in_slack(user), incident).await?;
            let incident = seen.ok_or(CommandError::NoIncident)?;
            let settings = gateway.pool.settings(&mut conn).await?;
            let entries = store::timeline::of_incident(&mut conn, incident.id).await?;
            Ok(list::view(&incident, &settings, &entries, user, page))
        })
        .await
}

/// Draws a timeline that somebody looks at anew, in a task of its own.
pub(super) fn redraw(gateway: &Gateway, view_id: String, user: &str, incident: IncidentId, page: Page) {
    let user = user.to_owned();
    gateway.update_form(view_id, async move |gateway| {
        page_of(&gateway, &user, incident, page).await
    });
}
