//! Updates.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use serde::{Deserialize, Serialize};

use queue::NewJob;

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

impl PostUpdate {
    /// The job; the updates of an incident are posted in the order in which they were sent.
    pub fn job(&self) -> NewJob {
        NewJob::new(self).lane(format!("{}/update", self.incident))
    }
}
