//! What a channel is told, what is asked in it and what could not be done.

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use super::laned;
use queue::NewJob;

/// Tells people of something that could not be done: in the incident's channel, or its declarer where there is none yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellProblem {
    /// In this incident.
    pub incident: IncidentId,
    /// Its entry in the timeline.
    pub problem: uuid::Uuid,
    /// What, why and what to do.
    pub sentence: String,
    /// Whether people can have it tried again.
    #[serde(default)]
    pub retry: bool,
    /// Name of whoever had it tried again: what was posted is drawn anew.
    #[serde(default)]
    pub tried_by: Option<String>,
    /// Whether it is said in the RCA channel, where there is one.
    #[serde(default)]
    pub in_rca: bool,
}

impl TellProblem {
    /// The job, in the lane of what the channel is told.
    pub fn job(self) -> NewJob {
        NewJob::new(&self).lane(format!("{}/{NOTICES}", self.incident))
    }
}

/// Tells the channel of an incident what happened since it was last told something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SayNotices {
    /// Of this incident.
    pub incident: IncidentId,
}

impl SayNotices {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, NOTICES)
    }
}

/// Draws a question anew: its buttons go when it is settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawQuestion {
    /// This one.
    pub question: uuid::Uuid,
}

impl DrawQuestion {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        let key = format!("question/{}", self.question);
        NewJob::new(&self).coalesce(key.clone()).lane(key)
    }
}

/// Deletes one of our own messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteMessage {
    /// The channel's id.
    pub channel: String,
    /// The message's `ts`.
    pub ts: String,
}

impl DeleteMessage {
    /// The job, once per message.
    pub fn job(self) -> NewJob {
        let key = format!("delete/{}/{}", self.channel, self.ts);
        NewJob::new(&self).once(key)
    }
}

/// What the channel of an incident is told, in the order in which it happened.
pub const NOTICES: &str = "notices";
