//! The commands that belong to no other feature: the help, and small things.

use std::future::{Ready, ready};
use std::hash::{DefaultHasher, Hash, Hasher};

use incidents::CommandError;
use jobs::Answer;
use slack::ids;

use super::outcome::{Invocation, Outcome};
use super::{planned, submit, which};
use crate::Gateway;
use crate::feature::{Feature, action, command, view};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[
        command!("help", help),
        command!("ping", ping),
        command!("version", version),
        command!("joke", tell_joke),
        command!("scheduler", planned::command),
    ],
    actions: &[action!(ids::ACTION_CALL_OFF, planned::call_off)],
    views: &[
        view!(ids::VIEW_SEVERITY, submit::severity),
        view!(ids::VIEW_STATUS, submit::status),
        view!(ids::VIEW_ROLE, submit::role),
        view!(ids::VIEW_WHICH, which::chosen),
    ],
    ..Feature::NOTHING
};

/// None of these waits for anything.
type Done = Ready<Result<Outcome, CommandError>>;

fn help(_: &Gateway, _: &Invocation, _: &str) -> Done {
    ready(Ok(Outcome::Answer(Answer::Help)))
}

fn ping(_: &Gateway, _: &Invocation, _: &str) -> Done {
    ready(Ok("🏓 Pong.".into()))
}

fn version(_: &Gateway, _: &Invocation, _: &str) -> Done {
    ready(Ok(format!("incident-bot {}", env!("CARGO_PKG_VERSION")).into()))
}

fn tell_joke(_: &Gateway, invocation: &Invocation, _: &str) -> Done {
    ready(Ok(joke(&invocation.key).into()))
}

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
fn joke(key: &str) -> &'static str {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    let at = hasher.finish() % JOKES.len() as u64;
    usize::try_from(at)
        .ok()
        .and_then(|at| JOKES.get(at))
        .unwrap_or(&JOKES[0])
}
