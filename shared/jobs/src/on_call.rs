//! The copy of PagerDuty's on-call data.

use std::time::Duration;

use chrono::{DateTime, Utc};
use queue::NewJob;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::job;

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
    /// The copy's id.
    pub copy: Uuid,
    /// Of what.
    pub list: OnCallList,
    /// How many come before it.
    pub offset: u32,
    /// The start of the time for which shifts are copied.
    pub since: DateTime<Utc>,
}

/// Copies one page of PagerDuty's on-call data. The job of each page enqueues the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyOnCall {
    /// Which page; `None` begins a copy.
    pub place: Option<CopyPlace>,
}

job!(CopyOnCall {
    kind: "pagerduty.copy_on_call",
    queue: PAGERDUTY,
    priority: HOUSEKEEPING,
    horizon: Duration::from_mins(30),
    subject: none,
    lane: |_| "on_call".to_owned(),
});

impl CopyOnCall {
    /// The job that begins a copy; of several that wait one is left.
    pub fn all() -> NewJob {
        Self { place: None }.job().coalesce("on_call")
    }

    /// The job of a page.
    pub fn of(place: CopyPlace) -> NewJob {
        Self { place: Some(place) }.job()
    }
}
