//! What a company can change without a restart: severities, statuses, time zone, links.
//!
//! Each setting is a row of its own in the database. A row that is missing has the default given here; a row that does
//! not pass [`Settings::validate`] is never written.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Slack's limit of a channel's topic, in characters.
pub const MAX_TOPIC: usize = 250;
/// Slack's limit of a link behind a button, in characters.
const MAX_LINK: usize = 3_000;

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
}

impl Default for Settings {
    fn default() -> Self {
        let severity = |key: &str, label: &str, emoji: &str, description: &str| Severity {
            key: key.to_owned(),
            label: label.to_owned(),
            description: description.to_owned(),
            emoji: emoji.to_owned(),
        };
        let status = |key: &str, label: &str, resolved| Status {
            key: key.to_owned(),
            label: label.to_owned(),
            resolved,
        };
        Self {
            time_zone: Tz::UTC,
            severities: vec![
                severity("sev1", "SEV1", "🟥", "Most customers are hit, or data is at risk."),
                severity(
                    "sev2",
                    "SEV2",
                    "🟧",
                    "Many customers are hit, or something important does not work.",
                ),
                severity(
                    "sev3",
                    "SEV3",
                    "🟨",
                    "Some customers are hit, and there is a way around it.",
                ),
                severity(
                    "sev4",
                    "SEV4",
                    "🟦",
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
        }
    }
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

    /// The status that a new incident has.
    pub fn first_status(&self) -> &str {
        self.statuses.first().map_or("investigating", |status| &status.key)
    }

    /// Whether these settings can be worked with.
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
