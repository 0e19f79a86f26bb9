//! Opens the timeline, turns its pages, opens what stands on top of it.

use std::future::{Ready, ready};

use domain::IncidentId;
use incidents::CommandError;
use slack::blocks::View;
use slack::values::{EntryChange, EntryOf, TimelinePage};
use store::incident_list::{self, Viewer};
use uuid::Uuid;

use super::entry;
use super::list::{self, Page};
use crate::Gateway;
use crate::answer::Trouble;
use crate::forms::Form;
use crate::pressed::{Action, Pressed};

/// The timeline of an incident; without one it is asked which.
pub(crate) async fn form(gateway: &Gateway, user: &str, incident: Option<IncidentId>) -> Result<View, Trouble> {
    match incident {
        Some(incident) => page_of(gateway, user, incident, Page::Last).await,
        None => Ok(list::choose()),
    }
}

/// Shows another page.
pub(super) fn turn(gateway: &Gateway, pressed: &Pressed, action: &Action, page: TimelinePage) -> Ready<()> {
    match &pressed.view {
        Some(view) => {
            let number = Page::Number(page.number);
            redraw(gateway, view.id.clone(), &pressed.user.id, page.incident, number);
        }
        None => gateway.unreadable(pressed, action),
    }
    ready(())
}

/// The form to change the entry that was chosen, or the one that asks before it is deleted.
pub(super) fn form_of_change(change: EntryChange) -> Form {
    match change {
        EntryChange::Edit(EntryOf { incident, entry }) => Form::TimelineEntry {
            incident,
            entry: Some(entry),
        },
        EntryChange::Delete(EntryOf { incident, entry }) => Form::DeleteTimelineEntry { incident, entry },
    }
}

/// The form for a new entry, or for one that is changed.
pub(crate) async fn entry_form(
    gateway: &Gateway,
    user: &str,
    incident: IncidentId,
    entry: Option<Uuid>,
) -> Result<View, Trouble> {
    let (_, settings) = gateway.incident_for(user, Some(incident)).await?;
    let entry = match entry {
        Some(entry) => Some(entry_of(gateway, incident, entry).await?),
        None => None,
    };
    Ok(entry::view(incident, &settings, entry.as_ref(), gateway.now()))
}

/// The form that asks before an entry is deleted.
pub(crate) async fn delete_form(
    gateway: &Gateway,
    user: &str,
    incident: IncidentId,
    entry: Uuid,
) -> Result<View, Trouble> {
    let (_, settings) = gateway.incident_for(user, Some(incident)).await?;
    let about = EntryOf { incident, entry };
    let entry = entry_of(gateway, incident, entry).await?;
    Ok(entry::delete(about, &entry.happening.sentence(&entry.actor, &settings)))
}

async fn entry_of(
    gateway: &Gateway,
    incident: IncidentId,
    entry: Uuid,
) -> Result<domain::timeline::TimelineEntry, Trouble> {
    gateway
        .for_form(async {
            let mut conn = gateway.pool.acquire().await?;
            let found = store::timeline::get(&mut conn, incident, entry).await?;
            found.ok_or(CommandError::NoEntry)
        })
        .await
}

/// A page of an incident's timeline, as `user` sees it.
pub(super) async fn page_of(gateway: &Gateway, user: &str, incident: IncidentId, page: Page) -> Result<View, Trouble> {
    gateway
        .for_form(async {
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
