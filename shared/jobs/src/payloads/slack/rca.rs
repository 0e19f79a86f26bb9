//! What follows when an incident is resolved: the RCA channel and the RCA document.

use domain::IncidentId;
use serde::{Deserialize, Serialize};

use super::laned;
use queue::NewJob;

/// Tells the channel of an incident that it is resolved, and what can be done now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellResolved {
    /// This incident.
    pub incident: IncidentId,
    /// The revision of the incident that came of it: it may be reopened and resolved again.
    pub revision: i64,
    /// Whether its pages are resolved with it, so that nobody is to be asked.
    #[serde(default)]
    pub with_pages: bool,
    /// Whether there was an RCA channel before, from the time before the incident was opened again.
    #[serde(default)]
    pub has_rca_channel: bool,
}

impl TellResolved {
    /// The job, ahead of the other things that the channel is told: they wait for it.
    pub fn job(self) -> NewJob {
        NewJob::new(&self).lane(format!("{}/resolution", self.incident))
    }
}

/// Makes the channel in which the causes of an incident are looked into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateRcaChannel {
    /// Of this incident.
    pub incident: IncidentId,
}

impl CreateRcaChannel {
    /// The job; of several that wait one is left, and none runs beside another.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "rca")
    }
}

/// Invites somebody to the RCA channel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteToRca {
    /// Of this incident.
    pub incident: IncidentId,
    /// Slack's id of the person.
    pub user: String,
}

/// Posts the first message in the RCA channel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GreetRca {
    /// Of this incident.
    pub incident: IncidentId,
}

/// Says where the RCA document is: in the RCA channel, or in the incident's where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellRcaDocument {
    /// Of this incident.
    pub incident: IncidentId,
    /// The version of the page.
    pub version: i64,
    /// Whether a new part stands below what people have edited.
    pub below: bool,
}

impl TellRcaDocument {
    /// The job.
    pub fn job(&self) -> NewJob {
        NewJob::new(self).lane(format!("{}/rca", self.incident))
    }
}

/// Adds a link to the RCA document above the incident's channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddRcaBookmark {
    /// Of this incident.
    pub incident: IncidentId,
}

impl AddRcaBookmark {
    /// The job, once for each channel that the incident gets.
    pub fn job(&self, channel_number: i32) -> NewJob {
        NewJob::new(self).once(format!("{}/rca_bookmark/{channel_number}", self.incident))
    }
}

/// How the RCA document is written into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RcaFormat {
    /// For whoever goes on writing.
    Markdown,
    /// For whoever only reads.
    Html,
}

/// Puts the RCA document into a file and shares it in a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRca {
    /// Of this incident.
    pub incident: IncidentId,
    /// Names this file among others.
    pub export: uuid::Uuid,
    /// The channel's id.
    pub channel: String,
    /// How it is written.
    pub format: RcaFormat,
}
