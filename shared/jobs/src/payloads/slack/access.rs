//! Who may see what in the console: requests for private incidents, and who somebody is in Slack.

use serde::{Deserialize, Serialize};

use queue::NewJob;

/// Asks the people of a private incident whether somebody may see it, or shows what became of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawAccessRequest {
    /// Names the request.
    pub request: uuid::Uuid,
}

impl DrawAccessRequest {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        let key = format!("access/{}", self.request);
        NewJob::new(&self).coalesce(key.clone()).lane(key)
    }
}

/// Tells somebody by direct message what became of their request to see a private incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellAccess {
    /// Names the request.
    pub request: uuid::Uuid,
}

/// Asks somebody by direct message whether a person of the console is them, or shows what became of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawSlackLink {
    /// Names the question.
    pub link: uuid::Uuid,
}

impl DrawSlackLink {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        let key = format!("slack_link/{}", self.link);
        NewJob::new(&self).coalesce(key.clone()).lane(key)
    }
}
