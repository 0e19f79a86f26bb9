//! The status feeds of others: every provider below `/feeds/<provider>/<path of the real feed>`, each in its own format.
//!
//! The path says which format is meant; there are as many providers as are polled. An outage begins, changes and ends by
//! `/sandbox/feeds` or by the functions of [`Sandbox`]; a provider's calls are `feeds.<provider>` for faults and barriers.

mod control;
mod render;
mod serve;

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::vendor::{Operation, Part};
use crate::{Config, Sandbox};

/// Something that a provider says is wrong, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// Counted from 1 within its provider.
    pub id: u64,
    /// What it is about.
    pub title: String,
    /// `investigating`, `identified`, `monitoring` or `resolved`.
    pub state: String,
    /// `minor`, `major` or `critical`.
    pub impact: String,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When something about it last changed.
    pub changed_at: DateTime<Utc>,
    /// When it was over.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What all providers say that were polled or have an outage.
#[derive(Default)]
pub(crate) struct Feeds(BTreeMap<String, Vec<Outage>>);

impl Part for Feeds {
    const NAME: &'static str = "feeds";
    const OPERATIONS: &'static [Operation] = &[];

    fn new(_config: &Config) -> Self {
        Self::default()
    }

    fn reset(&mut self, _config: &Config) {
        *self = Self::default();
    }

    fn routes() -> Router<Sandbox> {
        serve::routes().merge(control::routes())
    }

    fn methods(&self) -> BTreeSet<String> {
        self.0.keys().map(|provider| format!("feeds.{provider}")).collect()
    }
}

impl Feeds {
    fn of(&self, provider: &str) -> &[Outage] {
        self.0.get(provider).map(Vec::as_slice).unwrap_or_default()
    }

    /// Remembers that a provider is polled.
    fn polled(&mut self, provider: &str) {
        if !self.0.contains_key(provider) {
            self.0.insert(provider.to_owned(), Vec::new());
        }
    }

    fn begin(&mut self, provider: &str, title: &str, impact: &str) -> u64 {
        let outages = self.0.entry(provider.to_owned()).or_default();
        let id = outages.len() as u64 + 1;
        let now = Utc::now();
        outages.push(Outage {
            id,
            title: title.to_owned(),
            state: "investigating".to_owned(),
            impact: impact.to_owned(),
            began_at: now,
            changed_at: now,
            ended_at: None,
        });
        id
    }

    fn change(&mut self, provider: &str, id: u64, state: &str) -> bool {
        let outages = self.0.get_mut(provider).into_iter().flatten();
        let Some(outage) = outages.into_iter().find(|outage| outage.id == id) else {
            return false;
        };
        let now = Utc::now();
        state.clone_into(&mut outage.state);
        outage.changed_at = now;
        outage.ended_at = (state == "resolved").then_some(now);
        true
    }
}

impl Sandbox {
    /// What the app takes for the base of all providers' feeds.
    pub fn feeds_url(&self) -> String {
        format!("{}/feeds", self.url())
    }

    /// Lets an outage begin and gives its number.
    pub fn begin_outage(&self, provider: &str, title: &str) -> u64 {
        self.change_feeds(|feeds| feeds.begin(provider, title, "major"))
    }

    /// Lets a provider say something new about an outage; `resolved` ends it. False when there is no such outage.
    pub fn change_outage(&self, provider: &str, id: u64, state: &str) -> bool {
        self.change_feeds(|feeds| feeds.change(provider, id, state))
    }

    /// What a provider says is wrong, and was.
    pub fn outages(&self, provider: &str) -> Vec<Outage> {
        crate::locked(&self.0.parts.feeds).of(provider).to_vec()
    }

    fn change_feeds<T>(&self, change: impl FnOnce(&mut Feeds) -> T) -> T {
        let changed = change(&mut crate::locked(&self.0.parts.feeds));
        self.changes().bump();
        changed
    }
}
