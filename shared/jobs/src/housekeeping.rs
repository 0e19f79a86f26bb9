//! What keeps the tables small.

use serde::{Deserialize, Serialize};

use crate::{HOUR, job};

/// Deletes rows that have been kept long enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteExpired {}

job!(DeleteExpired {
    kind: "slack.delete_expired",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: HOUR,
    subject: none,
});
