//! Deletes old rows.

use serde::{Deserialize, Serialize};

use crate::{HOUR, job};

/// Deletes rows whose retention has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteExpired {}

job!(DeleteExpired {
    kind: "slack.delete_expired",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: HOUR,
    subject: none,
});
