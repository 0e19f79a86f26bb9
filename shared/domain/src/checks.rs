//! Checks of what a service needs to be of use: for its readiness, the command `check`, and the console.

use std::borrow::Cow;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::text::capitalized;
use crate::vendors;

/// One thing that a service needs to be of use.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Check {
    /// What is needed, in a word or two: `database`, `socket`, `bot token`.
    pub name: Cow<'static, str>,
    /// Why it is not there, in words that may be shown to anybody.
    pub fault: Option<String>,
    /// What is worth knowing although it is there.
    pub note: Option<String>,
}

/// What a check comes to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    /// It is there.
    Ok,
    /// It is there, with something worth knowing, or it is switched off.
    Warning,
    /// It is not there.
    Failed,
}

impl Level {
    /// As programs read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

impl Check {
    /// It is there.
    pub fn ok(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            fault: None,
            note: None,
        }
    }

    /// It is there, or this is why not.
    pub fn of(name: impl Into<Cow<'static, str>>, there: Result<(), impl Display>) -> Self {
        match there {
            Ok(()) => Self::ok(name),
            Err(reason) => Self::failed(name, reason.to_string()),
        }
    }

    /// It is not there, and why.
    pub fn failed(name: impl Into<Cow<'static, str>>, fault: impl Into<String>) -> Self {
        Self {
            fault: Some(fault.into()),
            ..Self::ok(name)
        }
    }

    /// It is there, or this is worth knowing: less works without it.
    pub fn warned(name: impl Into<Cow<'static, str>>, there: Result<(), impl Display>) -> Self {
        match there {
            Ok(()) => Self::ok(name),
            Err(reason) => Self::noted(name, reason.to_string()),
        }
    }

    /// It is there, and this is worth knowing.
    pub fn noted(name: impl Into<Cow<'static, str>>, note: impl Into<String>) -> Self {
        Self {
            note: Some(note.into()),
            ..Self::ok(name)
        }
    }

    /// What it comes to.
    pub fn level(&self) -> Level {
        match (&self.fault, &self.note) {
            (Some(_), _) => Level::Failed,
            (None, Some(_)) => Level::Warning,
            (None, None) => Level::Ok,
        }
    }

    /// What is wrong or worth knowing.
    pub fn detail(&self) -> Option<&str> {
        self.fault.as_deref().or(self.note.as_deref())
    }

    /// What people miss while it fails, where the fault does not say so itself.
    pub fn effect(&self) -> Option<String> {
        self.fault.as_ref()?;
        if let Some(vendor) = vendors::find(&self.name) {
            return Some(format!("{}.", capitalized(vendor.without)));
        }
        let effect = match &*self.name {
            "database" | "schema" => "This service can't do any work.",
            "clock" => "Times are wrong, and scheduled jobs run too early or too late.",
            "bot token" => "Nothing is sent to Slack.",
            "app-level token" | "socket" => "Commands and button presses in Slack don't arrive.",
            "digest channel" => "Incidents are not posted there.",
            "certificates" => "Calls to Slack and to vendors fail.",
            _ => return None,
        };
        Some(effect.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_fails_has_an_effect() {
        assert_eq!(Check::ok("pagerduty").effect(), None);
        assert_eq!(Check::noted("pagerduty", "off").effect(), None);
        assert_eq!(
            Check::failed("pagerduty", "it doesn't answer").effect().as_deref(),
            Some("Teams cannot be paged.")
        );
        assert_eq!(Check::failed("people", "nobody can sign in").effect(), None);
    }

    #[test]
    fn the_worst_level_is_the_highest() {
        let checks = [
            Check::ok("database"),
            Check::failed("bot token", "Slack rejected it"),
            Check::noted("console", "it is not linked"),
        ];
        let mut levels = checks.each_ref().map(Check::level);
        levels.sort();
        assert_eq!(levels.map(Level::as_str), ["ok", "warning", "failed"]);
        let details = checks.each_ref().map(Check::detail);
        assert_eq!(details, [None, Some("Slack rejected it"), Some("it is not linked")]);
    }

    #[test]
    fn a_check_is_read_as_it_was_written() {
        for check in [
            Check::ok("database"),
            Check::failed("bot token", "Slack rejected it"),
            Check::noted("console", "it is not linked"),
        ] {
            let written = serde_json::to_value(&check).unwrap();
            assert_eq!(serde_json::from_value::<Check>(written).unwrap(), check);
        }
    }
}
