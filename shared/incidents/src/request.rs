//! What somebody wants, told apart from the same thing wanted again.

use chrono::{DateTime, Utc};
use domain::Actor;
use serde_json::Value;
use store::PgConnection;
use store::audit_log::{self, Entry};

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
    /// What comes with a request of the console or its API.
    pub console: Option<FromConsole>,
}

/// What comes with a request of the console or its API, whose clients choose the key themselves.
#[derive(Clone, Debug)]
pub struct FromConsole {
    /// A hash of all that is asked for: the same key with something else is refused.
    pub content: String,
    /// Written into the audit log with the change. An empty target becomes the incident.
    pub audit: Entry,
}

const CONTENT: &str = "content";

impl Request {
    /// What is kept under the key: `result`, and what was asked for.
    pub(crate) fn kept(&self, mut result: Value) -> Value {
        if let (Some(console), Value::Object(kept)) = (&self.console, &mut result) {
            kept.insert(CONTENT.to_owned(), console.content.clone().into());
        }
        result
    }

    /// Whether what was kept `before` under the same key was asked for with other content.
    pub(crate) fn differs(&self, before: &Value) -> bool {
        let before = before.get(CONTENT).and_then(Value::as_str);
        let content = self.console.as_ref().map(|console| console.content.as_str());
        before.is_some() && before != content
    }

    /// Writes the change into the audit log, in its transaction.
    pub(crate) async fn audit(&self, conn: &mut PgConnection, target: &str) -> Result<(), store::Error> {
        let Some(console) = &self.console else { return Ok(()) };
        let mut entry = console.audit.clone();
        if entry.target.is_empty() {
            target.clone_into(&mut entry.target);
        }
        audit_log::append(conn, &entry).await
    }
}
