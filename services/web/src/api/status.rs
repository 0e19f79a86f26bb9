//! What callers are told when something cannot be done: plain sentences, never the text of an inner error.

use tonic::Status;

/// The database failed.
pub(crate) fn database(error: &store::Error) -> Status {
    tracing::error!(%error, "a call failed in the database");
    match error {
        store::Error::Io(_) | store::Error::Tls(_) | store::Error::PoolTimedOut | store::Error::PoolClosed => {
            Status::unavailable("The database cannot be reached at the moment. Please try again.")
        }
        // The server went away, or is coming up.
        store::Error::Database(inner) if inner.code().is_some_and(|code| code.starts_with("57P")) => {
            Status::unavailable("The database cannot be reached at the moment. Please try again.")
        }
        _ => internal(),
    }
}

/// Something that should not happen, and was logged.
pub(crate) fn internal() -> Status {
    Status::internal("Something went wrong on our side; it was logged. Please try again.")
}

/// There is none, or the caller may not see it; the two are not told apart.
pub(crate) fn no_incident() -> Status {
    Status::not_found("There is no such incident.")
}
