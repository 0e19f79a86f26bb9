//! Copies of what the workspace has: channels, people, groups.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use serde::{Deserialize, Serialize};

use queue::NewJob;

/// Fetches somebody's profile, so that they are shown by the name they chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchUser {
    /// Slack's id of the person.
    pub user: String,
    /// Shows them by a name that may have to change.
    pub incident: IncidentId,
}

impl FetchUser {
    /// The job; of several that wait for one person one is left.
    pub fn job(self) -> NewJob {
        let key = format!("user/{}", self.user);
        NewJob::new(&self).coalesce(key)
    }
}

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

impl CopyChannels {
    /// The job of the first page; of several that wait one is left.
    pub fn all() -> NewJob {
        let all = Self {
            cursor: None,
            began: None,
        };
        NewJob::new(&all).coalesce("channels").lane("channels")
    }

    /// The job of a further page.
    pub fn next(cursor: String, began: DateTime<Utc>) -> NewJob {
        let next = Self {
            cursor: Some(cursor),
            began: Some(began),
        };
        NewJob::new(&next).lane("channels")
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

impl CopyPeople {
    /// The job of the first page; of several that wait one is left.
    pub fn all() -> NewJob {
        let all = Self {
            cursor: None,
            began: None,
        };
        NewJob::new(&all).coalesce("people").lane("people")
    }

    /// The job of a further page.
    pub fn next(cursor: String, began: DateTime<Utc>) -> NewJob {
        let next = Self {
            cursor: Some(cursor),
            began: Some(began),
        };
        NewJob::new(&next).lane("people")
    }
}

/// Copies the user groups of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyGroups {}

impl CopyGroups {
    /// The job; of several that wait one is left.
    pub fn all() -> NewJob {
        NewJob::new(&Self {}).coalesce("groups").lane("groups")
    }
}

/// Copies who is in a user group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyGroupMembers {
    /// The group's id.
    pub group: String,
}

impl CopyGroupMembers {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        let key = format!("groups/{}", self.group);
        NewJob::new(&self).coalesce(key).lane("groups")
    }
}
