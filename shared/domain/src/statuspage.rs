//! The status page that customers read: what is published there of an incident, and what it says.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::{IncidentId, Settings};

/// The most characters of a name on the page.
pub const MAX_NAME: usize = 255;
/// The most characters of a message; the page would take more, a field in Slack does not.
pub const MAX_MESSAGE: usize = 3_000;
/// The most components of one incident: each has its own select in the form.
pub const MAX_COMPONENTS: usize = 80;

/// A word of Statuspage, and what people read for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// As Statuspage has it.
    pub key: &'static str,
    /// What people read.
    pub label: &'static str,
}

const fn word(key: &'static str, label: &'static str) -> Word {
    Word { key, label }
}

/// Where an incident stands there when it is over.
pub const RESOLVED: &str = "resolved";
/// How a component is when all is well.
pub const OPERATIONAL: &str = "operational";

/// Where an incident can stand there.
pub const STATUSES: &[Word] = &[
    word("investigating", "Investigating"),
    word("identified", "Identified"),
    word("monitoring", "Monitoring"),
    word(RESOLVED, "Resolved"),
];

/// Where a scheduled maintenance can stand.
pub const MAINTENANCE_STATUSES: &[Word] = &[
    word("scheduled", "Scheduled"),
    word("in_progress", "In progress"),
    word("verifying", "Verifying"),
    word("completed", "Completed"),
];

/// How bad it is for customers.
pub const IMPACTS: &[Word] = &[
    word("none", "None"),
    word("minor", "Minor"),
    word("major", "Major"),
    word("critical", "Critical"),
];

/// How a component can be.
pub const COMPONENT_STATUSES: &[Word] = &[
    word(OPERATIONAL, "Operational"),
    word("under_maintenance", "Under maintenance"),
    word("degraded_performance", "Degraded performance"),
    word("partial_outage", "Partial outage"),
    word("major_outage", "Major outage"),
];

/// What people read for a word of Statuspage; the word itself where it is new.
pub fn label(key: &str) -> &str {
    let all = [STATUSES, MAINTENANCE_STATUSES, IMPACTS, COMPONENT_STATUSES];
    let known = all.into_iter().flatten().find(|word| word.key == key);
    known.map_or(key, |word| word.label)
}

/// How bad an incident of this severity probably is for customers: the settings list severities from worst to mildest.
pub fn likely_impact(severity: &str, settings: &Settings) -> &'static str {
    match settings.severities.iter().position(|one| one.key == severity) {
        Some(0) => "critical",
        Some(1) => "major",
        _ => "minor",
    }
}

/// Whether subscribers are probably to be told of an incident with this impact.
pub fn is_worth_telling(impact: &str) -> bool {
    matches!(impact, "critical" | "major")
}

/// How a component probably is when an incident has this impact.
pub fn likely_status(impact: &str) -> &'static str {
    match impact {
        "critical" => "major_outage",
        "major" => "partial_outage",
        "minor" => "degraded_performance",
        _ => OPERATIONAL,
    }
}

/// Whether an incident that stands so is over.
pub fn is_over(status: &str) -> bool {
    matches!(status, RESOLVED | "postmortem" | "completed")
}

/// What a person wants to be published, or to be said in addition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Of this incident.
    pub incident: IncidentId,
    /// What this is an update of; `None` where it is published for the first time.
    pub published: Option<Uuid>,
    /// Its name there; of an update it does not count.
    pub name: String,
    /// How bad it is; of an update it does not count.
    pub impact: String,
    /// Where it stands.
    pub status: String,
    /// What customers read.
    pub message: String,
    /// How each component is, by its id.
    pub components: BTreeMap<String, String>,
    /// Whether subscribers are told.
    pub notify: bool,
}

/// Why something cannot be published.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DraftError {
    /// The name is empty or too long.
    #[error("Enter a name of at most {MAX_NAME} characters.")]
    Name,
    /// The message is empty or too long.
    #[error("Enter a message of at most {MAX_MESSAGE} characters.")]
    Message,
    /// Statuspage has no such word.
    #[error("Statuspage does not know “{0}”.")]
    UnknownWord(String),
    /// More than the form holds.
    #[error("At most {MAX_COMPONENTS} components can be changed at once.")]
    TooManyComponents,
}

impl Draft {
    /// Whether Statuspage takes it.
    pub fn check(&self) -> Result<(), DraftError> {
        let fits = |text: &str, most: usize| (1..=most).contains(&text.trim().chars().count());
        if self.published.is_none() && !fits(&self.name, MAX_NAME) {
            return Err(DraftError::Name);
        }
        if !fits(&self.message, MAX_MESSAGE) {
            return Err(DraftError::Message);
        }
        if self.components.len() > MAX_COMPONENTS {
            return Err(DraftError::TooManyComponents);
        }
        known(STATUSES, &self.status)?;
        if self.published.is_none() {
            known(IMPACTS, &self.impact)?;
        }
        self.components
            .values()
            .try_for_each(|status| known(COMPONENT_STATUSES, status))
    }
}

fn known(words: &[Word], key: &str) -> Result<(), DraftError> {
    if words.iter().any(|word| word.key == key) {
        Ok(())
    } else {
        Err(DraftError::UnknownWord(key.to_owned()))
    }
}

/// A component of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Statuspage's id.
    pub id: String,
    /// What people read.
    pub name: String,
    /// Name of the group that it stands in.
    pub group: Option<String>,
    /// How it is.
    pub status: String,
    /// Where its group, or it itself where it has none, stands on the page.
    pub group_position: i32,
    /// Where it stands in its group.
    pub position: i32,
}

/// A group of components.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Statuspage's id.
    pub id: String,
    /// What people read.
    pub name: String,
    /// Where it stands on the page.
    pub position: i32,
}

/// An incident or a maintenance as Statuspage shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Statuspage's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: String,
    /// How bad it is.
    pub impact: String,
    /// Its page.
    pub url: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When something of it changed last.
    pub updated_at: DateTime<Utc>,
    /// When a maintenance begins.
    pub scheduled_for: Option<DateTime<Utc>>,
    /// When a maintenance ends.
    pub scheduled_until: Option<DateTime<Utc>>,
    /// What it touches: ids and how they are.
    pub components: Vec<(String, String)>,
    /// What was said, in order of time.
    pub updates: Vec<SeenUpdate>,
    /// The key that we gave it, where it is ours.
    pub key: Option<String>,
}

/// Something that was said there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenUpdate {
    /// Statuspage's id.
    pub id: String,
    /// Where the incident stood then.
    pub status: String,
    /// What customers read.
    pub body: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl SeenUpdate {
    /// Whether it says the same; blanks may have been changed on the way.
    pub fn says(&self, status: &str, body: &str) -> bool {
        self.status == status && self.body.split_whitespace().eq(body.split_whitespace())
    }
}

/// What was published of one of our incidents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Names it in Statuspage's metadata.
    pub id: Uuid,
    /// Of this incident.
    pub incident: IncidentId,
    /// Its name there.
    pub name: String,
    /// How bad it is.
    pub impact: String,
    /// Where it stands there.
    pub status: String,
    /// Statuspage's id, once it is there.
    pub statuspage_id: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// When something of it changed last, by Statuspage's clock.
    pub changed_at: Option<DateTime<Utc>>,
    /// When it was over or removed there.
    pub ended_at: Option<DateTime<Utc>>,
    /// Whether it was removed there.
    pub removed: bool,
}

impl Published {
    /// Whether it stands on the page and can be changed.
    pub fn is_open(&self) -> bool {
        self.statuspage_id.is_some() && self.ended_at.is_none()
    }
}

/// What happens there when one of our incidents is resolved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnResolve {
    /// The channel is asked.
    #[default]
    Ask,
    /// It is resolved too, with its components back to operational.
    Always,
    /// Nothing.
    Never,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_severe_incident_begins_as_one_on_the_page() {
        let settings = Settings::default();
        let begins = |severity: &str| {
            let impact = likely_impact(severity, &settings);
            (impact, likely_status(impact), is_worth_telling(impact))
        };
        assert_eq!(begins("sev1"), ("critical", "major_outage", true));
        assert_eq!(begins("sev2"), ("major", "partial_outage", true));
        assert_eq!(begins("sev4"), ("minor", "degraded_performance", false));
    }

    fn draft() -> Draft {
        Draft {
            incident: IncidentId(Uuid::nil()),
            published: None,
            name: "Payments fail".to_owned(),
            impact: "major".to_owned(),
            status: "investigating".to_owned(),
            message: "We are looking into it.".to_owned(),
            components: BTreeMap::from([("c1".to_owned(), "partial_outage".to_owned())]),
            notify: true,
        }
    }

    #[test]
    fn what_statuspage_would_refuse_is_named() {
        let wrong = |change: fn(&mut Draft)| {
            let mut draft = draft();
            change(&mut draft);
            draft.check().unwrap_err()
        };
        assert_eq!(draft().check(), Ok(()));
        assert_eq!(wrong(|draft| draft.name = " ".into()), DraftError::Name);
        assert_eq!(wrong(|draft| draft.name = "x".repeat(256)), DraftError::Name);
        assert_eq!(wrong(|draft| draft.message.clear()), DraftError::Message);
        let unknown = |key: &str| DraftError::UnknownWord(key.to_owned());
        assert_eq!(wrong(|draft| draft.status = "fine".into()), unknown("fine"));
        assert_eq!(wrong(|draft| draft.impact = "huge".into()), unknown("huge"));
        assert_eq!(
            wrong(|draft| drop(draft.components.insert("c2".into(), "gone".into()))),
            unknown("gone")
        );
        let mut update = draft();
        update.published = Some(Uuid::nil());
        update.name.clear();
        update.impact.clear();
        assert_eq!(update.check(), Ok(()), "an update has no name of its own");
    }

    #[test]
    fn words_are_read_by_people() {
        assert_eq!(label("degraded_performance"), "Degraded performance");
        assert_eq!(label("in_progress"), "In progress");
        assert_eq!(label("teleporting"), "teleporting");
        assert!(is_over("resolved") && is_over("completed") && !is_over("monitoring"));
    }

    #[test]
    fn an_update_is_known_by_what_it_says() {
        let update = SeenUpdate {
            id: "u1".to_owned(),
            status: "monitoring".to_owned(),
            body: "Rolled back.\r\nWatching.".to_owned(),
            at: DateTime::UNIX_EPOCH,
        };
        assert!(update.says("monitoring", "Rolled back.\nWatching. "));
        assert!(!update.says("identified", "Rolled back.\nWatching."));
    }
}
