//! Why a feed could not be read.

use std::time::Duration;

use thiserror::Error;

/// Why a feed could not be read; people read it too.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// The call did not work.
    #[error(transparent)]
    Call(#[from] http_client::Error),
    /// What came is no such feed.
    #[error("its answer could not be parsed: {0}")]
    Format(String),
    /// It cannot be asked.
    #[error("{0}")]
    Config(String),
    /// The page that an admin named could not be read. Why is for the log: an admin of the console must not be able to find
    /// out by it what answers at which address.
    #[error("it could not be read")]
    Hidden(Box<Self>),
}

impl Error {
    /// The same without why.
    pub(crate) fn hidden(self) -> Self {
        match self {
            // It was never asked.
            Self::Config(_) => self,
            error => Self::Hidden(Box::new(error)),
        }
    }

    /// Why, for the log.
    pub fn cause(&self) -> &Self {
        match self {
            Self::Hidden(cause) => cause,
            error => error,
        }
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self.cause(), Self::Call(http_client::Error::NotFound))
    }

    /// How long not to ask again, where the provider said so.
    pub fn wait(&self) -> Option<Duration> {
        match self.cause() {
            Self::Call(http_client::Error::RateLimited(after)) => Some(*after),
            _ => None,
        }
    }

    /// Whether asking again soon may help.
    pub fn is_transient(&self) -> bool {
        matches!(self.cause(), Self::Call(error) if error.is_transient())
    }
}
