//! What a channel is told, what is asked in it and what could not be done.

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use crate::{DAY, HOUR, job};

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

job!(TellProblem {
    kind: "slack.tell_problem",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
    lane: |job| notices_lane(job.incident),
});

/// Tells the channel of an incident what happened since it was last told something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SayNotices {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(SayNotices {
    kind: "slack.say_notices",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
    serial: |job| notices_lane(job.incident),
});

/// Draws a question anew: its buttons go when it is settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawQuestion {
    /// This one.
    pub question: uuid::Uuid,
}

job!(DrawQuestion {
    kind: "slack.draw_question",
    queue: SLACK,
    priority: STATUS,
    horizon: DAY,
    subject: given,
    serial: |job| format!("question/{}", job.question),
});

/// Deletes one of our own messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteMessage {
    /// The channel's id.
    pub channel: String,
    /// The message's `ts`.
    pub ts: String,
}

job!(DeleteMessage {
    kind: "slack.delete_message",
    queue: SLACK,
    priority: NOTICE,
    horizon: HOUR,
    subject: given,
    once: |job| format!("delete/{}/{}", job.channel, job.ts),
});

/// The lane of what the channel of an incident is told, in the order in which it happened.
pub(crate) fn notices_lane(incident: IncidentId) -> String {
    format!("{incident}/notices")
}
