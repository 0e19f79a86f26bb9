//! Jobs of the queue `statuspage`: publishing on the status page that customers read, and reading it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::statuspage::Group;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use queue::{Job, NewJob, Priority, Queue};

use crate::{priorities, queues};

/// After a day nobody wants to have published any more what was written before.
const DAY: Duration = Duration::from_hours(24);
/// What is older than the next look is not worth trying.
const LOOK: Duration = Duration::from_mins(10);

/// Every kind of this queue; a test of the worker compares them with its handlers.
pub const KINDS: &[&str] = &[Publish::KIND, SendUpdate::KIND, CopyComponents::KIND, Poll::KIND];

/// Publishes something of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publish {
    /// What.
    pub published: Uuid,
}

impl Job for Publish {
    const KIND: &'static str = "statuspage.publish";
    const QUEUE: Queue = queues::STATUSPAGE;
    const PRIORITY: Priority = priorities::STATUS;
    const HORIZON: Duration = DAY;
}

impl Publish {
    /// The job, before everything that is said about the same afterwards.
    pub fn job(self) -> NewJob {
        NewJob::new(&self).lane(lane(self.published))
    }
}

/// Says something more about what was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendUpdate {
    /// What was published.
    pub published: Uuid,
    /// What is said.
    pub update: Uuid,
}

impl Job for SendUpdate {
    const KIND: &'static str = "statuspage.send_update";
    const QUEUE: Queue = queues::STATUSPAGE;
    const PRIORITY: Priority = priorities::STATUS;
    const HORIZON: Duration = DAY;
}

impl SendUpdate {
    /// The job, in the order in which people wrote. Of one update at most one waits.
    pub fn job(self) -> NewJob {
        NewJob::new(&self)
            .coalesce(format!("statuspage/update/{}", self.update))
            .lane(lane(self.published))
    }
}

fn lane(published: Uuid) -> String {
    format!("statuspage/{published}")
}

/// Copies one page of the components. The job of each page enqueues the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyComponents {
    /// Which page, from 1 on.
    pub page: u32,
    /// When the copy began, by the database's clock; `None` on the first page.
    pub began: Option<DateTime<Utc>>,
    /// The groups, which are read once for each copy; `None` where they are still to be read.
    #[serde(default)]
    pub groups: Option<Vec<Group>>,
}

impl Job for CopyComponents {
    const KIND: &'static str = "statuspage.copy_components";
    const QUEUE: Queue = queues::STATUSPAGE;
    const PRIORITY: Priority = priorities::HOUSEKEEPING;
    const HORIZON: Duration = LOOK;
}

impl CopyComponents {
    /// The job of the first page; of several that wait one is left.
    pub fn all() -> NewJob {
        let first = Self {
            page: 1,
            began: None,
            groups: None,
        };
        NewJob::new(&first)
            .coalesce("statuspage/components")
            .lane("statuspage/components")
    }

    /// The job of a further page.
    pub fn further(page: u32, began: DateTime<Utc>, groups: Vec<Group>) -> NewJob {
        let next = Self {
            page,
            began: Some(began),
            groups: Some(groups),
        };
        NewJob::new(&next).lane("statuspage/components")
    }
}

/// Reads what stands on the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {}

impl Job for Poll {
    const KIND: &'static str = "statuspage.poll";
    const QUEUE: Queue = queues::STATUSPAGE;
    const PRIORITY: Priority = priorities::NOTICE;
    const HORIZON: Duration = LOOK;
}

impl Poll {
    /// The job; of several that wait one is left, and one replica at a time does it.
    pub fn job() -> NewJob {
        NewJob::new(&Self {})
            .coalesce("statuspage/poll")
            .lane("statuspage/poll")
    }
}
