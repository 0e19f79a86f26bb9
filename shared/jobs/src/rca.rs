//! What follows when an incident is resolved: the RCA channel and the RCA document.

use domain::{Actor, IncidentId};
use queue::NewJob;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{DAY, WEEK, job};

/// Posts in an incident's channel that it is resolved, and the next steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellResolved {
    /// This incident.
    pub incident: IncidentId,
    /// The revision of the incident after the change: it may be reopened and resolved again.
    pub revision: i64,
    /// Whether its pages are resolved with it, so that no prompt is needed.
    #[serde(default)]
    pub with_pages: bool,
    /// Whether there was an RCA channel already, from before the incident was reopened.
    #[serde(default)]
    pub has_rca_channel: bool,
}

job!(TellResolved {
    kind: "slack.tell_resolved",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
    lane: |job| format!("{}/resolution", job.incident),
});

/// Creates the RCA channel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateRcaChannel {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(CreateRcaChannel {
    kind: "slack.create_rca_channel",
    queue: SLACK,
    priority: CHANNEL,
    horizon: WEEK,
    subject: incident,
    serial: |job| format!("{}/rca", job.incident),
});

/// Invites somebody to the RCA channel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteToRca {
    /// Of this incident.
    pub incident: IncidentId,
    /// Slack's id of the person.
    pub user: String,
}

job!(InviteToRca {
    kind: "slack.invite_to_rca",
    queue: SLACK,
    priority: CHANNEL,
    horizon: WEEK,
    subject: incident,
});

/// Posts the first message in the RCA channel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GreetRca {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(GreetRca {
    kind: "slack.greet_rca",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
});

/// Posts a link to the RCA document in the RCA channel, or in the incident's if there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellRcaDocument {
    /// Of this incident.
    pub incident: IncidentId,
    /// The version of the page.
    pub version: i64,
    /// Whether a new part was added below people's edits.
    pub below: bool,
}

job!(TellRcaDocument {
    kind: "slack.tell_rca_document",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
    lane: |job| format!("{}/rca", job.incident),
});

/// Adds a bookmark with the RCA document to the incident's channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddRcaBookmark {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(AddRcaBookmark {
    kind: "slack.add_rca_bookmark",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: DAY,
    subject: incident,
});

impl AddRcaBookmark {
    /// The job, once for each channel that the incident gets.
    pub fn for_channel(&self, channel_number: i32) -> NewJob {
        self.job()
            .once(format!("{}/rca_bookmark/{channel_number}", self.incident))
    }
}

/// The file format of an RCA document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RcaFormat {
    /// For further editing.
    Markdown,
    /// For reading only.
    Html,
}

/// Uploads the RCA document as a file to a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRca {
    /// Of this incident.
    pub incident: IncidentId,
    /// Identifies this file among others.
    pub export: uuid::Uuid,
    /// The channel's id.
    pub channel: String,
    /// The file's format.
    pub format: RcaFormat,
}

job!(UploadRca {
    kind: "slack.upload_rca",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
});

/// Writes the RCA document of an incident, or writes it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteRcaDocument {
    /// Of this incident.
    pub incident: IncidentId,
    /// Identifies this request among others.
    pub writing: Uuid,
    /// Who requested it; the system if resolving the incident did.
    pub by: Actor,
}

job!(WriteRcaDocument {
    kind: "confluence.write_document",
    queue: CONFLUENCE,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
    lane: |job| format!("{}/rca_document", job.incident),
});

/// Attaches one image to the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachRcaImage {
    /// Of this incident.
    pub incident: IncidentId,
    /// Confluence's id of the page.
    pub page: String,
    /// Slack's id of the file.
    pub file: String,
}

job!(AttachRcaImage {
    kind: "confluence.attach_image",
    queue: CONFLUENCE,
    priority: HOUSEKEEPING,
    horizon: DAY,
    subject: incident,
    once: |job| format!("{}/{}/{}", job.incident, job.page, job.file),
    lane: |job| format!("{}/rca_images", job.incident),
});
