//! The control panel.

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use super::laned;
use queue::NewJob;

/// Posts the control panel of an incident, or draws it anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawPanel {
    /// Of this incident.
    pub incident: IncidentId,
}

impl DrawPanel {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "panel")
    }
}

/// Pins the control panel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinPanel {
    /// Of this incident.
    pub incident: IncidentId,
}
