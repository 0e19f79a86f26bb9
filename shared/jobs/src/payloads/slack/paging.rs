//! Who is paged.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use queue::NewJob;

/// Tells somebody by direct message of the incident that they were paged for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellPaged {
    /// Names the page.
    pub page: Uuid,
    /// Slack's id of the person.
    pub user: String,
}

/// Posts or edits the message that shows what became of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderPage {
    /// Names the page.
    pub page: Uuid,
}

impl RenderPage {
    /// The job; of several that wait one is left.
    pub fn job(page: Uuid) -> NewJob {
        let key = format!("page_message/{page}");
        NewJob::new(&Self { page }).coalesce(key.clone()).lane(key)
    }
}

/// Has the message of a page say that PagerDuty has not accepted it, where that is so when the job runs.
///
/// It is a job of its own that is planned with the page: a call of PagerDuty that hangs cannot keep it from running, nor can
/// a queue that nobody serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckPageAccepted {
    /// Names the page.
    pub page: Uuid,
}

impl CheckPageAccepted {
    /// The job, for when PagerDuty should have accepted the page.
    pub fn at(page: Uuid, at: DateTime<Utc>) -> NewJob {
        NewJob::new(&Self { page }).at(at)
    }
}
