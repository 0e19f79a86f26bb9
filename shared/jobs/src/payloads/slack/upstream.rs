//! What is wrong upstream.

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use super::laned;
use queue::NewJob;

/// Shows in the channel of an incident what is wrong upstream, or draws that message anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowUpstream {
    /// Of this incident.
    pub incident: IncidentId,
}

impl ShowUpstream {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "upstream")
    }
}
