//! Jobs of the queue `pagerduty`: calling people, following what becomes of that, copying who is on call.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::IncidentId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use queue::{Job, NewJob, Priority, Queue};

use crate::{priorities, queues};

const MINUTE: Duration = Duration::from_mins(1);
/// Who is called later is called for nothing: the channel is told instead.
const PAGE: Duration = Duration::from_mins(30);
const DAY: Duration = Duration::from_hours(24);

/// Makes each payload a job and lists their kinds, so that none is forgotten.
macro_rules! pagerduty_jobs {
    ($($job:ty: $kind:literal, $priority:ident, $horizon:expr;)*) => {
        $(impl Job for $job {
            const KIND: &'static str = $kind;
            const QUEUE: Queue = queues::PAGERDUTY;
            const PRIORITY: Priority = priorities::$priority;
            const HORIZON: Duration = $horizon;
        })*

        /// Every kind of this queue; a test of the worker compares them with its handlers.
        pub const KINDS: &[&str] = &[$($kind),*];
    };
}

pagerduty_jobs! {
    Page: "pagerduty.page", PAGE, PAGE;
    PageBySeverity: "pagerduty.page_by_severity", PAGE, PAGE;
    ResolvePage: "pagerduty.resolve_page", STATUS, DAY;
    AddNote: "pagerduty.add_note", NOTICE, DAY;
    PollPages: "pagerduty.poll_pages", NOTICE, MINUTE;
    // The next look comes soon enough.
    PollPage: "pagerduty.poll_page", NOTICE, Duration::from_mins(2);
    CopyOnCall: "pagerduty.copy_on_call", HOUSEKEEPING, PAGE;
}

/// What is done about one page is done one after the other.
fn lane(page: Uuid) -> String {
    format!("page/{page}")
}

/// Has PagerDuty call whom a page is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Names the page.
    pub page: Uuid,
}

impl Page {
    /// The job.
    pub fn job(page: Uuid) -> NewJob {
        NewJob::new(&Self { page }).lane(lane(page))
    }
}

/// Pages the teams that the settings name for a severity.
///
/// Only processes of the release before enqueue it: now such pages are written with the change that asks for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageBySeverity {
    /// For this incident.
    pub incident: IncidentId,
    /// Key of the severity.
    pub severity: String,
}

/// Resolves a page in PagerDuty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvePage {
    /// Names the page.
    pub page: Uuid,
}

impl ResolvePage {
    /// The job; of several that wait one is left.
    pub fn job(page: Uuid) -> NewJob {
        NewJob::new(&Self { page })
            .coalesce(format!("resolve/{page}"))
            .lane(lane(page))
    }
}

/// Adds an update to a page in PagerDuty as a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddNote {
    /// Names the page.
    pub page: Uuid,
    /// The revision of the incident that came of the update.
    pub revision: i64,
    /// What people are told.
    pub text: String,
}

impl AddNote {
    /// The job.
    pub fn job(self) -> NewJob {
        let lane = lane(self.page);
        NewJob::new(&self).lane(lane)
    }
}

/// Has every page that is not over looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollPages {}

impl PollPages {
    /// The job; of several that wait one is left.
    pub fn job() -> NewJob {
        NewJob::new(&Self {}).coalesce("pages")
    }
}

/// Looks at what became of a page in PagerDuty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollPage {
    /// Names the page.
    pub page: Uuid,
}

impl PollPage {
    /// The job; of several that wait one is left.
    pub fn job(page: Uuid) -> NewJob {
        NewJob::new(&Self { page })
            .coalesce(format!("poll/{page}"))
            .lane(lane(page))
    }
}

/// What is copied, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnCallList {
    /// People.
    Users,
    /// Services.
    Services,
    /// Schedules.
    Schedules,
    /// Escalation policies.
    Policies,
    /// Who is on call.
    Shifts,
}

/// A page of a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyPlace {
    /// Names the copy.
    pub copy: Uuid,
    /// Of what.
    pub list: OnCallList,
    /// How many come before it.
    pub offset: u32,
    /// From when on people are on call who are copied.
    pub since: DateTime<Utc>,
}

/// Copies one page of what PagerDuty knows of who is on call. The job of each page enqueues the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyOnCall {
    /// Which page; `None` begins a copy.
    pub place: Option<CopyPlace>,
}

impl CopyOnCall {
    /// The job that begins a copy; of several that wait one is left.
    pub fn all() -> NewJob {
        NewJob::new(&Self { place: None }).coalesce("on_call").lane("on_call")
    }

    /// The job of a page.
    pub fn of(place: CopyPlace) -> NewJob {
        NewJob::new(&Self { place: Some(place) }).lane("on_call")
    }
}
