//! How a process ends.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

/// Says why a service could not start or go on, in one sentence, and gives the code that its process ends with.
///
/// The sentence is a line of the log; before the log is set up, it goes to standard error.
pub fn exit_code(service: &str, ended: Result<(), impl Display>) -> ExitCode {
    let Err(error) = ended else {
        return ExitCode::SUCCESS;
    };
    if tracing::dispatcher::has_been_set() {
        tracing::error!("{service} ends: {error}");
    } else {
        // Nobody is left to be told that this failed.
        let _ = writeln!(std::io::stderr(), "{service} cannot start: {error}");
    }
    ExitCode::FAILURE
}
