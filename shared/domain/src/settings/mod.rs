//! What a company can change without a restart: severities, statuses, time zone, links.
//!
//! Each setting is a row of its own in the database. A row that is missing has its default; a row that does not pass
//! [`Settings::validate`] is never written.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

mod defaults;
mod validate;

pub use validate::{InvalidSetting, MAX_TOPIC};

use crate::Incident;
use crate::statuspage::OnResolve;

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

/// All settings, as they are now.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The company's time zone: channel names and documents are written in it.
    pub time_zone: Tz,
    /// From worst to mildest.
    pub severities: Vec<Severity>,
    /// Key of the severity that a new incident has unless somebody chooses another.
    pub default_severity: String,
    /// In the order in which an incident usually goes through them.
    pub statuses: Vec<Status>,
    /// Topic of every incident channel; empty for none.
    pub channel_topic: String,
    /// The company's guide to incidents.
    pub guide_link: Option<String>,
    /// Where the company keeps its postmortems.
    pub postmortems_link: Option<String>,
    /// The room in which people talk during an incident.
    pub meeting_link: Option<String>,
    /// What people do in an incident, in the order in which they are shown.
    pub roles: Vec<Role>,
    /// Whether resolving makes a channel in which the causes are looked into.
    pub rca_channel: bool,
    /// How many days after resolving the channel is archived; `None` for never.
    pub archive_after_days: Option<u32>,
    /// Whether updates are posted in the thread of the incident's post in the digest, or on their own.
    pub updates_in_thread: bool,
    /// Minutes after the declaration until the first update is reminded of.
    pub first_update_minutes: u32,
    /// Minutes from one update, or reminder, to the next reminder.
    pub update_every_minutes: u32,
    /// Keys of the roles that reminders ping: the first of them that somebody holds.
    pub reminder_roles: Vec<String>,
    /// Whether reminders ping `@here` where nobody holds one of [`Self::reminder_roles`].
    pub reminder_here: bool,
    /// Minutes until the declarer is told that nobody has taken a role; 0 for never.
    pub nudge_after_minutes: u32,
    /// Days after which an open incident counts as forgotten; 0 for never.
    pub stale_after_days: u32,
    /// Days between two posts that list the forgotten ones.
    pub stale_every_days: u32,
    /// How many messages of people in the digest channel, while nothing is open, bring a hint; 0 for never.
    pub chatter_messages: u32,
    /// Whether the digest shows that a private incident exists.
    pub private_in_digest: bool,
    /// Handles or ids of user groups that are invited to the channel of every incident.
    pub invite_groups: Vec<String>,
    /// Name of the emoji that declares an incident from a message, without colons; `None` for none.
    pub declare_emoji: Option<String>,
    /// Name of the emoji that pins a message to an incident, without colons.
    pub pin_emoji: String,
    /// Whose status is looked at during an incident: names and addresses that [`crate::upstream::check`] takes.
    pub providers: Vec<String>,
    /// Handles or ids of the user groups whose people may publish on Statuspage; empty for everybody.
    pub statuspage_groups: Vec<String>,
    /// What happens on Statuspage when an incident is resolved.
    pub statuspage_on_resolve: OnResolve,
    /// What becomes of the pages in PagerDuty when the incident is resolved.
    pub resolve_pages: ResolvePages,
    /// Whether updates are added as notes to the pages in PagerDuty.
    pub page_notes: bool,
    /// Minutes until the channel is told that nobody has acknowledged a page; 0 for never.
    pub page_unacknowledged_minutes: u32,
    /// Whether guests of the workspace may see and do what full members may.
    pub guests_may_act: bool,
    /// Whether people of other workspaces, who share a channel with this one, may.
    pub outsiders_may_act: bool,
    /// The page of an RCA document in Confluence's storage format, with placeholders.
    pub rca_template: String,
    /// The settings whose rows cannot be read. They have their defaults, but where that would let people see or do more.
    #[serde(skip)]
    pub unreadable: Vec<String>,
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
        let warning = |key: &String| {
            let consequence = match key.as_str() {
                "statuspage_groups" => "nobody may publish on Statuspage",
                "private_in_digest" => "private incidents are not shown in the digest",
                "severities" => "severities use their defaults, and no team is paged automatically",
                _ => "its default applies",
            };
            format!("The setting {key} can't be read, so {consequence}. Correct it; the change applies immediately.")
        };
        self.unreadable.iter().map(warning).collect()
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
