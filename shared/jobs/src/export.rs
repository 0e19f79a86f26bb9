//! Chat exports.

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use crate::{DAY, job};

/// Reads one page of a channel that is exported, or of one of its threads. The job of each page enqueues the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadChat {
    /// The channel of this incident.
    pub incident: IncidentId,
    /// The export.
    pub export: uuid::Uuid,
}

job!(ReadChat {
    kind: "slack.read_chat",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
});

/// Uploads the messages of a channel as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadChat {
    /// The channel of this incident.
    pub incident: IncidentId,
    /// The export.
    pub export: uuid::Uuid,
}

job!(UploadChat {
    kind: "slack.upload_chat",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
});
