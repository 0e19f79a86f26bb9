//! What Statuspage says.

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use super::laned;
use queue::NewJob;

/// Posts the message that shows what Statuspage says of an incident, or draws it anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawStatuspage {
    /// Of this incident.
    pub incident: IncidentId,
}

impl DrawStatuspage {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "statuspage")
    }
}

/// Asks whether Statuspage is resolved too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskStatuspage {
    /// What is asked.
    pub question: uuid::Uuid,
}
