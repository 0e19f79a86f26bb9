//! The timeline: what people write down themselves, at the time at which it happened.

use chrono::{DateTime, Utc};
use domain::timeline::{Happening, MAX_BEFORE_DECLARED, TimelineEntry};
use domain::{Incident, IncidentId, Settings, local_time};
use store::{PgConnection, PgPool};
use uuid::Uuid;

use crate::change::{Begun, Change};
use crate::error::typed;
use crate::{CommandError, Request};

/// The most characters of a note.
pub const MAX_NOTE: usize = 2_000;

/// What somebody writes down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened.
    pub text: String,
}

impl Note {
    /// What the entry says, if it can be written down at `now`.
    fn happening(&self, now: DateTime<Utc>, settings: &Settings) -> Result<Happening, CommandError> {
        if self.at > now {
            let day = |at| local_time::parts(at, settings.time_zone).0;
            return Err(CommandError::NotYet {
                today: day(self.at) == day(now),
            });
        }
        let text = typed(&self.text, MAX_NOTE)?;
        Ok(Happening::Noted { text })
    }
}

/// Checks that it did not happen long before the incident, which can only be a wrong date.
fn check_date(at: DateTime<Utc>, incident: &Incident) -> Result<(), CommandError> {
    if incident.declared_at - at > MAX_BEFORE_DECLARED {
        Err(CommandError::LongBefore(MAX_BEFORE_DECLARED.num_days()))
    } else {
        Ok(())
    }
}

/// The moment that a date and a time of the company's zone mean, for an entry that is there already or a new one; `None`
/// when they are none. Who only changes the text of an entry keeps its seconds, and the present minute means now: what is
/// written down at once stands after what has happened until then.
pub async fn moment_of_note(
    conn: &mut PgConnection,
    id: IncidentId,
    entry: Option<Uuid>,
    (date, time): (&str, &str),
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, CommandError> {
    let zone = store::settings::load(conn).await?.time_zone;
    let before = match entry {
        Some(entry) => store::timeline::get(conn, id, entry).await?.map(|entry| entry.at),
        None => Some(now),
    };
    let kept = before.filter(|at| {
        let (kept_date, kept_time) = local_time::parts(*at, zone);
        (kept_date.as_str(), kept_time.as_str()) == (date, time)
    });
    Ok(kept.or_else(|| local_time::moment(date, time, zone, now)))
}

/// Adds an entry to the timeline.
pub async fn add_note(pool: &PgPool, request: &Request, id: IncidentId, note: &Note) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    let noted = note.happening(request.now, &change.settings)?;
    check_date(note.at, &change.incident)?;
    change.note_at(note.at, &noted).await?;
    change.commit().await
}

/// Gives an entry another time and text. What it said before is kept.
pub async fn change_note(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    entry: Uuid,
    note: &Note,
) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    let noted = note.happening(request.now, &change.settings)?;
    let before = changeable_entry(&mut change, entry).await?;
    if before.at != note.at {
        check_date(note.at, &change.incident)?;
    }
    if (before.at, &before.happening) != (note.at, &noted) {
        let (actor, now) = (change.request().actor.clone(), change.request().now);
        store::timeline::change(change.conn(), entry, note.at, &noted, &actor, now).await?;
    }
    change.commit().await
}

/// Deletes an entry: it is shown no more, and kept.
pub async fn delete_note(pool: &PgPool, request: &Request, id: IncidentId, entry: Uuid) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    changeable_entry(&mut change, entry).await?;
    let (actor, now) = (change.request().actor.clone(), change.request().now);
    store::timeline::delete(change.conn(), entry, &actor, now).await?;
    change.commit().await
}

/// An entry that the actor may change.
async fn changeable_entry(change: &mut Change, entry: Uuid) -> Result<TimelineEntry, CommandError> {
    let incident = change.incident.id;
    let found = store::timeline::get(change.conn(), incident, entry).await?;
    let found = found.ok_or(CommandError::NoEntry)?;
    if found.may_be_changed_by(&change.request().actor, &change.incident) {
        Ok(found)
    } else {
        Err(CommandError::NotYourEntry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_not_happened_yet_has_a_wrong_time_or_a_wrong_day() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        // It is half past eleven at night in Berlin.
        let now = at("2026-11-23T22:30:00Z");
        let settings: Settings = serde_json::from_value(serde_json::json!({ "time_zone": "Europe/Berlin" })).unwrap();
        let noted = |text: &str| {
            let note = Note {
                at: at(text),
                text: "Rolled back".to_owned(),
            };
            note.happening(now, &settings)
        };
        let later = noted("2026-11-23T22:31:00Z");
        assert!(matches!(later, Err(CommandError::NotYet { today: true })), "{later:?}");
        let tomorrow = noted("2026-11-23T23:05:00Z");
        assert!(
            matches!(tomorrow, Err(CommandError::NotYet { today: false })),
            "{tomorrow:?}"
        );
        assert!(noted("2026-11-23T22:30:00Z").is_ok());
    }
}
