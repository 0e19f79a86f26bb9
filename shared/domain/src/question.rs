//! Messages with buttons that ask people for something: answered once, then their buttons go.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{IncidentId, Posted};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    /// An update: the next one is due.
    Update,
    /// Somebody who takes a role: nobody has one.
    Role,
    /// Somebody who opens the channel again: it is archived, and the incident is open.
    Unarchive,
    /// Whether Statuspage is resolved too: the incident is.
    Statuspage,
    /// Somebody who takes over the roles of people whose accounts were closed.
    Reassign,
}

impl Asking {
    const ALL: [Self; 5] = [
        Self::Update,
        Self::Role,
        Self::Unarchive,
        Self::Statuspage,
        Self::Reassign,
    ];

    /// The word that stands for it in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Role => "role",
            Self::Unarchive => "unarchive",
            Self::Statuspage => "statuspage",
            Self::Reassign => "reassign",
        }
    }

    /// What the word in the database stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|asking| asking.as_str() == word)
    }
}

/// How a question was settled; names are as people went by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Settled {
    /// Somebody sent an update.
    UpdateSent {
        /// Who.
        by: String,
    },
    /// Somebody put the reminders off.
    PutOff {
        /// Who.
        by: String,
        /// Until then.
        until: DateTime<Utc>,
    },
    /// Somebody stopped update reminders.
    Stopped {
        /// Who.
        by: String,
    },
    /// Somebody took a role.
    RoleTaken,
    /// The channel is open again.
    Unarchived,
    /// Somebody created a new channel.
    NewChannel {
        /// Who.
        by: String,
    },
    /// It is resolved on Statuspage too.
    ResolvedThere,
    /// Somebody wants Statuspage left as it is.
    LeftAsIs {
        /// Who.
        by: String,
    },
    /// The same was asked again by a newer message.
    AskedAgain,
    /// Nobody needs it any more: the incident is resolved, or milder.
    #[serde(other)]
    NotNeeded,
}

/// A message that asks people for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its id.
    pub id: Uuid,
    /// About this incident.
    pub incident: IncidentId,
    /// For what.
    pub asking: Asking,
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    /// Where it stands, once it was posted.
    pub posted: Option<Posted>,
    /// How it was settled; `None` while it is open.
    pub settled: Option<Settled>,
}

/// When people are reminded of the next update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reminders {
    /// The next reminder; `None` for none.
    pub next_at: Option<DateTime<Utc>>,
    /// Whether a person stopped them.
    pub stopped: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for asking in Asking::ALL {
            assert_eq!(Asking::from_word(asking.as_str()), Some(asking));
        }
        assert_eq!(Asking::from_word("tea"), None);
    }

    #[test]
    fn an_older_replica_reads_what_a_newer_one_wrote() {
        let newer = r#"{"kind":"answered_by_owl"}"#;
        assert_eq!(serde_json::from_str::<Settled>(newer).unwrap(), Settled::NotNeeded);
    }
}
