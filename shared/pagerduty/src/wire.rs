//! What goes to PagerDuty and comes from it: the fields that we need.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What stands on it.
    pub items: Vec<T>,
    /// Whether there is a page after it.
    pub more: bool,
}

/// Names something without telling of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Reference {
    /// Its id.
    pub id: String,
    /// What people call it.
    #[serde(default, deserialize_with = "or_default")]
    pub summary: String,
    /// Its page in PagerDuty.
    #[serde(default)]
    pub html_url: Option<String>,
}

/// Somebody.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// Their id.
    pub id: String,
    /// Their name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Their e-mail.
    #[serde(default)]
    pub email: Option<String>,
}

/// What incidents are about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Service {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// `active`, `warning`, `critical`, `maintenance` or `disabled`.
    #[serde(default, deserialize_with = "or_default")]
    pub status: String,
    /// Whom its incidents go to.
    #[serde(default)]
    pub escalation_policy: Option<Reference>,
}

/// Who is on call when.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Schedule {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Its page in PagerDuty.
    #[serde(default)]
    pub html_url: Option<String>,
}

/// Who is called, in order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EscalationPolicy {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Its page in PagerDuty.
    #[serde(default)]
    pub html_url: Option<String>,
    /// A level each.
    #[serde(default, deserialize_with = "or_default")]
    pub escalation_rules: Vec<EscalationRule>,
    /// The services whose incidents go to it.
    #[serde(default, deserialize_with = "or_default")]
    pub services: Vec<Reference>,
}

/// A level of an escalation policy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EscalationRule {
    /// After how many minutes the next one is called.
    #[serde(default)]
    pub escalation_delay_in_minutes: i32,
}

/// Somebody is on call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OnCall {
    /// Who.
    pub user: Reference,
    /// By which schedule, where by one.
    #[serde(default)]
    pub schedule: Option<Reference>,
    /// For which escalation policy.
    pub escalation_policy: Reference,
    /// At which level of it, counted from 1.
    pub escalation_level: i32,
    /// From then on; `None` for always.
    #[serde(default)]
    pub start: Option<DateTime<Utc>>,
    /// Until then; `None` for always.
    #[serde(default)]
    pub end: Option<DateTime<Utc>>,
}

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// People are called.
    Triggered,
    /// Somebody has taken it.
    Acknowledged,
    /// It is over.
    Resolved,
    /// Something that PagerDuty did not have when this was written.
    #[serde(other)]
    Unknown,
}

/// An incident of PagerDuty.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Incident {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub status: Status,
    /// The key that it was made with.
    #[serde(default)]
    pub incident_key: Option<String>,
    /// Its page in PagerDuty.
    #[serde(default)]
    pub html_url: Option<String>,
    /// Who is called.
    #[serde(default, deserialize_with = "or_default")]
    pub assignments: Vec<Assignment>,
    /// Who has taken it.
    #[serde(default, deserialize_with = "or_default")]
    pub acknowledgements: Vec<Acknowledgement>,
    /// Who last changed where it stands.
    #[serde(default)]
    pub last_status_change_by: Option<Reference>,
    /// When.
    #[serde(default)]
    pub last_status_change_at: Option<DateTime<Utc>>,
}

/// Somebody is called.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Assignment {
    /// Who.
    pub assignee: Reference,
}

/// Somebody has taken an incident.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Acknowledgement {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub acknowledger: Reference,
}

/// A note on an incident.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Note {
    /// Its id.
    #[serde(default, deserialize_with = "or_default")]
    pub id: String,
    /// What it says.
    #[serde(default, deserialize_with = "or_default")]
    pub content: String,
}

/// Who is called by a new incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// Everybody of an escalation policy, level by level.
    Policy(&'a str),
    /// One person.
    User(&'a str),
}

/// An incident to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewIncident<'a> {
    /// By which it is found again.
    pub key: &'a str,
    /// What people are told first.
    pub title: &'a str,
    /// What else they are told.
    pub details: &'a str,
    /// Whether people are woken.
    pub is_urgent: bool,
    /// What it is about.
    pub service: &'a str,
    /// Who is called.
    pub target: Target<'a>,
}

/// PagerDuty writes `null` where there is nothing.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(value: D) -> Result<T, D::Error> {
    Option::deserialize(value).map(Option::unwrap_or_default)
}
