//! Roles of people, and roles without a holder.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use queue::NewJob;
use serde::{Deserialize, Serialize};

use crate::{DAY, job};

/// Sends somebody a direct message about a role that they got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellRole {
    /// In this incident.
    pub incident: IncidentId,
    /// Key of the role.
    pub role: String,
    /// Slack's id of the person.
    pub user: String,
    /// The revision of the incident after the change: the same person may get the role again.
    pub revision: i64,
}

job!(TellRole {
    kind: "slack.tell_role",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
});

/// Notifies somebody by direct message that a role of theirs was given to somebody else, or taken from them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyRoleLost {
    /// In this incident.
    pub incident: IncidentId,
    /// Key of the role.
    pub role: String,
    /// Slack's id of the person.
    pub user: String,
    /// The name of the person who changed it.
    pub by: String,
    /// The revision of the incident after the change: the same person may lose the role again.
    pub revision: i64,
}

job!(NotifyRoleLost {
    kind: "slack.notify_role_lost",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
});

/// Sends the declarer of an incident a message that nobody has taken a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nudge {
    /// Of this incident.
    pub incident: IncidentId,
}

job!(Nudge {
    kind: "slack.nudge",
    queue: SLACK,
    priority: NOTICE,
    horizon: DAY,
    subject: incident,
    once: |job| format!("{}/nudge", job.incident),
});

impl Nudge {
    /// The job for `moment`, once per incident.
    pub fn at(&self, moment: DateTime<Utc>) -> NewJob {
        self.job().at(moment)
    }
}

/// Posts a prompt in an incident's channel to reassign roles of deactivated accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskToReassign {
    /// The prompt.
    pub question: uuid::Uuid,
}

job!(AskToReassign {
    kind: "slack.ask_to_reassign",
    queue: SLACK,
    priority: STATUS,
    horizon: DAY,
    subject: given,
});
