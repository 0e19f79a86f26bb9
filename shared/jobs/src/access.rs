//! Who may see what in the console: requests for private incidents, and who somebody is in Slack.

use serde::{Deserialize, Serialize};

use crate::{DAY, HOUR, WEEK, job};

/// Posts or re-renders the prompt in which the people of a private incident decide about an access request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawAccessRequest {
    /// The request's id.
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

/// Sends somebody a direct message with the outcome of their access request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellAccess {
    /// The request's id.
    pub request: uuid::Uuid,
}

job!(TellAccess {
    kind: "slack.tell_access",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: given,
});

/// Posts or re-renders the direct message that asks somebody to confirm that a console user is them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawSlackLink {
    /// The prompt's id.
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
