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
    /// A hash of all that is asked for, where a key may come again with something else: an edited form, a client of the API
    /// that chooses its keys. The same key with another content is refused.
    pub content: Option<String>,
    /// Written into the audit log with the change. An empty target becomes the incident.
    pub audit: Option<Entry>,
}

const CONTENT: &str = "content";

impl Request {
    /// What is kept under the key: `result`, and what was asked for.
    pub(crate) fn kept(&self, mut result: Value) -> Value {
        if let (Some(content), Value::Object(kept)) = (&self.content, &mut result) {
            kept.insert(CONTENT.to_owned(), content.clone().into());
        }
        result
    }

    /// Whether what was kept `before` under the same key was asked for with other content.
    pub(crate) fn differs(&self, before: &Value) -> bool {
        let before = before.get(CONTENT).and_then(Value::as_str);
        before.is_some() && before != self.content.as_deref()
    }

    /// Writes the change into the audit log, in its transaction.
    pub(crate) async fn audit(&self, conn: &mut PgConnection, target: &str) -> Result<(), store::Error> {
        let Some(mut entry) = self.audit.clone() else {
            return Ok(());
        };
        if entry.target.is_empty() {
            target.clone_into(&mut entry.target);
        }
        audit_log::append(conn, &entry).await
    }
}
