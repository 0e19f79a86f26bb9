//! The digest channel.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use serde::{Deserialize, Serialize};

use super::laned;
use queue::NewJob;

/// Posts an incident in the digest channel, or draws that post anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawDigest {
    /// Of this incident.
    pub incident: IncidentId,
}

impl DrawDigest {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "digest")
    }
}

/// Lists the incidents that are open for very long in the digest channel, when that is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListStale {
    /// The tick that it comes with.
    pub tick: DateTime<Utc>,
}

impl ListStale {
    /// The job; of several that wait one is left, and none runs beside another.
    pub fn job(self) -> NewJob {
        NewJob::new(&self).coalesce("stale").lane("stale")
    }
}

/// Hints in the digest channel that an incident can be declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HintChatter {
    /// Names this hint among others.
    pub hint: uuid::Uuid,
    /// The digest channel's id.
    pub channel: String,
}

impl HintChatter {
    /// The key of the effect of posting the hint with this id.
    pub fn key(hint: uuid::Uuid) -> String {
        format!("chatter/{hint}")
    }

    /// The job of a new hint.
    pub fn job(channel: &str) -> NewJob {
        NewJob::new(&Self {
            hint: uuid::Uuid::now_v7(),
            channel: channel.to_owned(),
        })
    }
}
