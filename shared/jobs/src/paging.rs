//! Pages.

use std::time::Duration;

use domain::IncidentId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{DAY, HOUR, job};

/// How long a page is retried. A later call would come too late; the channel gets a problem instead.
const PAGE: Duration = Duration::from_mins(30);

/// Calls to PagerDuty about one page run one at a time.
fn lane(page: Uuid) -> String {
    format!("page/{page}")
}

/// Sends somebody a direct message about the incident that they were paged for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellPaged {
    /// The page's id.
    pub page: Uuid,
    /// Slack's id of the person.
    pub user: String,
}

job!(TellPaged {
    kind: "slack.tell_paged",
    queue: SLACK,
    priority: NOTICE,
    horizon: HOUR,
    subject: given,
});

/// Posts or edits the message with the state of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderPage {
    /// The page's id.
    pub page: Uuid,
}

job!(RenderPage {
    kind: "slack.render_page",
    queue: SLACK,
    priority: STATUS,
    horizon: DAY,
    subject: given,
    serial: |job| format!("page_message/{}", job.page),
});

/// Shows in the message of a page that PagerDuty has not accepted it, if that is true when the job runs.
///
/// It is a job of its own, scheduled with the page: neither a call to PagerDuty that hangs nor a queue without workers delays
/// it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckPageAccepted {
    /// The page's id.
    pub page: Uuid,
}

job!(CheckPageAccepted {
    kind: "slack.check_page_accepted",
    queue: SLACK,
    priority: STATUS,
    horizon: HOUR,
    subject: given,
});

/// Creates the page in PagerDuty, which calls people. It is retried for 30 minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The page's id.
    pub page: Uuid,
}

job!(Page {
    kind: "pagerduty.page",
    queue: PAGERDUTY,
    priority: PAGE,
    horizon: PAGE,
    subject: given,
    lane: |job| lane(job.page),
});

/// Pages the teams that the settings name for a severity.
///
/// Only processes of the previous release enqueue it: now the change that requires such pages writes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageBySeverity {
    /// For this incident.
    pub incident: IncidentId,
    /// Key of the severity.
    pub severity: String,
}

job!(PageBySeverity {
    kind: "pagerduty.page_by_severity",
    queue: PAGERDUTY,
    priority: PAGE,
    horizon: PAGE,
    subject: incident,
});

/// Resolves a page in PagerDuty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvePage {
    /// The page's id.
    pub page: Uuid,
}

job!(ResolvePage {
    kind: "pagerduty.resolve_page",
    queue: PAGERDUTY,
    priority: STATUS,
    horizon: DAY,
    subject: given,
    coalesce: |job| format!("resolve/{}", job.page),
    lane: |job| lane(job.page),
});

/// Adds an update to a page in PagerDuty as a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddNote {
    /// The page's id.
    pub page: Uuid,
    /// The revision of the incident after the update.
    pub revision: i64,
    /// The text of the note.
    pub text: String,
}

job!(AddNote {
    kind: "pagerduty.add_note",
    queue: PAGERDUTY,
    priority: NOTICE,
    horizon: DAY,
    subject: given,
    lane: |job| lane(job.page),
});

/// Polls every page that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollPages {}

job!(PollPages {
    kind: "pagerduty.poll_pages",
    queue: PAGERDUTY,
    priority: NOTICE,
    horizon: Duration::from_mins(1),
    subject: none,
    coalesce: |_| "pages".to_owned(),
});

/// Polls the state of a page in PagerDuty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollPage {
    /// The page's id.
    pub page: Uuid,
}

job!(PollPage {
    kind: "pagerduty.poll_page",
    queue: PAGERDUTY,
    priority: NOTICE,
    // The next poll replaces it.
    horizon: Duration::from_mins(2),
    subject: given,
    coalesce: |job| format!("poll/{}", job.page),
    lane: |job| lane(job.page),
});
