//! Jobs of the queue `slack`: what has to be done in Slack, a file per feature.

use std::time::Duration;

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use queue::{Job, NewJob, Priority, Queue};

use crate::{priorities, queues};

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
            const QUEUE: Queue = queues::SLACK;
            const PRIORITY: Priority = priorities::$priority;
            const HORIZON: Duration = $horizon;
        })*

        /// Every kind of this queue; a test of the worker compares them with its handlers.
        pub const KINDS: &[&str] = &[$($kind),*];
    };
}

slack_jobs! {
    CreateChannel: "slack.create_channel", CHANNEL, STATE;
    Invite: "slack.invite", CHANNEL, STATE;
    InviteGroup: "slack.invite_group", CHANNEL, STATE;
    SetTopic: "slack.set_topic", HOUSEKEEPING, STATE;
    DrawPanel: "slack.draw_panel", STATUS, STATE;
    PinPanel: "slack.pin_panel", HOUSEKEEPING, STATE;
    DrawDigest: "slack.draw_digest", STATUS, STATE;
    TellDeclarer: "slack.tell_declarer", NOTICE, DAY;
    AnswerMention: "slack.answer_mention", NOTICE, DAY;
    TurnList: "slack.turn_list", NOTICE, HOUR;
    DeclareFromMessage: "slack.declare_from_message", CHANNEL, DAY;
    TellProblem: "slack.tell_problem", NOTICE, DAY;
    SayNotices: "slack.say_notices", NOTICE, DAY;
    TellRole: "slack.tell_role", NOTICE, DAY;
    NotifyRoleLost: "slack.notify_role_lost", NOTICE, DAY;
    TellPaged: "slack.tell_paged", NOTICE, HOUR;
    RenderPage: "slack.render_page", STATUS, DAY;
    CheckPageAccepted: "slack.check_page_accepted", STATUS, HOUR;
    PostUpdate: "slack.post_update", STATUS, DAY;
    TellResolved: "slack.tell_resolved", NOTICE, DAY;
    CreateRcaChannel: "slack.create_rca_channel", CHANNEL, STATE;
    InviteToRca: "slack.invite_to_rca", CHANNEL, STATE;
    GreetRca: "slack.greet_rca", NOTICE, DAY;
    TellRcaDocument: "slack.tell_rca_document", NOTICE, DAY;
    AddRcaBookmark: "slack.add_rca_bookmark", HOUSEKEEPING, DAY;
    UploadRca: "slack.upload_rca", NOTICE, DAY;
    DrawAccessRequest: "slack.draw_access_request", STATUS, STATE;
    TellAccess: "slack.tell_access", NOTICE, DAY;
    DrawSlackLink: "slack.draw_slack_link", NOTICE, HOUR;
    RenameChannel: "slack.rename_channel", STATUS, DAY;
    FollowPin: "slack.follow_pin", NOTICE, DAY;
    ReadChat: "slack.read_chat", NOTICE, DAY;
    UploadChat: "slack.upload_chat", NOTICE, DAY;
    Remind: "slack.remind", NOTICE, STATE;
    Nudge: "slack.nudge", NOTICE, DAY;
    AskToUnarchive: "slack.ask_to_unarchive", STATUS, STATE;
    DrawQuestion: "slack.draw_question", STATUS, DAY;
    ArchiveChannel: "slack.archive_channel", HOUSEKEEPING, STATE;
    ArchiveByAge: "slack.archive_by_age", HOUSEKEEPING, STATE;
    ArchiveForgotten: "slack.archive_forgotten", HOUSEKEEPING, HOUR;
    RejoinChannel: "slack.rejoin_channel", CHANNEL, STATE;
    TakeOver: "slack.take_over", CHANNEL, STATE;
    CheckChannel: "slack.check_channel", CHANNEL, HOUR;
    CheckRcaChannel: "slack.check_rca_channel", CHANNEL, HOUR;
    CheckChannels: "slack.check_channels", HOUSEKEEPING, HOUR;
    AskToReassign: "slack.ask_to_reassign", STATUS, DAY;
    ListStale: "slack.list_stale", NOTICE, DAY;
    HintChatter: "slack.hint_chatter", NOTICE, HOUR;
    DeleteMessage: "slack.delete_message", NOTICE, HOUR;
    ShowUpstream: "slack.show_upstream", NOTICE, DAY;
    DrawStatuspage: "slack.draw_statuspage", STATUS, STATE;
    AskStatuspage: "slack.ask_statuspage", NOTICE, DAY;
    DrawHome: "slack.draw_home", NOTICE, HOUR;
    FetchUser: "slack.fetch_user", HOUSEKEEPING, DAY;
    CopyChannels: "slack.copy_channels", HOUSEKEEPING, HOUR;
    CopyPeople: "slack.copy_people", HOUSEKEEPING, HOUR;
    CopyGroups: "slack.copy_groups", HOUSEKEEPING, HOUR;
    CopyGroupMembers: "slack.copy_group_members", HOUSEKEEPING, HOUR;
    DeleteExpired: "slack.delete_expired", HOUSEKEEPING, HOUR;
}

/// Deletes rows that have been kept long enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteExpired {}

/// One thing that people see of an incident: its jobs run in the order of the changes, and of those that wait one is left.
fn laned(job: &impl Job, incident: IncidentId, what: &str) -> NewJob {
    let key = format!("{incident}/{what}");
    NewJob::new(job).coalesce(key.clone()).lane(key)
}
