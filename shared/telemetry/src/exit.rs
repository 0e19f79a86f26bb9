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
