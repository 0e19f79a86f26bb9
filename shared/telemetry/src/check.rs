//! What the command `check` says.

use std::io::{self, Write};
use std::process::ExitCode;

pub use domain::checks::{Check, Level};
use serde_json::json;

/// Writes what `<service> check` found, as text or, with `--json` among the arguments, as JSON. The code is that of a failure
/// where anything that is needed is not there.
///
/// # Errors
/// When `out` cannot be written.
pub fn report(service: &str, checks: &[Check], arguments: &[String], out: &mut impl Write) -> io::Result<ExitCode> {
    let worst = checks.iter().map(Check::level).max().unwrap_or(Level::Ok);
    let well = worst < Level::Failed;
    if arguments.iter().any(|argument| argument == "--json") {
        let one = |check: &Check| {
            json!({
                "name": check.name,
                "ok": check.level() < Level::Failed,
                "level": check.level().as_str(),
                "detail": check.detail(),
                "effect": check.effect(),
            })
        };
        let checks: Vec<_> = checks.iter().map(one).collect();
        let report = json!({ "service": service, "ok": well, "level": worst.as_str(), "checks": checks });
        writeln!(out, "{report}")?;
    } else {
        for check in checks {
            let level = match check.level() {
                Level::Ok => "ok",
                Level::Warning => "warning",
                Level::Failed => "FAILED",
            };
            write!(out, "{level:<8} {}", check.name)?;
            if let Some(detail) = check.detail() {
                write!(out, ": {detail}")?;
                if let Some(effect) = check.effect() {
                    let stop = if detail.ends_with('.') { "" } else { "." };
                    write!(out, "{stop} {effect}")?;
                }
            }
            writeln!(out)?;
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
        let broken = [
            Check::failed("bot token", "Slack rejected it"),
            Check::noted("pagerduty", "it is off"),
            Check::failed("schema", "It is old."),
        ];
        let (text, code) = said(&broken, &[]);
        assert_eq!(
            text,
            "FAILED   bot token: Slack rejected it. Nothing is sent to Slack.\n\
             warning  pagerduty: it is off\n\
             FAILED   schema: It is old. This service can't do any work.\n"
        );
        assert_eq!(code, ExitCode::FAILURE);
        let (report, code) = said(&broken[..2], &["--json"]);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&report).unwrap(),
            json!({
                "service": "worker",
                "ok": false,
                "level": "failed",
                "checks": [
                    {
                        "name": "bot token",
                        "ok": false,
                        "level": "failed",
                        "detail": "Slack rejected it",
                        "effect": "Nothing is sent to Slack."
                    },
                    { "name": "pagerduty", "ok": true, "level": "warning", "detail": "it is off", "effect": null },
                ],
            })
        );
        assert_eq!(code, ExitCode::FAILURE);
        let (report, code) = said(&well, &["--json"]);
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!((&report["ok"], &report["level"]), (&json!(true), &json!("warning")));
        assert_eq!(report["checks"][0]["level"], "ok");
        assert_eq!(code, ExitCode::SUCCESS);
    }
}
