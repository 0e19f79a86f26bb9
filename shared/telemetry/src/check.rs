//! The checks of what a service needs: for its readiness, and for the command `check`.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::json;

/// One thing that a service needs to be of use.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Check {
    /// What is needed, one word: `database`, `socket`, `queues`.
    pub name: &'static str,
    /// Why it is not there, in words that may be shown to anybody.
    pub fault: Option<String>,
    /// What is worth knowing although it is there.
    pub note: Option<String>,
}

impl Check {
    /// It is there.
    pub fn ok(name: &'static str) -> Self {
        Self {
            name,
            fault: None,
            note: None,
        }
    }

    /// It is there, or this is why not.
    pub fn of(name: &'static str, there: Result<(), impl std::fmt::Display>) -> Self {
        match there {
            Ok(()) => Self::ok(name),
            Err(reason) => Self::failed(name, reason.to_string()),
        }
    }

    /// The same for several.
    pub fn all(checked: Vec<(&'static str, Result<(), String>)>) -> Vec<Self> {
        checked.into_iter().map(|(name, there)| Self::of(name, there)).collect()
    }

    /// It is not there, and why.
    pub fn failed(name: &'static str, fault: impl Into<String>) -> Self {
        Self {
            name,
            fault: Some(fault.into()),
            note: None,
        }
    }

    /// It is there, or this is worth knowing: less works without it.
    pub fn warned(name: &'static str, there: Result<(), impl std::fmt::Display>) -> Self {
        match there {
            Ok(()) => Self::ok(name),
            Err(reason) => Self::noted(name, reason.to_string()),
        }
    }

    /// It is there, and this is worth knowing.
    pub fn noted(name: &'static str, note: impl Into<String>) -> Self {
        Self {
            note: Some(note.into()),
            ..Self::ok(name)
        }
    }
}

/// Writes what `<service> check` found, as text or, with `--json` among the arguments, as JSON. The code is that of a failure
/// where anything that is needed is not there.
///
/// # Errors
/// When `out` cannot be written.
pub fn report(service: &str, checks: &[Check], arguments: &[String], out: &mut impl Write) -> io::Result<ExitCode> {
    let well = checks.iter().all(|check| check.fault.is_none());
    if arguments.iter().any(|argument| argument == "--json") {
        let one = |check: &Check| {
            json!({
                "name": check.name,
                "ok": check.fault.is_none(),
                "detail": check.fault.as_ref().or(check.note.as_ref()),
            })
        };
        let checks: Vec<_> = checks.iter().map(one).collect();
        writeln!(out, "{}", json!({ "service": service, "ok": well, "checks": checks }))?;
    } else {
        for Check { name, fault, note } in checks {
            match (fault, note) {
                (Some(fault), _) => writeln!(out, "FAILED   {name}: {fault}")?,
                (None, Some(note)) => writeln!(out, "warning  {name}: {note}")?,
                (None, None) => writeln!(out, "ok       {name}")?,
            }
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(checks: &[Check], arguments: &[&str]) -> (String, ExitCode) {
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let mut out = Vec::new();
        let code = report("worker", checks, &arguments, &mut out).unwrap();
        (String::from_utf8(out).unwrap(), code)
    }

    #[test]
    fn what_is_missing_fails_and_what_is_worth_knowing_does_not() {
        let well = [Check::ok("database"), Check::noted("pagerduty", "it is off")];
        let (text, code) = said(&well, &[]);
        assert_eq!(text, "ok       database\nwarning  pagerduty: it is off\n");
        assert_eq!(code, ExitCode::SUCCESS);
        let broken = [Check::failed("token", "Slack rejected it"), Check::ok("database")];
        let (text, code) = said(&broken, &[]);
        assert_eq!(text, "FAILED   token: Slack rejected it\nok       database\n");
        assert_eq!(code, ExitCode::FAILURE);
        let (json, code) = said(&broken, &["--json"]);
        assert_eq!(
            json.trim_end(),
            r#"{"checks":[{"detail":"Slack rejected it","name":"token","ok":false},{"detail":null,"name":"database","ok":true}],"ok":false,"service":"worker"}"#
        );
        assert_eq!(code, ExitCode::FAILURE);
    }
}
