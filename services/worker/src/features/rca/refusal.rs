//! What Confluence's errors mean for the job, and for people.

use confluence::Error;

use crate::failure::Failure;

/// As a failure of a job.
pub(super) fn failure(error: Error) -> Failure {
    let vendor = "Confluence";
    match error {
        Error::Call(http_client::Error::NotFound) => Failure::Never(
            "Confluence says that the space or the page is not there, or that we may not write there. Please check the \
             account's permissions."
                .to_owned(),
        ),
        Error::Call(error) => Failure::Vendor { vendor, error },
        Error::TooLarge => Failure::Never(
            "It is larger than Confluence takes. `/incident rca` in the channel has it as a file.".to_owned(),
        ),
        // The next run reads what they have written.
        error @ (Error::Conflict | Error::TitleTaken) => Failure::Vendor {
            vendor,
            error: http_client::Error::Transient(error.to_string()),
        },
    }
}
