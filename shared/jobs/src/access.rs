//! Who may see what in the console: requests for private incidents, and who somebody is in Slack.

use serde::{Deserialize, Serialize};

use crate::{DAY, HOUR, WEEK, job};

/// Asks the people of a private incident whether somebody may see it, or shows what became of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawAccessRequest {
    /// Names the request.
    pub request: uuid::Uuid,
}

job!(DrawAccessRequest {
    kind: "slack.draw_access_request",
    queue: SLACK,
    priority: STATUS,
    horizon: WEEK,
    subject: given,
    serial: |job| format!("access/{}", job.request),
});

/// Tells somebody by direct message what became of their request to see a private incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellAccess {
    /// Names the request.
    pub request: uuid::Uuid,
}

job!(TellAccess {
    kind: "slack.tell_access",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: given,
});

/// Asks somebody by direct message whether a person of the console is them, or shows what became of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawSlackLink {
    /// Names the question.
    pub link: uuid::Uuid,
}

job!(DrawSlackLink {
    kind: "slack.draw_slack_link",
    queue: SLACK,
    priority: NOTICE,
    horizon: HOUR,
    subject: none,
    serial: |job| format!("slack_link/{}", job.link),
});
