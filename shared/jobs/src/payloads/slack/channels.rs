//! The channel of an incident: who is in it, how it is called, when it is archived.

use chrono::{DateTime, Utc};
use domain::{Actor, IncidentId};
use serde::{Deserialize, Serialize};

use super::{NOTICES, laned};
use crate::NewJob;

/// Invites somebody to the channel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// Of this incident.
    pub incident: IncidentId,
    /// Slack's id of the person.
    pub user: String,
}

/// Invites a user group to the channel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteGroup {
    /// Of this incident.
    pub incident: IncidentId,
    /// The group's id, handle or name, as it stands in the settings.
    pub group: String,
}

impl InviteGroup {
    /// The job, once for each channel that the incident gets.
    pub fn job(self, channel_number: i32) -> NewJob {
        let key = format!("{}/group/{channel_number}/{}", self.incident, self.group);
        NewJob::new(&self).once(key)
    }

    /// The job for a channel that can be used again; of several that wait one is left.
    pub fn again(self) -> NewJob {
        laned(&self, self.incident, &format!("group/{}", self.group))
    }
}

/// Sets the topic of an incident's channel to what it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTopic {
    /// Of this incident.
    pub incident: IncidentId,
}

impl SetTopic {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "topic")
    }
}

/// Gives the channel of an incident the name that is wanted for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameChannel {
    /// Of this incident.
    pub incident: IncidentId,
    /// Who wants it.
    pub actor: Actor,
}

impl RenameChannel {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "name")
    }
}

/// Asks for a person who opens the archived channel of an open incident again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskToUnarchive {
    /// What is asked.
    pub question: uuid::Uuid,
    /// Slack's id of whoever opened the incident again, where that is known.
    pub by: Option<String>,
}

/// Archives the channel of a resolved incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveChannel {
    /// Of this incident.
    pub incident: IncidentId,
}

impl ArchiveChannel {
    /// The job, after everything that the channel is still told.
    pub fn job(self) -> NewJob {
        NewJob::new(&self).lane(format!("{}/{NOTICES}", self.incident))
    }
}

/// Has the channel of an incident archived when it was resolved long enough ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveByAge {
    /// Of this incident.
    pub incident: IncidentId,
}

impl ArchiveByAge {
    /// The job for `moment`; of several that wait one is left. When it runs, it looks when archiving is due now.
    pub fn at(self, moment: DateTime<Utc>) -> NewJob {
        laned(&self, self.incident, "archive").at(moment)
    }
}

/// Looks for channels that are to be archived by their age and that no job waits for: the setting was made since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveForgotten {}

/// Goes back into a channel that was opened again, and brings it up to date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejoinChannel {
    /// Of this incident.
    pub incident: IncidentId,
}

impl RejoinChannel {
    /// The job, before anything that the channel is told.
    pub fn job(self) -> NewJob {
        NewJob::new(&self).lane(format!("{}/{NOTICES}", self.incident))
    }
}

/// Says in a channel that an incident left where it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyMoved {
    /// Of this incident.
    pub incident: IncidentId,
    /// Slack's id of the channel that was left.
    pub channel: String,
}

/// Asks Slack what became of the channel of an incident: whether the bot is in it, how it is called, whether it is archived,
/// and, for a private incident, who is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckChannel {
    /// Of this incident.
    pub incident: IncidentId,
}

impl CheckChannel {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "check")
    }
}

/// Asks Slack what became of the channel about the causes of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRcaChannel {
    /// Of this incident.
    pub incident: IncidentId,
}

impl CheckRcaChannel {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        laned(&self, self.incident, "check_rca")
    }
}

/// Has the channels of open incidents checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckChannels {
    /// Instead of these the channels of private incidents that are resolved: who is in them may still read all of it.
    #[serde(default)]
    pub resolved: bool,
    /// Which run this is: of many channels each is checked in its turn.
    #[serde(default)]
    pub turn: u64,
}

impl CheckChannels {
    /// The job for open incidents.
    pub fn of_open(turn: u64) -> NewJob {
        NewJob::new(&Self { resolved: false, turn })
    }

    /// The job for resolved ones.
    pub fn of_resolved(turn: u64) -> NewJob {
        NewJob::new(&Self { resolved: true, turn })
    }
}
