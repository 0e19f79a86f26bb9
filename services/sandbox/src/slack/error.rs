//! What Slack answers when it refuses a call.

use serde_json::{Map, Value, json};

/// A refusal: `{"ok": false, "error": code, …}` with HTTP status 200, as Slack sends it.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    /// Goes into `response_metadata.messages`.
    pub(crate) messages: Vec<String>,
    pub(crate) extra: Map<String, Value>,
}

impl Refusal {
    pub(crate) fn new(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            messages: Vec::new(),
            extra: Map::new(),
        }
    }

    pub(crate) fn with_messages(code: &str, messages: Vec<String>) -> Self {
        Self {
            messages,
            ..Self::new(code)
        }
    }

    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(key.to_owned(), value.into());
        self
    }

    pub(crate) fn missing_argument(name: &str) -> Self {
        Self::with_messages(
            "invalid_arguments",
            vec![format!("[ERROR] missing required field: {name}")],
        )
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = json!({ "ok": false, "error": self.code });
        if !self.messages.is_empty() {
            body["response_metadata"] = json!({ "messages": self.messages });
        }
        for (key, value) in &self.extra {
            body[key] = value.clone();
        }
        body
    }
}

impl From<&str> for Refusal {
    fn from(code: &str) -> Self {
        Self::new(code)
    }
}

/// What every method gives back: the fields beside `ok`, or a refusal.
pub(crate) type Answer = Result<Value, Refusal>;
