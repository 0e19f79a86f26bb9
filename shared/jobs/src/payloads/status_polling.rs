//! Jobs of the queue `status-polling`: reading what providers say about their own status.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use queue::{Job, NewJob, Priority, Queue};

use crate::{priorities, queues};

/// What is older than the next look is not worth trying.
const HORIZON: Duration = Duration::from_mins(10);

/// Every kind of this queue; a test of the worker compares them with its handlers.
pub const KINDS: &[&str] = &[PollProviders::KIND, PollProvider::KIND];

/// Has every provider of the settings looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollProviders {}

impl Job for PollProviders {
    const KIND: &'static str = "status_polling.poll_providers";
    const QUEUE: Queue = queues::STATUS_POLLING;
    const PRIORITY: Priority = priorities::HOUSEKEEPING;
    const HORIZON: Duration = HORIZON;
}

impl PollProviders {
    /// The job; of several that wait one is left.
    pub fn job() -> NewJob {
        NewJob::new(&Self {}).coalesce("providers")
    }
}

/// Looks at the status of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollProvider {
    /// As in the setting: a name, or the address of a page.
    pub provider: String,
}

impl Job for PollProvider {
    const KIND: &'static str = "status_polling.poll_provider";
    const QUEUE: Queue = queues::STATUS_POLLING;
    const PRIORITY: Priority = priorities::NOTICE;
    const HORIZON: Duration = HORIZON;
}

impl PollProvider {
    /// The job; of several that wait one is left, and one replica at a time does it.
    pub fn job(provider: &str) -> NewJob {
        let key = format!("upstream/{provider}");
        NewJob::new(&Self {
            provider: provider.to_owned(),
        })
        .coalesce(key.clone())
        .lane(key)
    }
}
