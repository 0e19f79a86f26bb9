//! A declaration: the channel, the answer to whoever waits for it, and messages that become incidents.

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use crate::{DAY, WEEK, job};

/// Where somebody waits for an answer: a thread, or a direct message, which is answered without one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// The channel's id.
    pub channel: String,
    /// `ts` of the message that began the thread; `None` where it is answered in the channel itself.
    pub ts: Option<String>,
}

/// Makes the channel of an incident; everything else in Slack follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateChannel {
    /// Of this incident.
    pub incident: IncidentId,
    /// Where somebody declared it by a mention and waits for the channel's name.
    #[serde(default)]
    pub answer_in: Option<Thread>,
    /// Which of its channels this is, from 2 on for those that people asked for.
    #[serde(default)]
    pub number: Option<i32>,
}

job!(CreateChannel {
    kind: "slack.create_channel",
    queue: SLACK,
    priority: CHANNEL,
    horizon: WEEK,
    subject: incident,
    once: Self::key,
});

impl CreateChannel {
    /// Once per channel of the incident.
    fn key(&self) -> String {
        match self.number {
            None | Some(1) => format!("{}/channel", self.incident),
            Some(number) => format!("{}/channel/{number}", self.incident),
        }
    }
}

/// Tells the declarer of an incident by direct message where its channel is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellDeclarer {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(TellDeclarer {
    kind: "slack.tell_declarer",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
});

/// Declares an incident from a message, or tells of the one that was declared from it before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclareFromMessage {
    /// The channel's id.
    pub channel: String,
    /// The message's `ts`.
    pub ts: String,
    /// Slack's id of who asked for it.
    pub user: String,
}

job!(DeclareFromMessage {
    kind: "slack.declare_from_message",
    queue: SLACK,
    priority: CHANNEL,
    horizon: DAY,
    subject: given,
    once: |job| format!("{}/{}", job.message(), job.user),
    lane: Self::message,
});

impl DeclareFromMessage {
    /// A job is done once per person and message; those of one message run one after the other.
    fn message(&self) -> String {
        format!("from/{}/{}", self.channel, self.ts)
    }
}
