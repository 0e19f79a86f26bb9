//! Which settings can be worked with.

use thiserror::Error;

use super::Settings;
use crate::rca;
use crate::upstream;

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
    /// Whether these settings can be worked with.
    pub fn validate(&self) -> Result<(), InvalidSetting> {
        self.check_words()?;
        self.check_severities()?;
        self.check_times()?;
        self.check_emoji()?;
        self.check_providers()?;
        self.check_links()?;
        if self.statuspage_groups.iter().any(|group| group.trim().is_empty()) {
            return refuse("statuspage_groups", "each needs a handle or an id".to_owned());
        }
        if let Err(invalid) = rca::check_template(&self.rca_template) {
            return refuse("rca_template", invalid.to_string());
        }
        if self.channel_topic.chars().count() > MAX_TOPIC {
            return refuse("channel_topic", format!("Slack accepts at most {MAX_TOPIC} characters"));
        }
        Ok(())
    }

    /// What people choose from: severities, statuses, roles.
    fn check_words(&self) -> Result<(), InvalidSetting> {
        if let Err(reason) = distinct(self.severities.iter().map(|severity| (&severity.key, &severity.label))) {
            return refuse("severities", reason);
        }
        if self.severity(&self.default_severity).is_none() {
            return refuse(
                "default_severity",
                format!("“{}” is not one of the severities", self.default_severity),
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
        // None at all is fine: some companies work without.
        if !self.roles.is_empty()
            && let Err(reason) = distinct(self.roles.iter().map(|role| (&role.key, &role.label)))
        {
            return refuse("roles", reason);
        }
        Ok(())
    }

    fn check_severities(&self) -> Result<(), InvalidSetting> {
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
        Ok(())
    }

    fn check_times(&self) -> Result<(), InvalidSetting> {
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
        Ok(())
    }

    fn check_emoji(&self) -> Result<(), InvalidSetting> {
        for (setting, emoji) in [
            ("pin_emoji", Some(&self.pin_emoji)),
            ("declare_emoji", self.declare_emoji.as_ref()),
        ] {
            if let Some(emoji) = emoji
                && (emoji.is_empty() || emoji.chars().any(|c| c.is_whitespace() || c == ':'))
            {
                return refuse(
                    setting,
                    format!("“{emoji}” is not the name of an emoji; leave out the colons"),
                );
            }
        }
        Ok(())
    }

    fn check_providers(&self) -> Result<(), InvalidSetting> {
        match upstream::check_all(&self.providers) {
            Ok(()) => Ok(()),
            Err(reason) => refuse("providers", reason),
        }
    }

    fn check_links(&self) -> Result<(), InvalidSetting> {
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
                return refuse(setting, format!("“{link}” is not a web address"));
            }
        }
        Ok(())
    }
}

fn refuse(setting: &'static str, reason: String) -> Result<(), InvalidSetting> {
    Err(InvalidSetting { setting, reason })
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
            return Err(format!("“{label}” is listed twice"));
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

    /// `make run` writes these into the database of the sandbox, where what does not fit would silently be left out.
    #[test]
    fn the_settings_of_the_sandbox_are_valid() {
        let json = include_str!("../../../../deploy/local/sandbox-settings.json");
        let settings: Settings = serde_json::from_str(json).unwrap();
        assert_eq!(settings.validate(), Ok(()));
        let keys = |settings: &Settings| {
            settings
                .severities
                .iter()
                .map(|one| one.key.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(&settings), keys(&Settings::default()));
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
}
