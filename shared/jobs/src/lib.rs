//! Our jobs: payloads and attributes. The queue itself is the crate `queue`.
//!
//! A file per feature. A payload refers to things by id; the handler reads their current state. Below the payload, `job!`
//! declares its attributes. The handler is in the worker.

use std::time::Duration;

mod access;
mod channels;
mod declare;
mod digest;
mod directory;
mod export;
mod home;
mod housekeeping;
mod legacy;
mod mentions;
mod notices;
mod on_call;
mod paging;
mod panel;
mod pins;
pub mod priorities;
pub mod queues;
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
pub use housekeeping::*;
pub use legacy::*;
pub use mentions::*;
pub use notices::*;
pub use on_call::*;
pub use paging::*;
pub use panel::*;
pub use pins::*;
pub use rca::*;
pub use reminders::*;
pub use roles::*;
pub use statuspage::*;
pub use update::*;
pub use upstream::*;

/// The horizon of polling jobs: the next poll replaces one that is late.
const LOOK: Duration = Duration::from_mins(10);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// The horizon of jobs that render state in Slack.
const WEEK: Duration = Duration::from_hours(7 * 24);

/// A kind of job; `job!` submits each.
struct Kind(&'static str);

inventory::collect!(Kind);

/// The kinds of all jobs.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    inventory::iter::<Kind>().map(|kind| kind.0)
}

/// Declares a payload as a job.
///
/// - `kind`: its name in the database. It never changes.
/// - `queue` and `priority`: of [`queues`] and [`priorities`].
/// - `horizon`: how long it is retried, from its first possible run; then it is discarded.
/// - `subject`: the incident that it is about. `incident` is the payload's field of that name, `none` is none, and with `given`
///   the caller passes it when it enqueues the job.
/// - Optional keys, each a function of the payload: `lane` (jobs with this key run one at a time, in order),
///   `coalesce` (at most one job with this key waits), `serial` (both, with one key), `once` (only the first with this key is
///   ever enqueued).
macro_rules! job {
    ($job:ident {
        kind: $kind:literal,
        queue: $queue:ident,
        priority: $priority:ident,
        horizon: $horizon:expr,
        subject: $subject:ident,
        $($key:ident: $of:expr,)*
    }) => {
        impl ::queue::Job for $job {
            const KIND: &'static str = $kind;
            const QUEUE: ::queue::Queue = $crate::queues::$queue;
            const PRIORITY: ::queue::Priority = $crate::priorities::$priority;
            const HORIZON: ::std::time::Duration = $horizon;

            $crate::job!(@subject $subject);

            fn with_keys(&self, job: ::queue::NewJob) -> ::queue::NewJob {
                job$(.$key({
                    let key: fn(&Self) -> String = $of;
                    key(self)
                }))*
            }
        }

        impl $job {
            $crate::job!(@job $subject);
        }

        inventory::submit!($crate::Kind($kind));
    };
    (@subject incident) => {
        fn subject(&self) -> Option<::uuid::Uuid> {
            Some(self.incident.0)
        }
    };
    (@subject $other:ident) => {};
    (@job given) => {
        /// The job, and the incident that it is about, if any.
        pub fn job(&self, incident: impl Into<Option<::domain::IncidentId>>) -> ::queue::NewJob {
            ::queue::NewJob::new(self).about(incident.into().map(|incident| incident.0))
        }
    };
    (@job $other:ident) => {
        /// The job.
        pub fn job(&self) -> ::queue::NewJob {
            ::queue::NewJob::new(self)
        }
    };
}
pub(crate) use job;
