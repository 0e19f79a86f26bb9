//! Things that go wrong on demand: faults, latency, and barriers that hold a call for a test.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

/// What happens to a call instead of its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Harm {
    /// This HTTP status, nothing applied.
    Status(u16),
    /// HTTP 429 with this many seconds in `Retry-After`, nothing applied.
    RateLimited(u64),
    /// HTTP 200 with `ok: false` and this error, nothing applied.
    Error(String),
    /// The connection ends before anything is applied.
    DropBefore,
    /// It is applied, then the connection ends.
    DropAfter,
    /// No answer ever, nothing applied.
    HangBefore,
    /// It is applied, and no answer ever.
    HangAfter,
    /// A success with what is no answer; the Web API of Slack, which never does so, answers 502 instead.
    Junk(Junk),
}

/// What comes instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Junk {
    /// JSON that ends too early.
    InvalidJson,
    /// A web page.
    Page,
    /// A body that never ends.
    Endless,
    /// A redirect to where it came from.
    RedirectLoop,
}

type Predicate = Arc<dyn Fn(&Value) -> bool + Send + Sync>;

/// A fault: which calls, what happens to them, how often.
#[derive(Clone, Serialize, Deserialize)]
pub struct Fault {
    /// The method; `*` means every one.
    pub method: String,
    /// What happens.
    pub harm: Harm,
    /// The first matching call that is hit, counted from 1.
    #[serde(default = "one")]
    pub nth: usize,
    /// How many are hit from there on; none means all.
    #[serde(default)]
    pub times: Option<usize>,
    /// Only calls with these arguments.
    #[serde(default)]
    pub arguments: BTreeMap<String, String>,
    #[serde(skip)]
    predicate: Option<Predicate>,
}

fn one() -> usize {
    1
}

impl Fault {
    /// Every call of `method` from now on meets `harm`.
    pub fn new(method: &str, harm: Harm) -> Self {
        Self {
            method: method.to_owned(),
            harm,
            nth: 1,
            times: None,
            arguments: BTreeMap::new(),
            predicate: None,
        }
    }

    /// Only the next call meets it.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Only this many calls meet it.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// The first call that meets it, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: usize) -> Self {
        self.nth = nth;
        self
    }

    /// Only calls with this argument.
    #[must_use]
    pub fn argument(mut self, name: &str, value: &str) -> Self {
        self.arguments.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Only calls whose arguments (as JSON) satisfy this.
    #[must_use]
    pub fn matching(mut self, predicate: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Self {
        self.predicate = Some(Arc::new(predicate));
        self
    }

    fn matches(&self, method: &str, args: &Value) -> bool {
        (self.method == "*" || self.method == method)
            && self.arguments.iter().all(|(name, wanted)| match &args[name] {
                Value::String(text) => text == wanted,
                other => serde_json::from_str::<Value>(wanted).is_ok_and(|value| value == *other),
            })
            && self.predicate.as_ref().is_none_or(|predicate| predicate(args))
    }
}

/// On which side of a call's effect it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Nothing is applied yet.
    Before,
    /// It is applied, only the answer is missing.
    After,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Reached,
    Released,
    Discarded,
}

/// Holds one call until it is let go. A dropped barrier lets it go.
pub struct Barrier {
    stage: Arc<watch::Sender<Stage>>,
}

impl Barrier {
    /// Waits until the call is here.
    ///
    /// # Panics
    /// After 30 s.
    pub async fn reached(&self) {
        let mut stage = self.stage.subscribe();
        let reached = tokio::time::timeout(
            crate::changes::PATIENCE,
            stage.wait_for(|stage| *stage != Stage::Waiting),
        )
        .await;
        assert!(reached.is_ok(), "no call ever reached the barrier");
    }

    /// Whether the call is here.
    pub fn is_reached(&self) -> bool {
        *self.stage.borrow() == Stage::Reached
    }

    /// Lets the call go on.
    pub fn release(&self) {
        self.stage.send_replace(Stage::Released);
    }

    /// Ends the call: its connection is closed, and what was not applied never is.
    pub fn discard(&self) {
        self.stage.send_replace(Stage::Discarded);
    }
}

impl Drop for Barrier {
    fn drop(&mut self) {
        self.stage.send_if_modified(|stage| {
            let held = matches!(stage, Stage::Waiting | Stage::Reached);
            if held {
                *stage = Stage::Released;
            }
            held
        });
    }
}

/// A call's place at a barrier.
pub(crate) struct Held {
    pub(crate) side: Side,
    stage: Arc<watch::Sender<Stage>>,
}

impl Held {
    /// Waits at the barrier; false when the call shall not go on.
    pub(crate) async fn pass(&self) -> bool {
        self.stage.send_if_modified(|stage| {
            let first = *stage == Stage::Waiting;
            if first {
                *stage = Stage::Reached;
            }
            first
        });
        let mut stage = self.stage.subscribe();
        stage
            .wait_for(|stage| matches!(stage, Stage::Released | Stage::Discarded))
            .await
            .is_ok_and(|stage| *stage == Stage::Released)
    }
}

struct Rule {
    id: u64,
    fault: Fault,
    seen: usize,
}

struct Gate {
    fault: Fault,
    seen: usize,
    side: Side,
    stage: Arc<watch::Sender<Stage>>,
}

#[derive(Default)]
struct Inner {
    rules: Vec<Rule>,
    gates: Vec<Gate>,
    latency: Duration,
    latency_of: BTreeMap<String, Duration>,
}

/// What goes wrong at the moment.
#[derive(Clone, Default)]
pub struct Faults {
    inner: Arc<Mutex<Inner>>,
    last_id: Arc<AtomicU64>,
}

/// What a call meets.
pub(crate) struct Fate {
    pub(crate) latency: Duration,
    pub(crate) harm: Option<Harm>,
    pub(crate) held: Vec<Held>,
}

impl Faults {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a fault and gives its number.
    pub fn add(&self, fault: Fault) -> u64 {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        self.inner().rules.push(Rule { id, fault, seen: 0 });
        id
    }

    /// Removes one fault.
    pub fn remove(&self, id: u64) {
        self.inner().rules.retain(|rule| rule.id != id);
    }

    /// Removes every fault; latency stays.
    pub fn clear(&self) {
        self.inner().rules.clear();
    }

    /// The faults there are, each with its number and how many matching calls it has seen.
    pub fn list(&self) -> Vec<(u64, Fault, usize)> {
        self.inner()
            .rules
            .iter()
            .map(|rule| (rule.id, rule.fault.clone(), rule.seen))
            .collect()
    }

    /// How long every call takes.
    pub fn set_latency(&self, latency: Duration) {
        self.inner().latency = latency;
    }

    /// How long calls of one method take, instead of the common latency; none takes that back.
    pub fn set_latency_of(&self, method: &str, latency: Option<Duration>) {
        let mut inner = self.inner();
        match latency {
            Some(latency) => inner.latency_of.insert(method.to_owned(), latency),
            None => inner.latency_of.remove(method),
        };
    }

    /// The common latency, and that of single methods.
    pub fn latency(&self) -> (Duration, BTreeMap<String, Duration>) {
        let inner = self.inner();
        (inner.latency, inner.latency_of.clone())
    }

    /// Holds the `nth` call (counted from 1, from now on) of `method` on one side of its effect.
    pub fn barrier(&self, method: &str, nth: usize, side: Side) -> Barrier {
        self.barrier_for(Fault::new(method, Harm::HangBefore).nth(nth).times(1), side)
    }

    /// The same for the call that a fault would hit; the fault's harm does not matter.
    pub fn barrier_for(&self, calls: Fault, side: Side) -> Barrier {
        let stage = Arc::new(watch::Sender::new(Stage::Waiting));
        self.inner().gates.push(Gate {
            fault: calls,
            seen: 0,
            side,
            stage: Arc::clone(&stage),
        });
        Barrier { stage }
    }

    /// What a call meets; counts it.
    pub(crate) fn meet(&self, method: &str, args: &Value) -> Fate {
        let mut inner = self.inner();
        let latency = inner.latency_of.get(method).copied().unwrap_or(inner.latency);
        let mut harm = None;
        for rule in &mut inner.rules {
            if rule.fault.matches(method, args) {
                rule.seen += 1;
                if harm.is_none() && due(&rule.fault, rule.seen) {
                    harm = Some(rule.fault.harm.clone());
                }
            }
        }
        let mut held = Vec::new();
        for gate in &mut inner.gates {
            if gate.fault.matches(method, args) {
                gate.seen += 1;
                if due(&gate.fault, gate.seen) {
                    held.push(Held {
                        side: gate.side,
                        stage: Arc::clone(&gate.stage),
                    });
                }
            }
        }
        inner
            .gates
            .retain(|gate| gate.seen < gate.fault.nth || gate.fault.times != Some(1));
        Fate { latency, harm, held }
    }
}

fn due(fault: &Fault, seen: usize) -> bool {
    seen >= fault.nth && fault.times.is_none_or(|times| seen < fault.nth + times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_fault_hits_the_calls_it_names_and_no_others() {
        let faults = Faults::default();
        faults.add(
            Fault::new("chat.postMessage", Harm::Status(500))
                .argument("channel", "C1")
                .nth(2)
                .times(2),
        );
        let hit = |method: &str, channel: &str| faults.meet(method, &json!({ "channel": channel })).harm.is_some();
        assert!(!hit("chat.postMessage", "C1"));
        assert!(!hit("chat.postMessage", "C2"));
        assert!(!hit("chat.update", "C1"));
        assert!(hit("chat.postMessage", "C1"));
        assert!(hit("chat.postMessage", "C1"));
        assert!(!hit("chat.postMessage", "C1"));
    }
}
