//! Where in a list of incidents somebody is.

use serde::{Deserialize, Serialize};

use crate::IncidentId;

/// A page of a list, named by an incident beside it: what comes and goes meanwhile moves no page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListPlace {
    /// The first page.
    #[default]
    Newest,
    /// The page that begins after this incident.
    OlderThan(IncidentId),
    /// The page that ends before this incident.
    NewerThan(IncidentId),
}

impl ListPlace {
    /// The two cursors, of which at most one is there: older than, newer than.
    pub fn cursors(self) -> (Option<IncidentId>, Option<IncidentId>) {
        match self {
            Self::Newest => (None, None),
            Self::OlderThan(id) => (Some(id), None),
            Self::NewerThan(id) => (None, Some(id)),
        }
    }

    /// The place that [`Self::cursors`] tells of.
    pub fn from_cursors(older_than: Option<IncidentId>, newer_than: Option<IncidentId>) -> Self {
        match (older_than, newer_than) {
            (Some(id), _) => Self::OlderThan(id),
            (None, Some(id)) => Self::NewerThan(id),
            (None, None) => Self::Newest,
        }
    }
}
