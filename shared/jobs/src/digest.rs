//! The digest channel.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use queue::NewJob;
use serde::{Deserialize, Serialize};

use crate::{DAY, HOUR, WEEK, job};

/// Posts an incident in the digest channel, or re-renders that post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawDigest {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(DrawDigest {
    kind: "slack.draw_digest",
    queue: SLACK,
    priority: STATUS,
    horizon: WEEK,
    subject: incident,
    serial: |job| format!("{}/digest", job.incident),
});

/// Lists incidents that have been open for very long in the digest channel, if that is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListStale {
    /// The tick that enqueued it.
    pub tick: DateTime<Utc>,
}

job!(ListStale {
    kind: "slack.list_stale",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: none,
    serial: |_| "stale".to_owned(),
});

/// Hints in the digest channel that an incident can be declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HintChatter {
    /// Identifies this hint among others.
    pub hint: uuid::Uuid,
    /// The digest channel's id.
    pub channel: String,
}

job!(HintChatter {
    kind: "slack.hint_chatter",
    queue: SLACK,
    priority: NOTICE,
    horizon: HOUR,
    subject: none,
});

impl HintChatter {
    /// The key of the effect of posting the hint with this id.
    pub fn key(hint: uuid::Uuid) -> String {
        format!("chatter/{hint}")
    }

    /// The job of a new hint.
    pub fn anew(channel: &str) -> NewJob {
        Self {
            hint: uuid::Uuid::now_v7(),
            channel: channel.to_owned(),
        }
        .job()
    }
}
