//! Commands: the only place where the state of an incident changes.
//!
//! A command is one transaction: the new state, the entry in the timeline and the jobs that carry the change outward are
//! committed together or not at all. One that a person wants begins and ends its own transaction and knows the
//! [`Request`] it fulfils, so that the same press coming twice changes nothing; one that follows from a job is part of
//! the transaction that completes that job.

mod access;
mod archive;
mod change;
mod channel;
mod connect;
mod declare;
mod desk;
mod discarded;
mod error;
mod export;
mod from_message;
mod groups;
mod holders;
mod home;
mod legacy;
mod nudge;
mod on_call;
mod paging;
mod panel;
mod pins;
mod problem;
mod rca;
mod rca_document;
mod recovery;
mod reminders;
mod rename;
mod request;
mod roles;
mod scheduler;
mod settings;
mod severity;
mod status;
mod statuspage;
mod timeline;
mod touched;
mod update;
mod upstream;

pub use access::{decide_access, member_moved, request_access};
pub use archive::{
    archive_by_age, archive_channel, archive_forgotten, archived_in_slack, can_be_archived, channel_was_archived,
    new_channel, unarchived_in_slack,
};
pub use channel::{ChannelState, channel_created};
pub use connect::{ConnectError, LINK_LIVES, answer_slack_link, connect_slack};
pub use declare::{Declaration, DeclareError, declare, rehearse};
pub use desk::Desk;
pub use discarded::{About, GivenUpJob, about_jobs, retry_job, what_it_does};
pub use error::{CommandError, UnableToAct, WhyUnable};
pub use export::{chat_exported, export_chat};
pub use from_message::{FromMessage, declare_from_message};
pub use groups::group_invited;
pub use holders::ask_to_reassign;
pub use legacy::{
    Images, ImportOutcome, SettingOutcome, found_private, import_incident, import_settings, import_user,
    keep_legacy_records, setting_outcome, to_take_over,
};
pub use nudge::{asked, due_nudge};
pub use on_call::{PageStep, page_step, refresh_on_call};
pub use paging::{
    Call, Taken, Triggered, Withdrawal, called_by_severities, invite_person, page, page_acknowledged, page_anyway,
    page_by_severity, page_failed, page_open_again, page_resolved, page_unacknowledged, page_withdrawn, paged,
    resolve_pages, teams_of_severities, teams_to_page,
};
pub use panel::redraw_panel;
pub use pins::{pin, pin_edited, unpin};
pub use problem::{note_problem, note_rca_problem, retry_problem};
pub use rca::{check_rca_channel, rca_channel_checked, rca_channel_created};
pub use rca_document::{Written, export_rca_document, rca_document, rca_document_written, write_rca_document};
pub use recovery::{
    account_closed, bot_came_back, channel_checked, channel_rejoined, check_channel, check_channels,
    left_channel_opened, members_listed,
};
pub use reminders::{PUT_OFF_MINUTES, due_reminder, put_off_reminders, remind_again, reminded, stop_reminders};
pub use rename::{channel_renamed, channel_renamed_in_slack, rename};
pub use request::Request;
pub use roles::{Replaces, assign, give_up};
pub use scheduler::{Planned, delete_planned, planned};
pub use settings::{ChangedSetting, SettingChange, StaleSetting, UpdateSettingsError, update_settings};
pub use severity::set_severity;
pub use status::{reopen, resolve_with_pages, set_status};
pub use statuspage::{
    RESOLVED_MESSAGE, leave_statuspage, may_publish, operational, publish, refresh_components, statuspage_on_resolve,
    statuspage_refused, statuspage_removed, statuspage_seen,
};
pub use timeline::{MAX_NOTE, Note, add_note, change_note, delete_note, moment_of_note};
pub use update::{MAX_RESOURCES, MAX_UPDATE, Update, send_update};
pub use upstream::{Look, reload_upstream, upstream_seen};

/// Why a command that follows from a job was not carried out; the job's transaction must be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum JobCommandError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The jobs that follow could not be recorded.
    #[error(transparent)]
    Jobs(#[from] queue::EnqueueError),
}
