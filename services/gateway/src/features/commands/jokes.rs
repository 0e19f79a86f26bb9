//! Something to smile about while the dashboards load.

use std::hash::{DefaultHasher, Hash, Hasher};

const JOKES: [&str; 8] = [
    "Why did the deploy cross the road? Nobody knows, but it was a Friday.",
    "How many responders does it take to change a light bulb? None. It is dark for everybody, so it must be DNS.",
    "My favourite runbook has one step: take a deep breath. It has never failed, and it needs no permissions.",
    "The good news: the alert was right. The bad news: the alert was right.",
    "I asked the cache how it felt. It told me what it had felt last Tuesday.",
    "A query walks into a bar, sees two tables and asks: may I join you? The incident began shortly after.",
    "There are two hard things in an incident: naming it, expiring it, and counting who is in the call.",
    "Rolling back is like turning around on a walk: nobody claps, and everybody gets home.",
];

/// One of them; the same for the same key.
pub(crate) fn joke(key: &str) -> &'static str {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    let at = hasher.finish() % JOKES.len() as u64;
    usize::try_from(at)
        .ok()
        .and_then(|at| JOKES.get(at))
        .unwrap_or(&JOKES[0])
}
