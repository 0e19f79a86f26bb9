//! What somebody wants, told apart from the same thing wanted again.

use chrono::{DateTime, Utc};
use domain::Actor;

/// One wish of one person.
#[derive(Clone, Debug)]
pub struct Request {
    /// The same for every repetition of the same wish: the event's id, the modal's, the console's form.
    pub key: String,
    /// Who wants it.
    pub actor: Actor,
    /// When.
    pub now: DateTime<Utc>,
    /// The channel in Slack where they acted, where that is known.
    pub channel: Option<String>,
}
