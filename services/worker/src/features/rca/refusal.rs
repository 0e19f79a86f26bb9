//! What Confluence's errors mean for the job, and for people.

use confluence::Error;
use domain::text::capitalized;
use queue::JobContext;

use crate::failure::Failure;

const VENDOR: &str = "Confluence";

/// How often what looks final is asked for again, before it is acted upon.
const ATTEMPTS: u32 = 3;

/// Asks again what may be over in a moment, such as a page that is not shown; nothing once it has been asked often enough.
pub(super) fn once_more(context: &JobContext, what: &str) -> Result<(), Failure> {
    if context.attempt() >= ATTEMPTS {
        return Ok(());
    }
    Err(Failure::Vendor {
        vendor: VENDOR,
        error: http_client::Error::Transient(what.to_owned()),
    })
}

/// Lets the document do without a call that was refused, once it has been asked for often enough; one that may work later is
/// tried again.
pub(super) fn dispensable(context: &JobContext, error: Error, what: &str) -> Result<(), Failure> {
    match error {
        Error::Call(error) if error.is_transient() || matches!(error, http_client::Error::RateLimited(_)) => {
            Err(failure(Error::Call(error)))
        }
        error => {
            once_more(context, what)?;
            tracing::warn!(%error, "Confluence: {what}");
            Ok(())
        }
    }
}

/// As a failure of a job.
pub(super) fn failure(error: Error) -> Failure {
    let vendor = VENDOR;
    match error {
        Error::Call(http_client::Error::NotFound) => Failure::Never(
            "Confluence can't find the space or the page, or our account may not write there. Check the \
             account's permissions."
                .to_owned(),
        ),
        // No permission would help.
        error @ Error::NotCloud => Failure::Never(format!("{}.", capitalized(&error.to_string()))),
        Error::Call(error) => Failure::Vendor { vendor, error },
        Error::TooLarge => Failure::Never(
            "The document is larger than Confluence accepts. `/incident rca` in the channel exports it as a \
             file."
                .to_owned(),
        ),
        // The next run reads what they have written.
        error @ (Error::Conflict | Error::TitleTaken) => Failure::Vendor {
            vendor,
            error: http_client::Error::Transient(error.to_string()),
        },
    }
}
