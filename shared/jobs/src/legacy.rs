//! Incidents imported from incident-bot 0.8.2.

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use crate::{WEEK, job};

/// Takes over the channel of an open incident that was imported: our panel is posted and pinned, the one of 0.8.2 says so,
/// and the post in the digest channel is ours from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeOver {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(TakeOver {
    kind: "slack.take_over",
    queue: SLACK,
    priority: CHANNEL,
    horizon: WEEK,
    subject: incident,
    serial: |job| format!("{}/take_over", job.incident),
});
