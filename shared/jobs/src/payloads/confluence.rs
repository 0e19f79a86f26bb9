//! Jobs of the queue `confluence`: the RCA document.

use std::time::Duration;

use domain::{Actor, IncidentId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use queue::{Job, NewJob, Priority, Queue};

use crate::{priorities, queues};

/// A document is worth a day of trying.
const HORIZON: Duration = Duration::from_hours(24);

/// Every kind of this queue; a test of the worker compares them with its handlers.
pub const KINDS: &[&str] = &[WriteDocument::KIND, AttachImage::KIND];

/// Writes the RCA document of an incident, or writes it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteDocument {
    /// Of this incident.
    pub incident: IncidentId,
    /// Names this writing among others.
    pub writing: Uuid,
    /// Who asked for it; the system where the incident was resolved.
    pub by: Actor,
}

impl Job for WriteDocument {
    const KIND: &'static str = "confluence.write_document";
    const QUEUE: Queue = queues::CONFLUENCE;
    const PRIORITY: Priority = priorities::NOTICE;
    const HORIZON: Duration = HORIZON;
}

impl WriteDocument {
    /// The job; an incident's document is written once at a time.
    pub fn job(&self) -> NewJob {
        NewJob::new(self).lane(format!("{}/rca_document", self.incident))
    }
}

/// Attaches one image to the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachImage {
    /// Of this incident.
    pub incident: IncidentId,
    /// Confluence's id of the page.
    pub page: String,
    /// Slack's id of the file.
    pub file: String,
}

impl Job for AttachImage {
    const KIND: &'static str = "confluence.attach_image";
    const QUEUE: Queue = queues::CONFLUENCE;
    const PRIORITY: Priority = priorities::HOUSEKEEPING;
    const HORIZON: Duration = HORIZON;
}

impl AttachImage {
    /// The job, once for a page and a file; images are read one at a time.
    pub fn job(&self) -> NewJob {
        NewJob::new(self)
            .once(format!("{}/{}/{}", self.incident, self.page, self.file))
            .lane(format!("{}/rca_images", self.incident))
    }
}
