//! What the command `check` says.

use std::io::{self, Write};
use std::process::ExitCode;

pub use domain::checks::Check;
use serde_json::json;

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
