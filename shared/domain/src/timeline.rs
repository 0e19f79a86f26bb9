//! What happened in an incident, entry by entry. Entries are only ever added.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Actor, Settings};

/// What an entry tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    /// The incident was declared.
    Declared {
        /// Key of the severity it began with.
        severity: String,
    },
    /// Its channel in Slack is there.
    ChannelCreated {
        /// Name of the channel, without `#`.
        name: String,
    },
    /// Something could not be done.
    Problem {
        /// What, why and what to do, in one or two sentences.
        sentence: String,
    },
    /// Something that a newer release wrote.
    #[serde(other)]
    Unknown,
}

impl Happening {
    /// The word that stands for it in the database.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Declared { .. } => "declared",
            Self::ChannelCreated { .. } => "channel_created",
            Self::Problem { .. } => "problem",
            Self::Unknown => "unknown",
        }
    }

    /// The entry in one sentence; the actor's name stands before it.
    pub fn text(&self, settings: &Settings) -> String {
        match self {
            Self::Declared { severity } => {
                format!("declared the incident as {}.", settings.severity_label(severity))
            }
            Self::ChannelCreated { name } => format!("The Slack channel #{name} is ready."),
            Self::Problem { sentence } => sentence.clone(),
            Self::Unknown => "Something happened that a newer version wrote down.".to_owned(),
        }
    }
}

/// An entry of a timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEntry {
    /// Its id.
    pub id: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: Actor,
    /// What happened.
    pub happening: Happening,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_replica_reads_what_a_newer_one_wrote() {
        let newer = r#"{"kind":"severity_changed","from":"sev3","to":"sev1"}"#;
        assert_eq!(serde_json::from_str::<Happening>(newer).unwrap(), Happening::Unknown);
        let known = Happening::Declared {
            severity: "sev2".to_owned(),
        };
        let stored = serde_json::to_string(&known).unwrap();
        assert_eq!(serde_json::from_str::<Happening>(&stored).unwrap(), known);
    }
}
