//! An incident, as the database holds it.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Actor;

/// Identifies an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentId(pub Uuid);

impl IncidentId {
    /// A new id; ids sort by the time they were made.
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for IncidentId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A message in Slack: where it stands and Slack's `ts`, which names it there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// The channel's id.
    pub channel: String,
    /// The message's timestamp.
    pub ts: String,
}

/// Who holds a role in an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleHolder {
    /// Key of a role in the settings.
    pub role: String,
    /// Slack's id of the person.
    pub user_id: String,
    /// The name that they go by; their id while it is not known.
    pub name: String,
    /// Whether they can act: their account in Slack is open, and they are no guest, or guests may act.
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// Why the channel of an incident cannot be used although it is not archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelLost {
    /// The bot was removed from it, or may not see it.
    Removed,
    /// It was deleted.
    Deleted,
}

impl ChannelLost {
    /// The word that stands for it in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Deleted => "deleted",
        }
    }

    /// What the word in the database stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Removed, Self::Deleted]
            .into_iter()
            .find(|lost| lost.as_str() == word)
    }
}

/// Why nothing can be posted in the channel about the causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RcaChannelLost {
    /// It is archived. People can still read it.
    Archived,
    /// It cannot be used otherwise.
    Lost(ChannelLost),
}

impl RcaChannelLost {
    /// The word that stands for it in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Archived => "archived",
            Self::Lost(lost) => lost.as_str(),
        }
    }

    /// What the word in the database stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "archived" => Some(Self::Archived),
            word => ChannelLost::from_word(word).map(Self::Lost),
        }
    }
}

/// What everybody was last told of where an incident stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUpdate {
    /// When.
    pub at: DateTime<Utc>,
    /// What, as it was typed.
    pub message: String,
}

/// A channel in Slack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedChannel {
    /// `C…` or `G…`.
    pub id: String,
    /// Without `#`.
    pub name: String,
}

/// An incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Its id, everywhere.
    pub id: IncidentId,
    /// One line, at most 120 characters.
    pub title: String,
    /// The whole text as it was typed.
    pub description: String,
    /// Key of a severity in the settings.
    pub severity: String,
    /// Key of a status in the settings.
    pub status: String,
    /// Only its members may see it.
    pub private: bool,
    /// Who declared it.
    pub declared_by: Actor,
    /// When it was declared.
    pub declared_at: DateTime<Utc>,
    /// The last change of anything that is shown.
    pub updated_at: DateTime<Utc>,
    /// When it was resolved; `None` while it is open.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Grows by one with every change.
    pub revision: i64,
    /// The name chosen for its channel, or the one that Slack made of it.
    pub channel_name: String,
    /// Its channel, once Slack has made it.
    pub channel_id: Option<String>,
    /// The control panel, once it was posted in the channel.
    pub panel_ts: Option<String>,
    /// Its post in the digest channel, once it was posted.
    pub digest: Option<Posted>,
    /// Which of the channels made for it this is, from 1 on: people may ask for a new one.
    pub channel_number: i32,
    /// When its channel was archived, if it is.
    pub archived_at: Option<DateTime<Utc>>,
    /// Why its channel cannot be used, where it is not archived.
    pub channel_lost: Option<ChannelLost>,
    /// The channel in which its causes are looked into, once Slack has made it.
    pub rca_channel: Option<NamedChannel>,
    /// Why the channel about its causes cannot be used, where it cannot.
    pub rca_channel_lost: Option<RcaChannelLost>,
    /// Where its RCA document is read, once it was written.
    pub rca_document_url: Option<String>,
    /// The last update that was sent.
    pub last_update: Option<LastUpdate>,
    /// Who holds which role, in no order that means something.
    pub roles: Vec<RoleHolder>,
}

impl Incident {
    /// Who holds this role.
    pub fn holder(&self, role: &str) -> Option<&RoleHolder> {
        self.roles.iter().find(|holder| holder.role == role)
    }

    /// Who holds this role and can act in it.
    pub fn active_holder(&self, role: &str) -> Option<&RoleHolder> {
        self.holder(role).filter(|holder| holder.active)
    }

    /// Its channel, where something can be posted in it now.
    pub fn open_channel(&self) -> Option<&str> {
        let usable = self.archived_at.is_none() && self.channel_lost.is_none();
        self.channel_id.as_deref().filter(|_| usable)
    }

    /// The channel about its causes, where something can be posted in it now.
    pub fn open_rca_channel(&self) -> Option<&NamedChannel> {
        self.rca_channel.as_ref().filter(|_| self.rca_channel_lost.is_none())
    }

    /// The channel about its causes, unless it was deleted: people may read there what was said.
    pub fn readable_rca_channel(&self) -> Option<&NamedChannel> {
        let is_deleted = self.rca_channel_lost == Some(RcaChannelLost::Lost(ChannelLost::Deleted));
        self.rca_channel.as_ref().filter(|_| !is_deleted)
    }

    /// Whether messages of this channel may be pinned to it: it is its own, where something can be posted, or the one about
    /// its causes.
    pub fn takes_pins_from(&self, channel: &str) -> bool {
        let rca = self.rca_channel.as_ref().is_some_and(|rca| rca.id == channel);
        rca || self.open_channel() == Some(channel)
    }

    /// The people in Slack who have to hear of what becomes of it: its commander and its declarer.
    pub fn leaders(&self) -> Vec<&str> {
        let commander = self.active_holder(crate::settings::INCIDENT_COMMANDER);
        let commander = commander.map(|holder| holder.user_id.as_str());
        let declarer = self.declared_by.slack_user_id().filter(|user| Some(*user) != commander);
        commander.into_iter().chain(declarer).collect()
    }

    /// The key of something that is there once in each channel made for it.
    pub fn key_in_channel(&self, what: &str) -> String {
        match self.channel_number {
            1 => format!("{}/{what}", self.id),
            number => format!("{}/{what}/{number}", self.id),
        }
    }

    /// Whether it is over.
    pub fn is_resolved(&self) -> bool {
        self.resolved_at.is_some()
    }
}
