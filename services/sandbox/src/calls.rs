//! Every call that the app made, for tests and for the page to look at.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Outcome {
    /// Not answered yet: it takes its time or is held at a barrier.
    Pending,
    /// Applied and answered.
    Ok,
    /// Refused with this error code.
    Error(String),
    /// Answered with this HTTP status, nothing applied.
    Status(u16),
    /// The connection was ended; whether it was applied before.
    Dropped {
        /// Whether its effect took place.
        applied: bool,
    },
    /// Never answered; whether it was applied.
    Hung {
        /// Whether its effect took place.
        applied: bool,
    },
}

/// One call of the Web API, or an answer sent to a `response_url`.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// Counted from 1.
    pub seq: u64,
    /// Such as `chat.postMessage`, or `response_url`.
    pub method: String,
    /// The arguments without the token.
    pub args: Value,
    /// What became of it.
    pub outcome: Outcome,
    /// When it came.
    pub at: DateTime<Utc>,
    /// How long its answer took, once there is one.
    pub took: Option<Duration>,
}

impl Call {
    /// An argument's text.
    pub fn arg(&self, name: &str) -> &str {
        self.args[name].as_str().unwrap_or_default()
    }
}

/// How many calls are remembered.
const MOST: usize = 50_000;

#[derive(Default)]
pub(crate) struct Calls {
    calls: std::collections::VecDeque<Call>,
    last: u64,
}

impl Calls {
    pub(crate) fn start(&mut self, method: &str, args: Value) -> u64 {
        self.last += 1;
        self.calls.push_back(Call {
            seq: self.last,
            method: method.to_owned(),
            args,
            outcome: Outcome::Pending,
            at: Utc::now(),
            took: None,
        });
        if self.calls.len() > MOST {
            self.calls.pop_front();
        }
        self.last
    }

    pub(crate) fn finish(&mut self, seq: u64, outcome: Outcome) {
        let index = self.calls.partition_point(|call| call.seq < seq);
        if let Some(call) = self.calls.get_mut(index).filter(|call| call.seq == seq) {
            call.outcome = outcome;
            call.took = (Utc::now() - call.at).to_std().ok();
        }
    }

    /// The calls themselves, for a look without a copy.
    pub(crate) fn seen(&mut self) -> &[Call] {
        self.calls.make_contiguous()
    }

    pub(crate) fn all(&self) -> Vec<Call> {
        self.calls.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.calls.clear();
    }
}
