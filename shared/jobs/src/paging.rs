//! Who is paged.

use std::time::Duration;

use domain::IncidentId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{DAY, HOUR, job};

/// Who is called later is called for nothing: the channel is told instead.
const PAGE: Duration = Duration::from_mins(30);

/// What is done about one page is done one after the other.
fn lane(page: Uuid) -> String {
    format!("page/{page}")
}

/// Tells somebody by direct message of the incident that they were paged for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellPaged {
    /// Names the page.
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

/// Posts or edits the message that shows what became of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderPage {
    /// Names the page.
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

/// Has the message of a page say that PagerDuty has not accepted it, where that is so when the job runs.
///
/// It is a job of its own that is planned with the page: a call of PagerDuty that hangs cannot keep it from running, nor can
/// a queue that nobody serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckPageAccepted {
    /// Names the page.
    pub page: Uuid,
}

job!(CheckPageAccepted {
    kind: "slack.check_page_accepted",
    queue: SLACK,
    priority: STATUS,
    horizon: HOUR,
    subject: given,
});

/// Has PagerDuty call whom a page is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Names the page.
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
/// Only processes of the release before enqueue it: now such pages are written with the change that asks for them.
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
    /// Names the page.
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
    /// Names the page.
    pub page: Uuid,
    /// The revision of the incident that came of the update.
    pub revision: i64,
    /// What people are told.
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

/// Has every page that is not over looked at.
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

/// Looks at what became of a page in PagerDuty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollPage {
    /// Names the page.
    pub page: Uuid,
}

job!(PollPage {
    kind: "pagerduty.poll_page",
    queue: PAGERDUTY,
    priority: NOTICE,
    // The next look comes soon enough.
    horizon: Duration::from_mins(2),
    subject: given,
    coalesce: |job| format!("poll/{}", job.page),
    lane: |job| lane(job.page),
});
