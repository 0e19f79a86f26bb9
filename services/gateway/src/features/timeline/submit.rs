//! The modals of the timeline were submitted.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use incidents::{CommandError, Note, add_note, change_note, delete_note, moment_of_note};
use slack::blocks::notice;
use slack::ids;
use slack::values::{EntryOf, Nothing};
use uuid::Uuid;

use super::entry::Writing;
use super::list::Page;
use super::open::{page_of, redraw};
use crate::Gateway;
use crate::answer::{Answer, Trouble, UNCONFIRMED};
use crate::submitted::Submitted;

/// An incident was chosen: its timeline takes the modal's place.
pub(super) async fn chosen(gateway: &Gateway, submitted: &Submitted, _: Nothing) -> Answer {
    let Some(incident) = submitted.incident() else {
        return Answer::field(ids::FIELD_INCIDENT, "Choose an incident.");
    };
    match page_of(gateway, &submitted.user.id, incident, Page::Last).await {
        Ok(view) => Answer::update(&view),
        Err(trouble) => Answer::field(ids::FIELD_INCIDENT, &trouble.of_reading()),
    }
}

/// Adds an entry, or changes one. What is wrong is said in the field.
pub(super) async fn submit(gateway: &Gateway, submitted: &Submitted, writing: Writing) -> Answer {
    let Writing { incident, entry } = writing;
    let Some(chosen) = submitted.date_and_time(ids::FIELD_DATE, ids::FIELD_TIME) else {
        return Answer::field(ids::FIELD_DATE, "Choose a date and a time.");
    };
    match gateway
        .confirm(write(gateway, submitted, incident, entry, &chosen))
        .await
    {
        Ok(at) => {
            show(gateway, submitted, incident, Page::At(at));
            Answer::done()
        }
        Err(trouble @ Trouble::Refused(CommandError::NotYet { today: true })) => {
            Answer::field(ids::FIELD_TIME, &trouble.sentence())
        }
        Err(trouble @ Trouble::Refused(CommandError::NotYet { .. } | CommandError::LongBefore(_))) => {
            Answer::field(ids::FIELD_DATE, &trouble.sentence())
        }
        Err(trouble) => Answer::field(ids::FIELD_TEXT, &trouble.sentence()),
    }
}

/// Writes it down and gives the time at which it stands.
async fn write(
    gateway: &Gateway,
    submitted: &Submitted,
    incident: IncidentId,
    entry: Option<Uuid>,
    (date, time): &(String, String),
) -> Result<DateTime<Utc>, CommandError> {
    let request = submitted.request(gateway);
    let at = {
        let mut conn = gateway.pool.acquire().await?;
        moment_of_note(&mut conn, incident, entry, (date, time), request.now).await?
    };
    let note = Note {
        at: at.unwrap_or(request.now),
        text: submitted.text(ids::FIELD_TEXT),
    };
    match entry {
        Some(entry) => change_note(&gateway.pool, &request, incident, entry, &note).await?,
        None => add_note(&gateway.pool, &request, incident, &note).await?,
    }
    Ok(note.at)
}

/// Deletes an entry.
pub(super) async fn delete(gateway: &Gateway, submitted: &Submitted, deleted: EntryOf) -> Answer {
    let EntryOf { incident, entry } = deleted;
    let request = submitted.request(gateway);
    let deleted = async {
        let at = {
            let mut conn = gateway.pool.acquire().await?;
            store::timeline::get(&mut conn, incident, entry)
                .await?
                .map(|entry| entry.at)
        };
        delete_note(&gateway.pool, &request, incident, entry).await?;
        Ok(at)
    };
    match gateway.confirm(deleted).await {
        Ok(at) => {
            show(gateway, submitted, incident, at.map_or(Page::Last, Page::At));
            Answer::done()
        }
        Err(trouble @ Trouble::Refused(_)) => {
            show(gateway, submitted, incident, Page::Last);
            Answer::update(&notice(&trouble.sentence()))
        }
        Err(Trouble::Unconfirmed) => submitted.kept_open(UNCONFIRMED),
    }
}

/// Has the timeline below the modal show what changed.
fn show(gateway: &Gateway, submitted: &Submitted, incident: IncidentId, page: Page) {
    if let Some(below) = &submitted.below {
        redraw(gateway, below.clone(), &submitted.user.id, incident, page);
    }
}
