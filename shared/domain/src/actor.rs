//! Who does something.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who does something in an incident, and by which name people know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// Somebody in Slack.
    Slack {
        /// Slack's id of the person, `U…` or `W…`.
        user_id: String,
        /// The name that Slack showed when they acted.
        name: String,
    },
    /// Somebody signed in to the console.
    Console {
        /// The console's id of the person.
        user_id: Uuid,
        /// The name in the console.
        name: String,
        /// The same person in Slack, where the e-mail is known to be theirs.
        slack_user_id: Option<String>,
    },
    /// Somebody of whom only a name is known: it came from incident-bot 0.8.2, and no or several people in Slack have it.
    Named {
        /// The name.
        name: String,
    },
    /// incident-bot itself.
    System,
}

impl Actor {
    /// The name to show; empty for the system.
    pub fn name(&self) -> &str {
        match self {
            Self::Slack { name, .. } | Self::Console { name, .. } | Self::Named { name } => name,
            Self::System => "",
        }
    }

    /// How a line of the log names them.
    pub fn for_log(&self) -> String {
        match self {
            Self::Slack { user_id, name } => format!("{name} ({user_id})"),
            Self::Console { user_id, name, .. } => format!("{name} (console {user_id})"),
            Self::Named { name } => name.clone(),
            Self::System => "incident-bot".to_owned(),
        }
    }

    /// Tells whether two actors are the same: people by their id where they acted.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Slack { user_id, .. }, Self::Slack { user_id: other, .. }) => user_id == other,
            (Self::Console { user_id, .. }, Self::Console { user_id: other, .. }) => user_id == other,
            (Self::System, Self::System) => true,
            _ => self.slack_user_id().is_some() && self.slack_user_id() == other.slack_user_id(),
        }
    }

    /// The person in Slack, where there is one.
    pub fn slack_user_id(&self) -> Option<&str> {
        match self {
            Self::Slack { user_id, .. } => Some(user_id),
            Self::Console { slack_user_id, .. } => slack_user_id.as_deref(),
            Self::Named { .. } | Self::System => None,
        }
    }
}
