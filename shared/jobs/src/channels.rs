//! The channel of an incident: members, name, archiving.

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
    /// The group's id, handle or name, as in the settings.
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

/// Renames the channel of an incident to its requested name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameChannel {
    /// Of this incident.
    pub incident: IncidentId,
    /// The person who renames it.
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

/// Prompts people to unarchive the channel of an open incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskToUnarchive {
    /// The prompt.
    pub question: uuid::Uuid,
    /// Slack's id of the person who reopened the incident, if known.
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

/// Archives the channel of an incident if it was resolved long enough ago.
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
    /// The job for `moment`. When it runs, it computes again when archiving is due.
    pub fn at(&self, moment: DateTime<Utc>) -> NewJob {
        self.job().at(moment)
    }
}

/// Finds channels that are due for archiving by age and have no job: the setting was enabled after they were resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveForgotten {}

job!(ArchiveForgotten {
    kind: "slack.archive_forgotten",
    queue: SLACK,
    priority: HOUSEKEEPING,
    horizon: HOUR,
    subject: none,
});

/// Rejoins a channel that was unarchived, and brings it up to date.
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

/// Posts a link to the new channel in the channel that an incident left.
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

/// Reads the state of an incident's channel from Slack: whether the bot is in it, its name, whether it is archived, and, for a
/// private incident, its members.
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

/// Reads the state of an incident's RCA channel from Slack.
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

/// Enqueues a check of the channel of each open incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckChannels {
    /// Whether it checks the channels of resolved private incidents instead: their members can still read everything.
    #[serde(default)]
    pub resolved: bool,
    /// The number of this run: if there are many channels, each run checks a part of them.
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
