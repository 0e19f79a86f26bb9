//! What a company can change without a restart: severities, statuses, time zone, links.
//!
//! `declarations` is the table of all settings; everything about one follows from its entry there.
//! Each setting is a row of its own in the database. A row that is missing has its default; a row that does not pass
//! [`Settings::validate`] is never written.

use serde::{Deserialize, Serialize};

mod declarations;
mod defaults;
mod schema;

pub use declarations::{MAX_TOPIC, SETTINGS, Settings};
pub use schema::{ChangedBy, Field, Group, InvalidSetting, Kind, Setting, Variable};

use crate::Incident;

/// How bad an incident is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Severity {
    /// Names it in the database; never changes.
    pub key: String,
    /// What people read.
    pub label: String,
    /// When to choose it, in one line.
    pub description: String,
    /// A coloured square, the same in Slack and in the console.
    pub emoji: String,
    /// Whether people are reminded to send updates.
    #[serde(default)]
    pub reminders: bool,
    /// Handles or ids of user groups that are invited to the channel, beside [`Settings::invite_groups`].
    #[serde(default)]
    pub invite_groups: Vec<String>,
    /// Names or ids of the teams (escalation policies of PagerDuty) that are paged when an incident gets it.
    #[serde(default)]
    pub page_teams: Vec<String>,
}

/// What becomes of an incident's pages in PagerDuty when it is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResolvePages {
    /// Whoever resolves it is asked.
    Ask,
    /// They are resolved too.
    Always,
    /// They stay as they are.
    Never,
}

/// What somebody does in an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Names it in the database; never changes.
    pub key: String,
    /// What people read.
    pub label: String,
    /// What it means, in one line.
    pub description: String,
    /// What whoever holds it does, a line each.
    pub duties: Vec<String>,
    /// Whether somebody has to hold it before the incident can be resolved.
    #[serde(default)]
    pub needed_to_resolve: bool,
}

/// Where an incident stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Names it in the database; never changes.
    pub key: String,
    /// What people read.
    pub label: String,
    /// Whether an incident in this status is over.
    #[serde(default)]
    pub resolved: bool,
}

/// Key of the role that leads; the digest shows who holds it.
pub const INCIDENT_COMMANDER: &str = "incident_commander";
/// Key of the role that looks for the cause.
pub const TECHNICAL_LEAD: &str = "technical_lead";
/// Key of the role that keeps everybody up to date.
pub const COMMUNICATIONS_LIAISON: &str = "communications_liaison";

impl Settings {
    /// Notes a setting whose row cannot be read.
    pub fn mark_unreadable(&mut self, key: &str) {
        if key == "private_in_digest" {
            self.private_in_digest = false;
        }
        self.unreadable.push(key.to_owned());
    }

    /// Whether the row of a setting cannot be read.
    pub fn is_unreadable(&self, key: &str) -> bool {
        self.unreadable.iter().any(|unreadable| unreadable == key)
    }

    /// What has to be corrected, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        self.unreadable.iter().map(|key| Self::warning(key)).collect()
    }

    /// What follows from a setting that cannot be read.
    pub fn warning(key: &str) -> String {
        let consequence = match key {
            "statuspage_groups" => "nobody may publish on Statuspage",
            "private_in_digest" => "private incidents are not shown in the digest",
            "severities" => "severities use their defaults, and no team is paged automatically",
            _ => "its default applies",
        };
        format!("The setting {key} can't be read, so {consequence}. Correct it; the change applies immediately.")
    }

    /// The severity with this key.
    pub fn severity(&self, key: &str) -> Option<&Severity> {
        self.severities.iter().find(|severity| severity.key == key)
    }

    /// Place of a severity from the worst, which is 0, to the mildest. One that was removed from the settings since counts as
    /// milder than all others.
    pub fn severity_rank(&self, key: &str) -> usize {
        let place = self.severities.iter().position(|severity| severity.key == key);
        place.unwrap_or(self.severities.len())
    }

    /// Whether an open incident gets worse by this severity.
    pub fn is_raised(&self, incident: &Incident, severity: &str) -> bool {
        self.severity_rank(severity) < self.severity_rank(&incident.severity) && !incident.is_resolved()
    }

    /// Names or ids of the teams that an incident of this severity pages.
    ///
    /// A private incident pages nobody by itself: PagerDuty would tell of it.
    pub fn teams_paged(&self, incident: &Incident, severity: &str) -> &[String] {
        let severity = self.severity(severity).filter(|_| !incident.private);
        severity
            .map(|severity| severity.page_teams.as_slice())
            .unwrap_or_default()
    }

    /// Keys of the severities, the worst first.
    pub fn severity_keys(&self) -> Vec<String> {
        self.severities.iter().map(|severity| severity.key.clone()).collect()
    }

    /// What people read for a severity; the key itself for one that was removed from the settings since.
    pub fn severity_label<'a>(&'a self, key: &'a str) -> &'a str {
        self.severity(key).map_or(key, |severity| &severity.label)
    }

    /// The square of a severity; a white one for one that was removed from the settings since.
    pub fn severity_emoji(&self, key: &str) -> &str {
        self.severity(key).map_or("⬜", |severity| &severity.emoji)
    }

    /// The status with this key.
    pub fn status(&self, key: &str) -> Option<&Status> {
        self.statuses.iter().find(|status| status.key == key)
    }

    /// What people read for a status; the key itself for one that was removed from the settings since.
    pub fn status_label<'a>(&'a self, key: &'a str) -> &'a str {
        self.status(key).map_or(key, |status| &status.label)
    }

    /// The role with this key.
    pub fn role(&self, key: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.key == key)
    }

    /// What people read for a role; the key itself for one that was removed from the settings since.
    pub fn role_label<'a>(&'a self, key: &'a str) -> &'a str {
        self.role(key).map_or(key, |role| &role.label)
    }

    /// Whether people are reminded to send updates of an incident of this severity.
    pub fn has_reminders(&self, severity: &str) -> bool {
        self.severity(severity).is_some_and(|severity| severity.reminders)
    }

    /// Whether an incident in this status is over.
    pub fn is_resolved(&self, status: &str) -> bool {
        self.status(status).is_some_and(|status| status.resolved)
    }

    /// The roles that have to be held before `incident` can be resolved and that nobody holds.
    pub fn missing_to_resolve(&self, incident: &Incident) -> Vec<&Role> {
        let missing = |role: &&Role| role.needed_to_resolve && incident.active_holder(&role.key).is_none();
        self.roles.iter().filter(missing).collect()
    }

    /// The status that a new incident has.
    pub fn first_status(&self) -> &str {
        self.statuses.first().map_or("investigating", |status| &status.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_removed_still_has_a_name() {
        let settings = Settings::default();
        assert_eq!(settings.severity_label("p0"), "p0");
        assert_eq!(settings.severity_emoji("p0"), "⬜");
        assert_eq!(settings.status_label("parked"), "parked");
    }

    #[test]
    fn a_missing_row_is_the_default() {
        let settings: Settings = serde_json::from_str(r#"{"time_zone":"Europe/Berlin"}"#).unwrap();
        assert_eq!(settings.time_zone, chrono_tz::Europe::Berlin);
        assert_eq!(settings.severities.len(), 4);
    }
}
