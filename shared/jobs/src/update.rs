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
    /// The revision of the incident that came of it.
    pub revision: i64,
    /// What is hit; may be empty.
    pub resources: String,
    /// Where the incident stands.
    pub message: String,
    /// Name of who sent it.
    pub sender: String,
    /// When.
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
