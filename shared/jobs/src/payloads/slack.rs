//! Jobs of the queue `slack`: what has to be done in Slack.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::IncidentId;
use serde::{Deserialize, Serialize};

use crate::{Job, NewJob, Priority, Queue};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// The state that Slack shows is worth a week of trying.
const STATE: Duration = Duration::from_hours(7 * 24);

/// Makes each payload a job and lists their kinds, so that none is forgotten.
macro_rules! slack_jobs {
    ($($job:ty: $kind:literal, $priority:ident, $horizon:expr;)*) => {
        $(impl Job for $job {
            const KIND: &'static str = $kind;
            const QUEUE: Queue = Queue::Slack;
            const PRIORITY: Priority = Priority::$priority;
            const HORIZON: Duration = $horizon;
        })*

        /// Every kind of this queue; a test of the worker compares them with its handlers.
        pub const KINDS: &[&str] = &[$($kind),*];
    };
}

slack_jobs! {
    CreateChannel: "slack.create_channel", Channel, STATE;
    Invite: "slack.invite", Channel, STATE;
    SetTopic: "slack.set_topic", Housekeeping, STATE;
    DrawPanel: "slack.draw_panel", Status, STATE;
    PinPanel: "slack.pin_panel", Housekeeping, STATE;
    DrawDigest: "slack.draw_digest", Status, STATE;
    TellDeclarer: "slack.tell_declarer", Notice, DAY;
    AnswerMention: "slack.answer_mention", Notice, DAY;
    TellProblem: "slack.tell_problem", Notice, DAY;
    SayNotices: "slack.say_notices", Notice, DAY;
    TellRole: "slack.tell_role", Notice, DAY;
    PostUpdate: "slack.post_update", Status, DAY;
    TellResolved: "slack.tell_resolved", Notice, DAY;
    CreateRcaChannel: "slack.create_rca_channel", Channel, STATE;
    InviteToRca: "slack.invite_to_rca", Channel, STATE;
    GreetRca: "slack.greet_rca", Notice, DAY;
    ShowUpstream: "slack.show_upstream", Notice, DAY;
    DrawHome: "slack.draw_home", Notice, HOUR;
    FetchUser: "slack.fetch_user", Housekeeping, DAY;
    CopyChannels: "slack.copy_channels", Housekeeping, HOUR;
    CopyPeople: "slack.copy_people", Housekeeping, HOUR;
    ForgetRequests: "slack.forget_requests", Housekeeping, HOUR;
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

/// Sets the topic of an incident's channel to what it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTopic {
    /// Of this incident.
    pub incident: IncidentId,
}

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

/// Tells the declarer of an incident by direct message where its channel is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellDeclarer {
    /// Of this incident.
    pub incident: IncidentId,
}

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

/// Draws somebody's app home anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawHome {
    /// Slack's id of the person.
    pub user: String,
}

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

impl FetchUser {
    /// The job; of several that wait for one person one is left.
    pub fn job(self) -> NewJob {
        let key = format!("user/{}", self.user);
        NewJob::new(&self).coalesce(key)
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

/// Tells somebody by direct message of the role that they have now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellRole {
    /// In this incident.
    pub incident: IncidentId,
    /// Key of the role.
    pub role: String,
    /// Slack's id of the person.
    pub user: String,
    /// The revision of the incident that came of it: the same person may get the role again.
    pub revision: i64,
}

/// Posts an update in the digest channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostUpdate {
    /// Of this incident.
    pub incident: IncidentId,
    /// The revision of the incident that came of it.
    pub revision: i64,
    /// What is hit; may be empty.
    pub resources: String,
    /// Where the incident stands.
    pub message: String,
    /// Name of who sent it.
    pub sender: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Tells the channel of an incident that it is resolved, and what can be done now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellResolved {
    /// This incident.
    pub incident: IncidentId,
    /// The revision of the incident that came of it: it may be reopened and resolved again.
    pub revision: i64,
}

impl TellResolved {
    /// The job, in the order of the other things that the channel is told.
    pub fn job(self) -> NewJob {
        NewJob::new(&self).lane(format!("{}/{NOTICES}", self.incident))
    }
}

/// Makes the channel in which the causes of an incident are looked into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateRcaChannel {
    /// Of this incident.
    pub incident: IncidentId,
}

impl CreateRcaChannel {
    /// The job; of several that wait one is left, and none runs beside another.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "rca")
    }
}

/// Invites somebody to the RCA channel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteToRca {
    /// Of this incident.
    pub incident: IncidentId,
    /// Slack's id of the person.
    pub user: String,
}

/// Posts the first message in the RCA channel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GreetRca {
    /// Of this incident.
    pub incident: IncidentId,
}

/// Shows in the channel of an incident what is wrong upstream, or draws that message anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowUpstream {
    /// Of this incident.
    pub incident: IncidentId,
}

impl ShowUpstream {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "upstream")
    }
}

/// Copies one page of the channels that the bot may see, so that the digest channel is found by its name. The job of each
/// page enqueues the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyChannels {
    /// Where the page begins; `None` for the first.
    pub cursor: Option<String>,
}

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

/// Copies one page of everybody in the workspace. The job of each page enqueues the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyPeople {
    /// Where the page begins; `None` for the first.
    pub cursor: Option<String>,
}

impl CopyPeople {
    /// The job of the first page; of several that wait one is left.
    pub fn all() -> NewJob {
        NewJob::new(&Self { cursor: None }).coalesce("people").lane("people")
    }

    /// The job of a further page.
    pub fn next(cursor: String) -> NewJob {
        NewJob::new(&Self { cursor: Some(cursor) }).lane("people")
    }
}

/// Forgets requests that nobody repeats any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgetRequests {}

/// What the channel of an incident is told, in the order in which it happened.
pub const NOTICES: &str = "notices";

/// One thing that people see of an incident: its jobs run in the order of the changes, and of those that wait one is left.
fn laned(job: &impl Job, incident: IncidentId, what: &str) -> NewJob {
    let key = format!("{incident}/{what}");
    NewJob::new(job).coalesce(key.clone()).lane(key)
}
