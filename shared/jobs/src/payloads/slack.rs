//! Jobs of the queue `slack`: what has to be done in Slack.

use std::time::Duration;

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use crate::{Job, NewJob, Priority, Queue};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The state that Slack shows is worth a week of trying.
const STATE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

macro_rules! slack_job {
    ($job:ty, $kind:literal, $priority:ident, $horizon:expr) => {
        impl Job for $job {
            const KIND: &'static str = $kind;
            const QUEUE: Queue = Queue::Slack;
            const PRIORITY: Priority = Priority::$priority;
            const HORIZON: Duration = $horizon;
        }
    };
}

/// A thread that waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// The channel's id.
    pub channel: String,
    /// `ts` of the message that began it.
    pub ts: String,
}

/// Makes the channel of an incident; everything else in Slack follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateChannel {
    /// Of this incident.
    pub incident: IncidentId,
    /// Where somebody declared it by a mention and waits for the channel's name.
    #[serde(default)]
    pub answer_in: Option<Thread>,
}
slack_job!(CreateChannel, "slack.create_channel", Channel, STATE);

impl CreateChannel {
    /// The job, once per incident.
    pub fn job(self) -> NewJob {
        let key = format!("{}/channel", self.incident);
        NewJob::new(&self).once(key)
    }
}

/// Invites somebody to the channel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// Of this incident.
    pub incident: IncidentId,
    /// Slack's id of the person.
    pub user: String,
}
slack_job!(Invite, "slack.invite", Channel, STATE);

/// Sets the topic of an incident's channel to what it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTopic {
    /// Of this incident.
    pub incident: IncidentId,
}
slack_job!(SetTopic, "slack.set_topic", Housekeeping, STATE);

impl SetTopic {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "topic")
    }
}

/// Posts the control panel of an incident, or draws it anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawPanel {
    /// Of this incident.
    pub incident: IncidentId,
}
slack_job!(DrawPanel, "slack.draw_panel", Status, STATE);

impl DrawPanel {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "panel")
    }
}

/// Pins the control panel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinPanel {
    /// Of this incident.
    pub incident: IncidentId,
}
slack_job!(PinPanel, "slack.pin_panel", Housekeeping, STATE);

/// Posts an incident in the digest channel, or draws that post anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawDigest {
    /// Of this incident.
    pub incident: IncidentId,
}
slack_job!(DrawDigest, "slack.draw_digest", Status, STATE);

impl DrawDigest {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "digest")
    }
}

/// Tells the declarer of an incident by direct message where its channel is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellDeclarer {
    /// Of this incident.
    pub incident: IncidentId,
}
slack_job!(TellDeclarer, "slack.tell_declarer", Notice, DAY);

/// What somebody is told who mentioned the bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The incident that they declared.
    Declared(IncidentId),
    /// A button that opens the form.
    Offer,
    /// What the bot understands.
    Help,
    /// Why nothing was done.
    Refused(String),
}

/// Answers a mention in its thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerMention {
    /// Names this answer among others of the same thread.
    pub name: String,
    /// Where.
    pub thread: Thread,
    /// What.
    pub answer: Answer,
}
slack_job!(AnswerMention, "slack.answer_mention", Notice, DAY);

/// Tells people of something that could not be done: in the incident's channel, or its declarer where there is none yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellProblem {
    /// In this incident.
    pub incident: IncidentId,
    /// Names this problem among others.
    pub problem: uuid::Uuid,
    /// What, why and what to do.
    pub sentence: String,
}
slack_job!(TellProblem, "slack.tell_problem", Notice, DAY);

/// Draws somebody's app home anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawHome {
    /// Slack's id of the person.
    pub user: String,
}
slack_job!(DrawHome, "slack.draw_home", Notice, HOUR);

impl DrawHome {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        let key = format!("home/{}", self.user);
        NewJob::new(&self).coalesce(key.clone()).lane(key)
    }
}

/// Fetches somebody's profile, so that they are shown by the name they chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchUser {
    /// Slack's id of the person.
    pub user: String,
    /// Shows them by a name that may have to change.
    pub incident: IncidentId,
}
slack_job!(FetchUser, "slack.fetch_user", Housekeeping, DAY);

/// Copies one page of the channels that the bot may see, so that the digest channel is found by its name. The job of each
/// page enqueues the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyChannels {
    /// Where the page begins; `None` for the first.
    pub cursor: Option<String>,
}
slack_job!(CopyChannels, "slack.copy_channels", Housekeeping, HOUR);

impl CopyChannels {
    /// The job of the first page; of several that wait one is left.
    pub fn all() -> NewJob {
        NewJob::new(&Self { cursor: None })
            .coalesce("channels")
            .lane("channels")
    }

    /// The job of a further page.
    pub fn next(cursor: String) -> NewJob {
        NewJob::new(&Self { cursor: Some(cursor) }).lane("channels")
    }
}

/// Forgets requests that nobody repeats any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgetRequests {}
slack_job!(ForgetRequests, "slack.forget_requests", Housekeeping, HOUR);

/// One thing that people see of an incident: its jobs run in the order of the changes, and of those that wait one is left.
fn laned(job: &impl Job, incident: IncidentId, what: &str) -> NewJob {
    let key = format!("{incident}/{what}");
    NewJob::new(job).coalesce(key.clone()).lane(key)
}
