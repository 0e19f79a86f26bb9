//! Messages that are pinned to an incident.

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use crate::{DAY, job};

/// Why a message is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PinCause {
    /// Somebody put the emoji on it.
    Added,
    /// Somebody took the emoji from it.
    Removed,
    /// It was edited.
    Edited,
}

/// Reads a message in an incident's channel: pins it to the incident, unpins it, or follows an edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowPin {
    /// To this incident.
    pub incident: IncidentId,
    /// The channel's id.
    pub channel: String,
    /// The message's `ts`.
    pub ts: String,
    /// Why.
    pub cause: PinCause,
    /// Slack's id of who did it; empty for an edit.
    #[serde(default)]
    pub by: String,
    /// The bot as a user: its own reactions do not count.
    #[serde(default)]
    pub bot: String,
    /// The event that reported it: part of the key of the reply to its author.
    pub event: String,
}

job!(FollowPin {
    kind: "slack.follow_pin",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
    coalesce: |job| format!("{}/{}", job.message(), job.by),
    lane: Self::message,
});

impl FollowPin {
    /// Jobs about one message run one at a time; of the actions of one person, only the last counts.
    fn message(&self) -> String {
        format!("pin/{}/{}", self.channel, self.ts)
    }
}
