//! Publications on Statuspage.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use domain::statuspage::Group;
use queue::NewJob;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{DAY, LOOK, WEEK, job};

/// Posts the message with the incident's state on Statuspage, or re-renders it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawStatuspage {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(DrawStatuspage {
    kind: "slack.draw_statuspage",
    queue: SLACK,
    priority: STATUS,
    horizon: WEEK,
    subject: incident,
    serial: |job| format!("{}/statuspage", job.incident),
});

/// Posts the prompt whether to resolve the publication too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskStatuspage {
    /// The prompt.
    pub question: uuid::Uuid,
}

job!(AskStatuspage {
    kind: "slack.ask_statuspage",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: given,
});

/// Publishes something of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publish {
    /// What.
    pub published: Uuid,
}

job!(Publish {
    kind: "statuspage.publish",
    queue: STATUSPAGE,
    priority: STATUS,
    // A text that is a day old should not be published anymore.
    horizon: DAY,
    subject: given,
    lane: |job| lane(job.published),
});

/// Sends an update of a publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendStatuspageUpdate {
    /// The publication.
    pub published: Uuid,
    /// The update.
    pub update: Uuid,
}

job!(SendStatuspageUpdate {
    kind: "statuspage.send_update",
    queue: STATUSPAGE,
    priority: STATUS,
    horizon: DAY,
    subject: given,
    coalesce: |job| format!("statuspage/update/{}", job.update),
    lane: |job| lane(job.published),
});

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

job!(CopyComponents {
    kind: "statuspage.copy_components",
    queue: STATUSPAGE,
    priority: HOUSEKEEPING,
    horizon: LOOK,
    subject: none,
    lane: |_| "statuspage/components".to_owned(),
});

impl CopyComponents {
    /// The job of the first page; of several that wait one is left.
    pub fn all() -> NewJob {
        let first = Self {
            page: 1,
            began: None,
            groups: None,
        };
        first.job().coalesce("statuspage/components")
    }

    /// The job of a further page.
    pub fn further(page: u32, began: DateTime<Utc>, groups: Vec<Group>) -> NewJob {
        let next = Self {
            page,
            began: Some(began),
            groups: Some(groups),
        };
        next.job()
    }
}

/// Reads the incidents on the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollStatuspage {}

job!(PollStatuspage {
    kind: "statuspage.poll",
    queue: STATUSPAGE,
    priority: NOTICE,
    horizon: LOOK,
    subject: none,
    serial: |_| "statuspage/poll".to_owned(),
});
