//! Jobs of the queue `slack`: what has to be done in Slack, a file per feature.

use std::time::Duration;

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use crate::{Job, NewJob, Priority, Queue};

mod access;
mod channels;
mod declare;
mod digest;
mod directory;
mod export;
mod home;
mod legacy;
mod mentions;
mod notices;
mod paging;
mod panel;
mod pins;
mod rca;
mod reminders;
mod roles;
mod statuspage;
mod update;
mod upstream;

pub use access::*;
pub use channels::*;
pub use declare::*;
pub use digest::*;
pub use directory::*;
pub use export::*;
pub use home::*;
pub use legacy::*;
pub use mentions::*;
pub use notices::*;
pub use paging::*;
pub use panel::*;
pub use pins::*;
pub use rca::*;
pub use reminders::*;
pub use roles::*;
pub use statuspage::*;
pub use update::*;
pub use upstream::*;

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
    NotifyRoleLost: "slack.notify_role_lost", Notice, DAY;
    TellPaged: "slack.tell_paged", Notice, HOUR;
    RenderPage: "slack.render_page", Status, DAY;
    CheckPageAccepted: "slack.check_page_accepted", Status, HOUR;
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
    NotifyMoved: "slack.notify_moved", Notice, DAY;
    TakeOver: "slack.take_over", Channel, STATE;
    CheckChannel: "slack.check_channel", Channel, HOUR;
    CheckRcaChannel: "slack.check_rca_channel", Channel, HOUR;
    CheckChannels: "slack.check_channels", Housekeeping, HOUR;
    AskToReassign: "slack.ask_to_reassign", Status, DAY;
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
    DeleteExpired: "slack.delete_expired", Housekeeping, HOUR;
}

/// Deletes rows that have been kept long enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteExpired {}

/// One thing that people see of an incident: its jobs run in the order of the changes, and of those that wait one is left.
fn laned(job: &impl Job, incident: IncidentId, what: &str) -> NewJob {
    let key = format!("{incident}/{what}");
    NewJob::new(job).coalesce(key.clone()).lane(key)
}
