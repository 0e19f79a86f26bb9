//! The app home.

use serde::{Deserialize, Serialize};

use crate::{HOUR, job};

/// Re-renders somebody's app home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawHome {
    /// Slack's id of the person.
    pub user: String,
}

job!(DrawHome {
    kind: "slack.draw_home",
    queue: SLACK,
    priority: NOTICE,
    horizon: HOUR,
    subject: none,
    serial: |job| format!("home/{}", job.user),
});
