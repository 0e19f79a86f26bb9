//! The channel of an incident: who is in it, how it is called, when it is archived.

use chrono::{DateTime, Utc};
use domain::{Actor, IncidentId};
use queue::NewJob;
use serde::{Deserialize, Serialize};

use crate::notices::notices_lane;
use crate::{DAY, HOUR, WEEK, job};

/// Invites somebody to the channel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// Of this incident.
    pub incident: IncidentId,
    /// Slack's id of the person.
    pub user: String,
}

job!(Invite {
    kind: "slack.invite",
    queue: SLACK,
    priority: CHANNEL,
    horizon: WEEK,
    subject: incident,
});

/// Invites a user group to the channel of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteGroup {
    /// Of this incident.
    pub incident: IncidentId,
    /// The group's id, handle or name, as it stands in the settings.
    pub group: String,
}

job!(InviteGroup {
    kind: "slack.invite_group",
    queue: SLACK,
    priority: CHANNEL,
    horizon: WEEK,
    subject: incident,
});

impl InviteGroup {
    /// The job, once for each channel that the incident gets.
    pub fn for_channel(&self, channel_number: i32) -> NewJob {
        let key = format!("{}/group/{channel_number}/{}", self.incident, self.group);
        self.job().once(key)
    }

    /// The job for a channel that can be used again; of several that wait one is left.
    pub fn again(&self) -> NewJob {
        self.job().serial(format!("{}/group/{}", self.incident, self.group))
    }
}

/// Sets the topic of an incident's channel to what it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTopic {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(SetTopic {
    kind: "slack.set_topic",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: WEEK,
    subject: incident,
    serial: |job| format!("{}/topic", job.incident),
});

/// Gives the channel of an incident the name that is wanted for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameChannel {
    /// Of this incident.
    pub incident: IncidentId,
    /// Who wants it.
    pub actor: Actor,
}

job!(RenameChannel {
    kind: "slack.rename_channel",
    queue: SLACK,
    priority: STATUS,
    horizon: DAY,
    subject: incident,
    serial: |job| format!("{}/name", job.incident),
});

/// Asks for a person who opens the archived channel of an open incident again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskToUnarchive {
    /// What is asked.
    pub question: uuid::Uuid,
    /// Slack's id of whoever opened the incident again, where that is known.
    pub by: Option<String>,
}

job!(AskToUnarchive {
    kind: "slack.ask_to_unarchive",
    queue: SLACK,
    priority: STATUS,
    horizon: WEEK,
    subject: given,
});

/// Archives the channel of a resolved incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveChannel {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(ArchiveChannel {
    kind: "slack.archive_channel",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: WEEK,
    subject: incident,
    lane: |job| notices_lane(job.incident),
});

/// Has the channel of an incident archived when it was resolved long enough ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveByAge {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(ArchiveByAge {
    kind: "slack.archive_by_age",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: WEEK,
    subject: incident,
    serial: |job| format!("{}/archive", job.incident),
});

impl ArchiveByAge {
    /// The job for `moment`. When it runs, it looks when archiving is due now.
    pub fn at(&self, moment: DateTime<Utc>) -> NewJob {
        self.job().at(moment)
    }
}

/// Looks for channels that are to be archived by their age and that no job waits for: the setting was made since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveForgotten {}

job!(ArchiveForgotten {
    kind: "slack.archive_forgotten",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: HOUR,
    subject: none,
});

/// Goes back into a channel that was opened again, and brings it up to date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejoinChannel {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(RejoinChannel {
    kind: "slack.rejoin_channel",
    queue: SLACK,
    priority: CHANNEL,
    horizon: WEEK,
    subject: incident,
    lane: |job| notices_lane(job.incident),
});

/// Says in a channel that an incident left where it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyMoved {
    /// Of this incident.
    pub incident: IncidentId,
    /// Slack's id of the channel that was left.
    pub channel: String,
}

job!(NotifyMoved {
    kind: "slack.notify_moved",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
});

/// Asks Slack what became of the channel of an incident: whether the bot is in it, how it is called, whether it is archived,
/// and, for a private incident, who is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckChannel {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(CheckChannel {
    kind: "slack.check_channel",
    queue: SLACK,
    priority: CHANNEL,
    horizon: HOUR,
    subject: incident,
    serial: |job| format!("{}/check", job.incident),
});

/// Asks Slack what became of the channel about the causes of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRcaChannel {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(CheckRcaChannel {
    kind: "slack.check_rca_channel",
    queue: SLACK,
    priority: CHANNEL,
    horizon: HOUR,
    subject: incident,
    serial: |job| format!("{}/check_rca", job.incident),
});

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

job!(CheckChannels {
    kind: "slack.check_channels",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: HOUR,
    subject: none,
});

impl CheckChannels {
    /// The job for open incidents.
    pub fn of_open(turn: u64) -> NewJob {
        Self { resolved: false, turn }.job()
    }

    /// The job for resolved ones.
    pub fn of_resolved(turn: u64) -> NewJob {
        Self { resolved: true, turn }.job()
    }
}
