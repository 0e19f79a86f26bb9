//! Updates.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use serde::{Deserialize, Serialize};

use crate::{DAY, job};

/// Posts an update in the digest channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostUpdate {
    /// Of this incident.
    pub incident: IncidentId,
    /// The revision of the incident after the update.
    pub revision: i64,
    /// Affected resources; may be empty.
    pub resources: String,
    /// The text of the update.
    pub message: String,
    /// Name of the sender.
    pub sender: String,
    /// When it was sent.
    pub at: DateTime<Utc>,
}

job!(PostUpdate {
    kind: "slack.post_update",
    queue: SLACK,
    priority: STATUS,
    horizon: DAY,
    subject: incident,
    lane: |job| format!("{}/update", job.incident),
});
