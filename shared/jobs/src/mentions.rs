//! Mentions of the bot, and its replies.

use domain::{IncidentId, ListPlace};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{DAY, HOUR, Thread, job};

/// The reply to a mention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The incident that they declared.
    Declared(IncidentId),
    /// The help: the commands that exist.
    Help,
    /// That this is no command, and the help.
    Unknown {
        /// The text of the mention, as people saw it.
        words: String,
    },
    /// Why the command was refused.
    Refused(String),
    /// A sentence or several in mrkdwn, and buttons below.
    Said {
        /// The text.
        text: String,
        /// The buttons, as Slack takes them.
        #[serde(default)]
        buttons: Vec<Value>,
    },
    /// The newest incidents that everybody may see.
    List {
        /// Only the open ones.
        open: bool,
    },
    /// The incident that was declared from the same message before.
    Existing(IncidentId),
    /// Who is on call, of the teams that have all of these words.
    OnCall {
        /// The words.
        words: Vec<String>,
    },
}

/// Replies to a mention in its thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerMention {
    /// Identifies this reply among others of the same thread.
    pub name: String,
    /// Where the reply goes.
    pub thread: Thread,
    /// The reply.
    pub answer: Answer,
    /// Slack's id of the author, who gets a direct message if the thread cannot be replied to.
    #[serde(default)]
    pub by: Option<String>,
    /// Slack's id of the person who alone sees it, in the channel itself; `None` for a message in the thread.
    #[serde(default)]
    pub only_to: Option<String>,
}

job!(AnswerMention {
    kind: "slack.answer_mention",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: given,
});

/// Turns the page of a list in a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnList {
    /// The channel's id.
    pub channel: String,
    /// `ts` of the message that shows the list.
    pub ts: String,
    /// Only the open incidents.
    pub open: bool,
    /// Which page.
    pub place: ListPlace,
}

job!(TurnList {
    kind: "slack.turn_list",
    queue: SLACK,
    priority: NOTICE,
    horizon: HOUR,
    subject: given,
    serial: |job| format!("list/{}/{}", job.channel, job.ts),
});
