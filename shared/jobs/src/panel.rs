//! The control panel.

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use crate::{WEEK, job};

/// Posts the control panel of an incident, or re-renders it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawPanel {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(DrawPanel {
    kind: "slack.draw_panel",
    queue: SLACK,
    priority: STATUS,
    horizon: WEEK,
    subject: incident,
    serial: |job| format!("{}/panel", job.incident),
});

/// Pins the control panel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinPanel {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(PinPanel {
    kind: "slack.pin_panel",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: WEEK,
    subject: incident,
});
