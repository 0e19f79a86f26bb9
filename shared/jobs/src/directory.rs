//! Copies of what the workspace has: channels, people, groups.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use queue::NewJob;
use serde::{Deserialize, Serialize};

use crate::{DAY, HOUR, job};

/// Fetches somebody's profile, so that they are shown by the name they chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchUser {
    /// Slack's id of the person.
    pub user: String,
    /// Shows them by a name that may have to change.
    pub incident: IncidentId,
}

job!(FetchUser {
    kind: "slack.fetch_user",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: DAY,
    subject: incident,
    coalesce: |job| format!("user/{}", job.user),
});

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

job!(CopyChannels {
    kind: "slack.copy_channels",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: HOUR,
    subject: none,
    lane: |_| "channels".to_owned(),
});

impl CopyChannels {
    /// The job of the first page; of several that wait one is left.
    pub fn all() -> NewJob {
        let all = Self {
            cursor: None,
            began: None,
        };
        all.job().coalesce("channels")
    }

    /// The job of a further page.
    pub fn next(cursor: String, began: DateTime<Utc>) -> NewJob {
        let next = Self {
            cursor: Some(cursor),
            began: Some(began),
        };
        next.job()
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

job!(CopyPeople {
    kind: "slack.copy_people",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: HOUR,
    subject: none,
    lane: |_| "people".to_owned(),
});

impl CopyPeople {
    /// The job of the first page; of several that wait one is left.
    pub fn all() -> NewJob {
        let all = Self {
            cursor: None,
            began: None,
        };
        all.job().coalesce("people")
    }

    /// The job of a further page.
    pub fn next(cursor: String, began: DateTime<Utc>) -> NewJob {
        let next = Self {
            cursor: Some(cursor),
            began: Some(began),
        };
        next.job()
    }
}

/// Copies the user groups of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyGroups {}

job!(CopyGroups {
    kind: "slack.copy_groups",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: HOUR,
    subject: none,
    serial: |_| "groups".to_owned(),
});

/// Copies who is in a user group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyGroupMembers {
    /// The group's id.
    pub group: String,
}

job!(CopyGroupMembers {
    kind: "slack.copy_group_members",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: HOUR,
    subject: none,
    coalesce: |job| format!("groups/{}", job.group),
    lane: |_| "groups".to_owned(),
});
