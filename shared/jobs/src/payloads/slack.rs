//! Jobs of the queue `slack`: what has to be done in Slack.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{Actor, IncidentId, ListPlace};
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
    InviteGroup: "slack.invite_group", Channel, STATE;
    SetTopic: "slack.set_topic", Housekeeping, STATE;
    DrawPanel: "slack.draw_panel", Status, STATE;
    PinPanel: "slack.pin_panel", Housekeeping, STATE;
    DrawDigest: "slack.draw_digest", Status, STATE;
    TellDeclarer: "slack.tell_declarer", Notice, DAY;
    AnswerMention: "slack.answer_mention", Notice, DAY;
    TurnList: "slack.turn_list", Notice, HOUR;
    DeclareFromMessage: "slack.declare_from_message", Channel, DAY;
    TellProblem: "slack.tell_problem", Notice, DAY;
    SayNotices: "slack.say_notices", Notice, DAY;
    TellRole: "slack.tell_role", Notice, DAY;
    TellPaged: "slack.tell_paged", Notice, HOUR;
    PostUpdate: "slack.post_update", Status, DAY;
    TellResolved: "slack.tell_resolved", Notice, DAY;
    CreateRcaChannel: "slack.create_rca_channel", Channel, STATE;
    InviteToRca: "slack.invite_to_rca", Channel, STATE;
    GreetRca: "slack.greet_rca", Notice, DAY;
    TellRcaDocument: "slack.tell_rca_document", Notice, DAY;
    AddRcaBookmark: "slack.add_rca_bookmark", Housekeeping, DAY;
    UploadRca: "slack.upload_rca", Notice, DAY;
    DrawAccessRequest: "slack.draw_access_request", Status, STATE;
    TellAccess: "slack.tell_access", Notice, DAY;
    DrawSlackLink: "slack.draw_slack_link", Notice, HOUR;
    RenameChannel: "slack.rename_channel", Status, DAY;
    FollowPin: "slack.follow_pin", Notice, DAY;
    ReadChat: "slack.read_chat", Notice, DAY;
    UploadChat: "slack.upload_chat", Notice, DAY;
    Remind: "slack.remind", Notice, STATE;
    Nudge: "slack.nudge", Notice, DAY;
    AskToUnarchive: "slack.ask_to_unarchive", Status, STATE;
    DrawQuestion: "slack.draw_question", Status, DAY;
    ArchiveChannel: "slack.archive_channel", Housekeeping, STATE;
    ArchiveByAge: "slack.archive_by_age", Housekeeping, STATE;
    ArchiveForgotten: "slack.archive_forgotten", Housekeeping, HOUR;
    RejoinChannel: "slack.rejoin_channel", Channel, STATE;
    ListStale: "slack.list_stale", Notice, DAY;
    HintChatter: "slack.hint_chatter", Notice, HOUR;
    DeleteMessage: "slack.delete_message", Notice, HOUR;
    ShowUpstream: "slack.show_upstream", Notice, DAY;
    DrawStatuspage: "slack.draw_statuspage", Status, STATE;
    AskStatuspage: "slack.ask_statuspage", Notice, DAY;
    DrawHome: "slack.draw_home", Notice, HOUR;
    FetchUser: "slack.fetch_user", Housekeeping, DAY;
    CopyChannels: "slack.copy_channels", Housekeeping, HOUR;
    CopyPeople: "slack.copy_people", Housekeeping, HOUR;
    CopyGroups: "slack.copy_groups", Housekeeping, HOUR;
    CopyGroupMembers: "slack.copy_group_members", Housekeeping, HOUR;
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
    /// Which of its channels this is, from 2 on for those that people asked for.
    #[serde(default)]
    pub number: Option<i32>,
}

impl CreateChannel {
    /// The job, once per channel of the incident.
    pub fn job(self) -> NewJob {
        let key = match self.number {
            None | Some(1) => format!("{}/channel", self.incident),
            Some(number) => format!("{}/channel/{number}", self.incident),
        };
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

/// Invites a user group to the channel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteGroup {
    /// Of this incident.
    pub incident: IncidentId,
    /// The group's id, handle or name, as it stands in the settings.
    pub group: String,
}

impl InviteGroup {
    /// The job, once for each channel that the incident gets.
    pub fn job(self, channel_number: i32) -> NewJob {
        let key = format!("{}/group/{channel_number}/{}", self.incident, self.group);
        NewJob::new(&self).once(key)
    }
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
    /// A sentence or several in mrkdwn, and what is offered below.
    Said {
        /// What is said.
        text: String,
        /// A button each.
        #[serde(default)]
        offers: Vec<Offer>,
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

/// What a button of an answer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// Opens the form to declare an incident.
    Declare,
    /// Opens the form to send an update.
    Update(IncidentId),
    /// Opens the dialog that resolves.
    Resolve(IncidentId),
    /// Opens the form to publish on Statuspage, or to update what stands there.
    Statuspage(IncidentId),
    /// Opens the form to page a team, about an incident where one is known.
    Page(Option<IncidentId>),
    /// Has the RCA document shared as a file.
    RcaFile(IncidentId, RcaFormat),
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

impl TurnList {
    /// The job; of several that wait for one list the last one is left.
    pub fn job(self) -> NewJob {
        let key = format!("list/{}/{}", self.channel, self.ts);
        NewJob::new(&self).coalesce(key.clone()).lane(key)
    }
}

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

impl DeclareFromMessage {
    /// The job, once per person and message; those of one message run one after the other.
    pub fn job(self) -> NewJob {
        let message = format!("from/{}/{}", self.channel, self.ts);
        NewJob::new(&self)
            .once(format!("{message}/{}", self.user))
            .lane(message)
    }
}

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

/// Tells somebody by direct message of the incident that they were paged for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellPaged {
    /// Names the page.
    pub page: uuid::Uuid,
    /// Slack's id of the person.
    pub user: String,
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
    /// Whether its pages are resolved with it, so that nobody is to be asked.
    #[serde(default)]
    pub with_pages: bool,
}

impl TellResolved {
    /// The job, in the order of the other things that the channel is told.
    pub fn job(self) -> NewJob {
        NewJob::new(&self).lane(format!("{}/{NOTICES}", self.incident))
    }
}

/// Asks the people of a private incident whether somebody may see it, or shows what became of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawAccessRequest {
    /// Names the request.
    pub request: uuid::Uuid,
}

impl DrawAccessRequest {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        let key = format!("access/{}", self.request);
        NewJob::new(&self).coalesce(key.clone()).lane(key)
    }
}

/// Tells somebody by direct message what became of their request to see a private incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellAccess {
    /// Names the request.
    pub request: uuid::Uuid,
}

/// Asks somebody by direct message whether a person of the console is them, or shows what became of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawSlackLink {
    /// Names the question.
    pub link: uuid::Uuid,
}

impl DrawSlackLink {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        let key = format!("slack_link/{}", self.link);
        NewJob::new(&self).coalesce(key.clone()).lane(key)
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

/// Gives the channel of an incident the name that is wanted for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameChannel {
    /// Of this incident.
    pub incident: IncidentId,
    /// Who wants it.
    pub actor: Actor,
}

impl RenameChannel {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "name")
    }
}

/// Why a message is looked at.
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

/// Looks at a message in an incident's channel: pins it to the incident, unpins it, or follows an edit.
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
    /// The event that told of it: names what its author is told.
    pub event: String,
}

impl FollowPin {
    /// The job: what happens to one message is looked at one after the other, and of what one person does to it the
    /// last counts.
    pub fn job(self) -> NewJob {
        let lane = format!("pin/{}/{}", self.channel, self.ts);
        let key = format!("{lane}/{}", self.by);
        NewJob::new(&self).coalesce(key).lane(lane)
    }
}

/// Reads one page of a channel that is exported, or of one of its threads. The job of each page enqueues the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadChat {
    /// The channel of this incident.
    pub incident: IncidentId,
    /// The export.
    pub export: uuid::Uuid,
}

/// Uploads what was read of a channel as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadChat {
    /// The channel of this incident.
    pub incident: IncidentId,
    /// The export.
    pub export: uuid::Uuid,
}

/// Reminds people of the next update of an incident, when it is due; it comes again for the one after that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remind {
    /// Of this incident.
    pub incident: IncidentId,
}

impl Remind {
    /// The job for the reminder at `moment`. Of several that wait one is left, with the earliest moment of them: when it
    /// runs, it looks when the reminder is due now.
    pub fn at(self, moment: DateTime<Utc>) -> NewJob {
        laned(&self, self.incident, "reminder").at(moment)
    }
}

/// Tells whoever declared an incident that nobody has taken a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nudge {
    /// Of this incident.
    pub incident: IncidentId,
}

impl Nudge {
    /// The job for `moment`, once per incident.
    pub fn at(self, moment: DateTime<Utc>) -> NewJob {
        NewJob::new(&self).once(format!("{}/nudge", self.incident)).at(moment)
    }
}

/// Asks for a person who opens the archived channel of an open incident again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskToUnarchive {
    /// What is asked.
    pub question: uuid::Uuid,
    /// Slack's id of whoever opened the incident again, where that is known.
    pub by: Option<String>,
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

/// Archives the channel of a resolved incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveChannel {
    /// Of this incident.
    pub incident: IncidentId,
}

impl ArchiveChannel {
    /// The job, after everything that the channel is still told.
    pub fn job(self) -> NewJob {
        NewJob::new(&self).lane(format!("{}/{NOTICES}", self.incident))
    }
}

/// Has the channel of an incident archived when it was resolved long enough ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveByAge {
    /// Of this incident.
    pub incident: IncidentId,
}

impl ArchiveByAge {
    /// The job for `moment`; of several that wait one is left. When it runs, it looks when archiving is due now.
    pub fn at(self, moment: DateTime<Utc>) -> NewJob {
        laned(&self, self.incident, "archive").at(moment)
    }
}

/// Looks for channels that are to be archived by their age and that no job waits for: the setting was made since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveForgotten {}

/// Goes back into a channel that was opened again, and brings it up to date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejoinChannel {
    /// Of this incident.
    pub incident: IncidentId,
}

impl RejoinChannel {
    /// The job, before anything that the channel is told.
    pub fn job(self) -> NewJob {
        NewJob::new(&self).lane(format!("{}/{NOTICES}", self.incident))
    }
}

/// Lists the incidents that are open for very long in the digest channel, when that is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListStale {
    /// The tick that it comes with.
    pub tick: DateTime<Utc>,
}

impl ListStale {
    /// The job; of several that wait one is left, and none runs beside another.
    pub fn job(self) -> NewJob {
        NewJob::new(&self).coalesce("stale").lane("stale")
    }
}

/// Hints in the digest channel that an incident can be declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HintChatter {
    /// Names this hint among others.
    pub hint: uuid::Uuid,
    /// The digest channel's id.
    pub channel: String,
}

impl HintChatter {
    /// The key of the effect of posting the hint with this id.
    pub fn key(hint: uuid::Uuid) -> String {
        format!("chatter/{hint}")
    }

    /// The job of a new hint.
    pub fn job(channel: &str) -> NewJob {
        NewJob::new(&Self {
            hint: uuid::Uuid::now_v7(),
            channel: channel.to_owned(),
        })
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

/// Posts the message that shows what Statuspage says of an incident, or draws it anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawStatuspage {
    /// Of this incident.
    pub incident: IncidentId,
}

impl DrawStatuspage {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "statuspage")
    }
}

/// Asks whether Statuspage is resolved too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskStatuspage {
    /// What is asked.
    pub question: uuid::Uuid,
}

/// Copies one page of the channels that the bot may see, so that one is found by its name. The job of each page enqueues
/// the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyChannels {
    /// Where the page begins; `None` for the first.
    pub cursor: Option<String>,
    /// When the copy began, by the database's clock; `None` on the first page.
    #[serde(default)]
    pub began: Option<DateTime<Utc>>,
}

impl CopyChannels {
    /// The job of the first page; of several that wait one is left.
    pub fn all() -> NewJob {
        let all = Self {
            cursor: None,
            began: None,
        };
        NewJob::new(&all).coalesce("channels").lane("channels")
    }

    /// The job of a further page.
    pub fn next(cursor: String, began: DateTime<Utc>) -> NewJob {
        let next = Self {
            cursor: Some(cursor),
            began: Some(began),
        };
        NewJob::new(&next).lane("channels")
    }
}

/// Copies one page of everybody in the workspace. The job of each page enqueues the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyPeople {
    /// Where the page begins; `None` for the first.
    pub cursor: Option<String>,
    /// When the copy began, by the database's clock; `None` on the first page.
    #[serde(default)]
    pub began: Option<DateTime<Utc>>,
}

impl CopyPeople {
    /// The job of the first page; of several that wait one is left.
    pub fn all() -> NewJob {
        let all = Self {
            cursor: None,
            began: None,
        };
        NewJob::new(&all).coalesce("people").lane("people")
    }

    /// The job of a further page.
    pub fn next(cursor: String, began: DateTime<Utc>) -> NewJob {
        let next = Self {
            cursor: Some(cursor),
            began: Some(began),
        };
        NewJob::new(&next).lane("people")
    }
}

/// Copies the user groups of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyGroups {}

impl CopyGroups {
    /// The job; of several that wait one is left.
    pub fn all() -> NewJob {
        NewJob::new(&Self {}).coalesce("groups").lane("groups")
    }
}

/// Copies who is in a user group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyGroupMembers {
    /// The group's id.
    pub group: String,
}

impl CopyGroupMembers {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        let key = format!("groups/{}", self.group);
        NewJob::new(&self).coalesce(key).lane("groups")
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

/// Says where the RCA document is: in the RCA channel, or in the incident's where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellRcaDocument {
    /// Of this incident.
    pub incident: IncidentId,
    /// The version of the page.
    pub version: i64,
    /// Whether a new part stands below what people have edited.
    pub below: bool,
}

impl TellRcaDocument {
    /// The job.
    pub fn job(&self) -> NewJob {
        NewJob::new(self).lane(format!("{}/rca", self.incident))
    }
}

/// Adds a link to the RCA document above the incident's channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddRcaBookmark {
    /// Of this incident.
    pub incident: IncidentId,
}

impl AddRcaBookmark {
    /// The job, once for each channel that the incident gets.
    pub fn job(&self, channel_number: i32) -> NewJob {
        NewJob::new(self).once(format!("{}/rca_bookmark/{channel_number}", self.incident))
    }
}

/// How the RCA document is written into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RcaFormat {
    /// For whoever goes on writing.
    Markdown,
    /// For whoever only reads.
    Html,
}

/// Puts the RCA document into a file and shares it in a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRca {
    /// Of this incident.
    pub incident: IncidentId,
    /// Names this file among others.
    pub export: uuid::Uuid,
    /// The channel's id.
    pub channel: String,
    /// How it is written.
    pub format: RcaFormat,
}
