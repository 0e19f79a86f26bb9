//! Reminders of the next update.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use queue::NewJob;
use serde::{Deserialize, Serialize};

use crate::{WEEK, job};

/// Reminds people of the next update of an incident, when it is due; it comes again for the one after that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remind {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(Remind {
    kind: "slack.remind",
    queue: SLACK,
    priority: NOTICE,
    horizon: WEEK,
    subject: incident,
    serial: |job| format!("{}/reminder", job.incident),
});

impl Remind {
    /// The job for the reminder at `moment`. Of several that wait one is left, with the earliest moment of them: when it
    /// runs, it looks when the reminder is due now.
    pub fn at(&self, moment: DateTime<Utc>) -> NewJob {
        self.job().at(moment)
    }
}
