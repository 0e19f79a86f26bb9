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
    #[error("its answer is not understood: {0}")]
    Format(String),
    /// It cannot be asked.
    #[error("{0}")]
    Config(String),
}

impl Error {
    /// How long not to ask again, where the provider said so.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Call(http_client::Error::RateLimited(after)) => Some(*after),
            _ => None,
        }
    }

    /// Whether asking again soon may help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Call(error) if error.is_transient())
    }
}
