//! The modal in which an entry of the timeline is written, and the one that asks before it is deleted.

use chrono::{DateTime, Utc};
use domain::timeline::{Happening, TimelineEntry};
use domain::{IncidentId, Settings, local_time};
use incidents::MAX_NOTE;
use serde::{Deserialize, Serialize};
use slack::blocks::{View, context, date_field, modal_of, section, text_field, time_field};
use slack::ids;
use slack::text::{MAX_SECTION, escape_within};
use slack::values::EntryOf;
use uuid::Uuid;

/// What is written: a new entry, or another text of this one.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Writing {
    pub(super) incident: IncidentId,
    pub(super) entry: Option<Uuid>,
}

/// The modal for a new entry, or for one that is changed.
pub(super) fn view(
    incident: IncidentId,
    settings: &Settings,
    entry: Option<&TimelineEntry>,
    now: DateTime<Utc>,
) -> View {
    let (date, time) = local_time::parts(entry.map_or(now, |entry| entry.at), settings.time_zone);
    let text = match entry.map(|entry| &entry.happening) {
        Some(Happening::Noted { text }) => Some(text.as_str()),
        _ => None,
    };
    let fields = vec![
        date_field(ids::FIELD_DATE, "Date", &date),
        time_field(
            ids::FIELD_TIME,
            "Time",
            &format!("In the time zone {}.", settings.time_zone),
            &time,
        ),
        text_field(
            ids::FIELD_TEXT,
            "Text",
            "It's added to the timeline with your name.",
            "What happened, or what was done",
            text,
            MAX_NOTE as u64,
        ),
    ];
    let (entry, title, submit) = match entry {
        Some(entry) => (Some(entry.id), "Edit entry", "Save"),
        None => (None, "Add an entry", "Add"),
    };
    let about = Writing { incident, entry };
    modal_of(ids::VIEW_TIMELINE_ENTRY, &about, title, submit, fields)
}

/// The modal that asks before an entry is deleted. `words` are what it says.
pub(super) fn delete(entry: EntryOf, words: &str) -> View {
    modal_of(
        ids::VIEW_TIMELINE_DELETE,
        &entry,
        "Delete entry",
        "Delete",
        vec![
            section(escape_within(words, MAX_SECTION)),
            context("This removes the entry from the timeline. A copy is kept in the database."),
        ],
    )
}

#[cfg(test)]
mod tests {
    use domain::Actor;

    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn a_new_one_and_one_to_change() {
        let settings = Settings {
            time_zone: "Europe/Berlin".parse().unwrap(),
            ..Settings::default()
        };
        let incident = incident();
        let entry = TimelineEntry {
            id: uuid::Uuid::from_u128(7),
            at: incident.declared_at,
            actor: Actor::System,
            happening: Happening::Noted {
                text: "Rolled back <b>".to_owned(),
            },
        };
        let now = incident.declared_at + chrono::TimeDelta::minutes(9);
        insta::assert_json_snapshot!("new", view(incident.id, &settings, None, now));
        insta::assert_json_snapshot!("to_change", view(incident.id, &settings, Some(&entry), now));
        let about = EntryOf {
            incident: incident.id,
            entry: entry.id,
        };
        insta::assert_json_snapshot!("to_delete", delete(about, "alice noted: Rolled back <b>"));
    }
}
