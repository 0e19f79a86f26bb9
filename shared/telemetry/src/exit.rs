//! How a process ends.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

/// A service was told to do what it does not know.
#[derive(Debug, thiserror::Error)]
#[error("there is no command “{given}”: leave it out to run the service, or use one of {known}.")]
pub struct UnknownCommand {
    given: String,
    known: String,
}

impl UnknownCommand {
    /// With all that there are.
    pub fn new(given: &str, known: &[&str]) -> Self {
        Self {
            given: given.to_owned(),
            known: known.join(", "),
        }
    }
}

/// A command was given what it does not take.
#[derive(Debug, thiserror::Error)]
#[error("`{command}` does not take “{given}”: leave it out{instead}.")]
pub struct UnknownArgument {
    command: String,
    given: String,
    instead: String,
}

/// Looks through `arguments`, a command and what is given to it, for what the command does not take.
///
/// # Errors
/// With the first of them.
pub fn check_arguments(arguments: &[String], known: &[&str]) -> Result<(), UnknownArgument> {
    let [command, given @ ..] = arguments else {
        return Ok(());
    };
    let Some(unknown) = given.iter().find(|argument| !known.contains(&argument.as_str())) else {
        return Ok(());
    };
    let instead = match known {
        [] => String::new(),
        known => format!(", or use {}", known.join(" or ")),
    };
    Err(UnknownArgument {
        command: command.clone(),
        given: unknown.clone(),
        instead,
    })
}

/// Gives the code that a process ends with. Where a service could not start or go on, says why, in one sentence.
///
/// The sentence is a line of the log; before the log is set up, it goes to standard error.
pub fn exit_code(service: &str, ended: Result<ExitCode, impl Display>) -> ExitCode {
    let error = match ended {
        Ok(code) => return code,
        Err(error) => error,
    };
    if tracing::dispatcher::has_been_set() {
        tracing::error!("{service} stopped: {error}");
    } else {
        // Nobody is left to be told that this failed.
        let _ = writeln!(std::io::stderr(), "{service} cannot start: {error}");
    }
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_does_not_take_is_refused() {
        let check = |given: &[&str], known: &[&str]| {
            let given: Vec<_> = given.iter().map(|&argument| argument.to_owned()).collect();
            check_arguments(&given, known).map_err(|error| error.to_string())
        };
        assert_eq!(check(&["check", "--json"], &["--json"]), Ok(()));
        assert_eq!(check(&[], &[]), Ok(()));
        assert_eq!(
            check(&["check", "--json", "--foo"], &["--json"]).unwrap_err(),
            "`check` does not take “--foo”: leave it out, or use --json."
        );
        assert_eq!(
            check(&["migrate", "extra"], &[]).unwrap_err(),
            "`migrate` does not take “extra”: leave it out."
        );
    }
}
