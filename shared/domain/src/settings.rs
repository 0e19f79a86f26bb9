//! What a company can change without a restart: severities, statuses, time zone, links.
//!
//! Each setting is a row of its own in the database. A row that is missing has the default given here; a row that does
//! not pass [`Settings::validate`] is never written.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::statuspage::OnResolve;
use crate::upstream::{self, MAX_PROVIDERS};
use crate::{Incident, rca};

/// Slack's limit of a channel's topic, in characters.
pub const MAX_TOPIC: usize = 250;
/// Slack's limit of a link behind a button, in characters.
const MAX_LINK: usize = 3_000;
/// A day: nobody is reminded later than that.
const MAX_MINUTES: u32 = 24 * 60;
/// More would be called by nobody who thinks first.
const MAX_PAGE_TEAMS: usize = 10;
/// A year.
const MAX_DAYS: u32 = 366;

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
    /// The page of an RCA document in Confluence's storage format, with placeholders.
    pub rca_template: String,
}

impl Default for Settings {
    fn default() -> Self {
        let severity = |key: &str, label: &str, emoji: &str, reminders, description: &str| Severity {
            key: key.to_owned(),
            label: label.to_owned(),
            description: description.to_owned(),
            emoji: emoji.to_owned(),
            reminders,
            invite_groups: Vec::new(),
            page_teams: Vec::new(),
        };
        let status = |key: &str, label: &str, resolved| Status {
            key: key.to_owned(),
            label: label.to_owned(),
            resolved,
        };
        Self {
            time_zone: Tz::UTC,
            severities: vec![
                severity(
                    "sev1",
                    "SEV1",
                    "🟥",
                    true,
                    "Most customers are hit, or data is at risk.",
                ),
                severity(
                    "sev2",
                    "SEV2",
                    "🟧",
                    true,
                    "Many customers are hit, or something important does not work.",
                ),
                severity(
                    "sev3",
                    "SEV3",
                    "🟨",
                    false,
                    "Some customers are hit, and there is a way around it.",
                ),
                severity(
                    "sev4",
                    "SEV4",
                    "🟦",
                    false,
                    "Hardly anybody notices yet. Worth a look together.",
                ),
            ],
            default_severity: "sev4".to_owned(),
            statuses: vec![
                status("investigating", "Investigating", false),
                status("identified", "Identified", false),
                status("monitoring", "Monitoring", false),
                status("resolved", "Resolved", true),
            ],
            channel_topic: String::new(),
            guide_link: None,
            postmortems_link: None,
            meeting_link: None,
            roles: default_roles(),
            rca_channel: true,
            archive_after_days: None,
            updates_in_thread: true,
            first_update_minutes: 30,
            update_every_minutes: 25,
            reminder_roles: vec![COMMUNICATIONS_LIAISON.to_owned(), INCIDENT_COMMANDER.to_owned()],
            reminder_here: true,
            nudge_after_minutes: 10,
            stale_after_days: 7,
            stale_every_days: 2,
            chatter_messages: 3,
            private_in_digest: true,
            invite_groups: Vec::new(),
            declare_emoji: None,
            pin_emoji: "pushpin".to_owned(),
            providers: Vec::new(),
            statuspage_groups: Vec::new(),
            statuspage_on_resolve: OnResolve::default(),
            resolve_pages: ResolvePages::Ask,
            page_notes: true,
            page_unacknowledged_minutes: 5,
            rca_template: rca::DEFAULT_TEMPLATE.to_owned(),
        }
    }
}

/// Key of the role that leads; the digest shows who holds it.
pub const INCIDENT_COMMANDER: &str = "incident_commander";
/// Key of the role that looks for the cause.
pub const TECHNICAL_LEAD: &str = "technical_lead";
/// Key of the role that keeps everybody up to date.
pub const COMMUNICATIONS_LIAISON: &str = "communications_liaison";

fn default_roles() -> Vec<Role> {
    let role = |key: &str, label: &str, needed_to_resolve, description: &str, duties: [&str; 5]| Role {
        key: key.to_owned(),
        label: label.to_owned(),
        description: description.to_owned(),
        duties: duties.map(str::to_owned).to_vec(),
        needed_to_resolve,
    };
    vec![
        role(
            INCIDENT_COMMANDER,
            "Incident commander",
            true,
            "Leads: decides what is done next, and by whom.",
            [
                "Keep the whole picture: what is broken, who is hit, what is being tried.",
                "Hand out the work. Do not debug yourself; you would lose the overview.",
                "Decide when people disagree. A good decision now beats the best one later.",
                "Keep severity and status true; everybody else relies on them.",
                "Resolve it when it is over, and see to it that the causes are looked into.",
            ],
        ),
        role(
            TECHNICAL_LEAD,
            "Technical lead",
            true,
            "Finds the cause and gets it fixed.",
            [
                "Look for what changed: deploys, configuration, traffic, providers.",
                "Say in the channel what you think, what you try, and what came of it.",
                "Prefer undoing a change to explaining it; understanding can wait.",
                "Ask the commander for the people you need.",
                "Tell the commander when it is fixed, and how you know.",
            ],
        ),
        role(
            COMMUNICATIONS_LIAISON,
            "Communications liaison",
            false,
            "Keeps everybody who is not in the channel up to date.",
            [
                "Send an update when something changes, and when nothing does.",
                "Write for people who were not there: who is hit, what is done, what comes next.",
                "Keep support, sales and management off the commander's back.",
                "Give the time of the next update, and keep it.",
                "Say when it is over, and thank people for their patience.",
            ],
        ),
    ]
}

/// Why settings are refused; `setting` names the one that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{setting}: {reason}")]
pub struct InvalidSetting {
    /// The setting's key.
    pub setting: &'static str,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl Settings {
    /// The severity with this key.
    pub fn severity(&self, key: &str) -> Option<&Severity> {
        self.severities.iter().find(|severity| severity.key == key)
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
        let missing = |role: &&Role| role.needed_to_resolve && incident.holder(&role.key).is_none();
        self.roles.iter().filter(missing).collect()
    }

    /// The status that a new incident has.
    pub fn first_status(&self) -> &str {
        self.statuses.first().map_or("investigating", |status| &status.key)
    }

    /// Whether these settings can be worked with.
    #[expect(clippy::too_many_lines, reason = "a line or two for each setting")]
    pub fn validate(&self) -> Result<(), InvalidSetting> {
        let refuse = |setting, reason: String| Err(InvalidSetting { setting, reason });
        if let Err(reason) = distinct(self.severities.iter().map(|severity| (&severity.key, &severity.label))) {
            return refuse("severities", reason);
        }
        if self.severity(&self.default_severity).is_none() {
            return refuse(
                "default_severity",
                format!("“{}” is none of the severities", self.default_severity),
            );
        }
        if let Err(reason) = distinct(self.statuses.iter().map(|status| (&status.key, &status.label))) {
            return refuse("statuses", reason);
        }
        if self.statuses.first().is_none_or(|status| status.resolved)
            || !self.statuses.iter().any(|status| status.resolved)
        {
            return refuse(
                "statuses",
                "the first must be open and one of them must be resolved".to_owned(),
            );
        }
        for severity in &self.severities {
            if severity.page_teams.len() > MAX_PAGE_TEAMS {
                return refuse(
                    "severities",
                    format!("at most {MAX_PAGE_TEAMS} teams are paged by a severity"),
                );
            }
            if severity.page_teams.iter().any(|team| team.trim().is_empty()) {
                return refuse("severities", "a team to page needs a name".to_owned());
            }
        }
        // None at all is fine: some companies work without.
        if !self.roles.is_empty()
            && let Err(reason) = distinct(self.roles.iter().map(|role| (&role.key, &role.label)))
        {
            return refuse("roles", reason);
        }
        for (setting, minutes) in [
            ("first_update_minutes", self.first_update_minutes),
            ("update_every_minutes", self.update_every_minutes),
        ] {
            if !(1..=MAX_MINUTES).contains(&minutes) {
                return refuse(setting, format!("between 1 and {MAX_MINUTES} minutes"));
            }
        }
        for (setting, minutes) in [
            ("nudge_after_minutes", self.nudge_after_minutes),
            ("page_unacknowledged_minutes", self.page_unacknowledged_minutes),
        ] {
            if minutes > MAX_MINUTES {
                return refuse(setting, format!("at most {MAX_MINUTES} minutes"));
            }
        }
        for (setting, days) in [
            ("stale_after_days", self.stale_after_days),
            ("stale_every_days", self.stale_every_days),
            ("archive_after_days", self.archive_after_days.unwrap_or(0)),
        ] {
            if days > MAX_DAYS {
                return refuse(setting, format!("at most {MAX_DAYS} days"));
            }
        }
        if self.stale_every_days == 0 {
            return refuse("stale_every_days", "at least 1 day".to_owned());
        }
        for (setting, emoji) in [
            ("pin_emoji", Some(&self.pin_emoji)),
            ("declare_emoji", self.declare_emoji.as_ref()),
        ] {
            if let Some(emoji) = emoji
                && (emoji.is_empty() || emoji.chars().any(|c| c.is_whitespace() || c == ':'))
            {
                return refuse(
                    setting,
                    format!("“{emoji}” is no name of an emoji; leave the colons out"),
                );
            }
        }
        if self.providers.len() > MAX_PROVIDERS {
            return refuse("providers", format!("at most {MAX_PROVIDERS}"));
        }
        for (place, provider) in self.providers.iter().enumerate() {
            if let Err(reason) = upstream::check(provider) {
                return refuse("providers", reason);
            }
            if self.providers[..place].contains(provider) {
                return refuse("providers", format!("“{provider}” is there twice"));
            }
        }
        if self.statuspage_groups.iter().any(|group| group.trim().is_empty()) {
            return refuse("statuspage_groups", "each needs a handle or an id".to_owned());
        }
        if let Err(invalid) = rca::check_template(&self.rca_template) {
            return refuse("rca_template", invalid.to_string());
        }
        if self.channel_topic.chars().count() > MAX_TOPIC {
            return refuse("channel_topic", format!("Slack takes at most {MAX_TOPIC} characters"));
        }
        for (setting, link) in [
            ("guide_link", &self.guide_link),
            ("postmortems_link", &self.postmortems_link),
            ("meeting_link", &self.meeting_link),
        ] {
            if let Some(link) = link
                && (!(link.starts_with("https://") || link.starts_with("http://"))
                    || link.chars().any(|c| c.is_whitespace() || matches!(c, '<' | '>' | '|'))
                    || link.len() > MAX_LINK)
            {
                return refuse(setting, format!("“{link}” is no web address"));
            }
        }
        Ok(())
    }
}

/// Keys and labels must be there, short and distinct; Slack's selects take 100 options of 75 characters.
fn distinct<'a>(items: impl Iterator<Item = (&'a String, &'a String)>) -> Result<(), String> {
    let mut seen = Vec::new();
    for (key, label) in items {
        if key.is_empty() || key.len() > 75 || label.is_empty() || label.chars().count() > 40 {
            return Err(format!("“{label}” needs a key and a label of at most 40 characters"));
        }
        if seen
            .iter()
            .any(|(other_key, other_label)| *other_key == key || *other_label == label)
        {
            return Err(format!("“{label}” is there twice"));
        }
        seen.push((key, label));
    }
    if seen.is_empty() || seen.len() > 20 {
        return Err("between 1 and 20 are needed".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(Settings::default().validate(), Ok(()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.validate().unwrap_err().setting
        };
        assert_eq!(wrong(|s| s.default_severity = "sev9".into()), "default_severity");
        assert_eq!(wrong(|s| s.severities[1].key = "sev1".into()), "severities");
        assert_eq!(wrong(|s| s.severities.clear()), "severities");
        assert_eq!(wrong(|s| s.statuses[3].resolved = false), "statuses");
        assert_eq!(wrong(|s| s.statuses[0].resolved = true), "statuses");
        assert_eq!(wrong(|s| s.roles[1].key = "incident_commander".into()), "roles");
        assert_eq!(wrong(|s| s.update_every_minutes = 0), "update_every_minutes");
        assert_eq!(wrong(|s| s.stale_every_days = 0), "stale_every_days");
        assert_eq!(wrong(|s| s.severities[0].page_teams = vec![" ".into()]), "severities");
        assert_eq!(
            wrong(|s| s.page_unacknowledged_minutes = 9_999),
            "page_unacknowledged_minutes"
        );
        assert_eq!(wrong(|s| s.pin_emoji = ":pushpin:".into()), "pin_emoji");
        assert_eq!(wrong(|s| s.providers = vec!["gitlab".into()]), "providers");
        assert_eq!(wrong(|s| s.providers = vec!["aws".into(), "aws".into()]), "providers");
        assert_eq!(wrong(|s| s.statuspage_groups = vec![" ".into()]), "statuspage_groups");
        assert_eq!(wrong(|s| s.rca_template = "<p>".into()), "rca_template");
        assert_eq!(wrong(|s| s.channel_topic = "x".repeat(251)), "channel_topic");
        assert_eq!(
            wrong(|s| s.guide_link = Some("javascript:alert(1)".into())),
            "guide_link"
        );
        assert_eq!(wrong(|s| s.meeting_link = Some("https://a b".into())), "meeting_link");
    }

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
