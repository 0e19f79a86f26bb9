//! Reminders of the next update.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use queue::NewJob;
use serde::{Deserialize, Serialize};

use crate::{WEEK, job};

/// Posts a reminder when the next update of an incident is due, and schedules the one after it.
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
    /// The job for the reminder at `moment`. Of several that wait one is kept, with the earliest moment: when it runs, it
    /// computes again when the reminder is due.
    pub fn at(&self, moment: DateTime<Utc>) -> NewJob {
        self.job().at(moment)
    }
}
