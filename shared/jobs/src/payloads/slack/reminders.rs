//! Reminders of the next update.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use serde::{Deserialize, Serialize};

use super::laned;
use queue::NewJob;

/// Reminds people of the next update of an incident, when it is due; it comes again for the one after that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remind {
    /// Of this incident.
    pub incident: IncidentId,
}

impl Remind {
    /// The job for the reminder at `moment`. Of several that wait one is left, with the earliest moment of them: when it
    /// runs, it looks when the reminder is due now.
    pub fn at(self, moment: DateTime<Utc>) -> NewJob {
        laned(&self, self.incident, "reminder").at(moment)
    }
}
