//! A declaration: the channel, the reply to the declarer, and messages that become incidents.

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use crate::{DAY, WEEK, job};

/// Where a reply goes: into a thread, or into a direct message without a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// The channel's id.
    pub channel: String,
    /// `ts` of the message that began the thread; `None` if the reply goes into the channel itself.
    pub ts: Option<String>,
}

/// Creates the channel of an incident; everything else in Slack follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateChannel {
    /// Of this incident.
    pub incident: IncidentId,
    /// Where the reply with the channel's name goes, if it was declared by a mention.
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

/// Sends the declarer of an incident a direct message with its channel.
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

/// Declares an incident from a message, or replies with the one that was declared from it before.
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
