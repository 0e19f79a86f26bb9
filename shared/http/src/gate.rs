//! Limits of a vendor that several processes obey together.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

/// Is asked before each call, and told of each limit that a call ran into.
#[async_trait]
pub trait Gate: fmt::Debug + Send + Sync {
    /// How long no call may be made; `None` when one may go out now. It may wait a moment itself.
    async fn wait(&self) -> Option<Duration>;

    /// The vendor said that nothing may be asked of it for this long.
    async fn limited(&self, wait: Duration);
}
