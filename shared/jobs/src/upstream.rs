//! Outages of upstream providers.

use domain::IncidentId;
use queue::NewJob;
use serde::{Deserialize, Serialize};

use crate::{DAY, LOOK, job};

/// Posts the message about upstream outages in an incident's channel, or re-renders it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowUpstream {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(ShowUpstream {
    kind: "slack.show_upstream",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
    serial: |job| format!("{}/upstream", job.incident),
});

/// Enqueues a poll of every provider in the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollProviders {}

job!(PollProviders {
    kind: "status_polling.poll_providers",
    queue: STATUS_POLLING,
    priority: HOUSEKEEPING,
    horizon: LOOK,
    subject: none,
    coalesce: |_| "providers".to_owned(),
});

/// Polls the status of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollProvider {
    /// As in the setting: a name, or the address of a page.
    pub provider: String,
}

job!(PollProvider {
    kind: "status_polling.poll_provider",
    queue: STATUS_POLLING,
    priority: NOTICE,
    horizon: LOOK,
    subject: none,
    serial: |job| format!("upstream/{}", job.provider),
});

impl PollProvider {
    /// The job for this provider.
    pub fn of(provider: &str) -> NewJob {
        let provider = provider.to_owned();
        Self { provider }.job()
    }
}
