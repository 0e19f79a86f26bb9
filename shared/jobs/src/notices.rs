//! Notices, prompts and problems in a channel.

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use crate::{DAY, HOUR, job};

/// Posts a problem in the incident's channel, or sends it to the declarer while there is no channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellProblem {
    /// In this incident.
    pub incident: IncidentId,
    /// Its entry in the timeline.
    pub problem: uuid::Uuid,
    /// What, why and what to do.
    pub sentence: String,
    /// Whether its message has the button *Retry*.
    #[serde(default)]
    pub retry: bool,
    /// Name of the person who retried it: the posted message is re-rendered.
    #[serde(default)]
    pub tried_by: Option<String>,
    /// Whether it is posted in the RCA channel, if there is one.
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

/// Posts the timeline entries since the last notice in an incident's channel.
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

/// Re-renders a prompt: an answered one has no buttons.
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

/// The lane of notices in an incident's channel: they keep their order.
pub(crate) fn notices_lane(incident: IncidentId) -> String {
    format!("{incident}/notices")
}
