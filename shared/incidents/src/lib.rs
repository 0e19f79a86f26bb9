//! Commands: the only place where the state of an incident changes.
//!
//! A command is one transaction: the new state, the entry in the timeline and the jobs that carry the change outward are
//! committed together or not at all. One that a person wants begins and ends its own transaction and knows the
//! [`Request`] it fulfils, so that the same press coming twice changes nothing; one that follows from a job is part of
//! the transaction that completes that job.

mod change;
mod channel;
mod declare;
mod error;
mod panel;
mod problem;
mod rca;
mod request;
mod roles;
mod severity;
mod status;
mod update;
mod upstream;

pub use channel::channel_created;
pub use declare::{Declaration, DeclareError, declare};
pub use error::CommandError;
pub use panel::redraw_panel;
pub use problem::note_problem;
pub use rca::rca_channel_created;
pub use request::Request;
pub use roles::{assign, give_up};
pub use severity::set_severity;
pub use status::set_status;
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
    Jobs(#[from] jobs::EnqueueError),
}
