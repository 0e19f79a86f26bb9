//! The engine: fetches jobs, renews their leases, writes their outcomes. Knows nothing of apalis.

mod discard;
mod expire;
mod fetch;
mod finish;
mod housekeeping;
mod lease;
mod link;
mod listen;
mod liveness;
mod periodic;
mod rescue;
mod run;
mod running;
mod sight;
mod supervise;
mod wake;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use tokio::sync::{Mutex, Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use crate::adapter;
use crate::config::Config;
use crate::handler::{AnyHandler, Registry};
use crate::queue::Queue;

use finish::Answer;
use link::{LOCK_TIMEOUT_MS, Link, Sessions};
use running::{Running, Stop};
use wake::Wake;

pub(crate) use run::Run;
pub(crate) use supervise::{Ran, supervise};

/// How long writing the last outcomes may take, and how long handlers may take to notice that they are stopped.
const LAST_ANSWERS: Duration = Duration::from_secs(3);

/// Why the engine could not run or had to end.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The registry names something twice.
    #[error("these are registered twice: {0}")]
    Doubled(String),
    /// There is nothing to consume, or nowhere to do it.
    #[error("the engine needs at least one queue and one slot")]
    Nothing,
    /// A part of the engine ended by itself, which is a fault in it.
    #[error("a part of the engine ended: {0}")]
    Broken(String),
}

/// One per process.
pub(crate) struct Engine {
    /// New at each start.
    pub(crate) identity: Uuid,
    pub(crate) config: Config,
    pub(crate) handlers: BTreeMap<&'static str, (Queue, Arc<dyn AnyHandler>)>,
    /// For what handlers do; the engine itself has connections of its own, so that busy handlers cannot starve it.
    pool: PgPool,
    sessions: Sessions,
    fetching: Mutex<Link>,
    /// For what may wait a moment: looking for lost and expired runs, ticks, measuring.
    chores: Mutex<Link>,
    running: Running,
    answers: mpsc::UnboundedSender<Answer>,
    wakes: BTreeMap<Queue, Wake>,
    /// Has the leases renewed at once.
    renew_now: Notify,
}

impl Engine {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.config.clock.now()
    }

    fn wake(&self, queue: Queue) {
        if let Some(wake) = self.wakes.get(&queue) {
            wake.now();
        }
    }

    /// Wakes the queue when `moment` has come by the clock of the process.
    fn wake_at(&self, queue: Queue, moment: DateTime<Utc>) {
        if let Some(wake) = self.wakes.get(&queue) {
            let delay = (moment - self.now()).to_std().unwrap_or_default();
            wake.at(tokio::time::Instant::now() + delay);
        }
    }

    fn wake_all(&self) {
        for wake in self.wakes.values() {
            wake.now();
        }
    }

    fn link(&self) -> Link {
        Link::new(self.sessions.clone(), self.config.lease / 2)
    }

    /// One whose sessions have one more setting.
    fn link_with(&self, name: &str, value: &str) -> Link {
        Link::new(self.sessions.clone().with(name, value), self.config.lease / 2)
    }

    /// The queue of this name, where it is consumed.
    fn queue(&self, name: &str) -> Option<Queue> {
        self.config.queues.iter().copied().find(|queue| queue.as_str() == name)
    }

    fn queue_names(&self) -> Vec<String> {
        self.config.queues.iter().map(ToString::to_string).collect()
    }
}

/// Consumes the queues until `shutdown` is cancelled; returns when every run has ended or was given back.
///
/// Beside what the handlers take from `pool`, a process holds five connections of the engine's own, made with the pool's
/// options.
pub async fn run(
    pool: PgPool,
    registry: Registry,
    mut config: Config,
    shutdown: CancellationToken,
) -> Result<(), EngineError> {
    config.queues.sort_unstable();
    config.queues.dedup();
    if config.queues.is_empty() || config.slots == 0 {
        return Err(EngineError::Nothing);
    }
    let registry = housekeeping::register(registry, &config, &pool);
    if !registry.doubled.is_empty() {
        return Err(EngineError::Doubled(registry.doubled.join(", ")));
    }
    config.health.expect(&config.queues);
    let _ended = config.health.begin();

    let options = pool.connect_options().as_ref().clone();
    let sessions = Sessions::new(options, config.schema, config.lease / 2);
    let (answers, answered) = mpsc::unbounded_channel();
    let engine = Arc::new(Engine {
        identity: Uuid::now_v7(),
        fetching: Mutex::new(Link::new(
            sessions.clone().with("synchronous_commit", "off"),
            config.lease / 2,
        )),
        chores: Mutex::new(Link::new(
            sessions.clone().with("lock_timeout", LOCK_TIMEOUT_MS),
            config.lease / 2,
        )),
        running: Running::default(),
        wakes: config.queues.iter().map(|queue| (*queue, Wake::default())).collect(),
        handlers: registry.handlers,
        pool,
        sessions,
        answers,
        renew_now: Notify::new(),
        config,
    });

    // All end when this future is dropped, too.
    let mut parts = JoinSet::new();
    parts.spawn(finish::run(engine.clone(), answered));
    parts.spawn(lease::renew(engine.clone()));
    parts.spawn(lease::watch(engine.clone()));
    parts.spawn(rescue::run(engine.clone()));
    parts.spawn(expire::run(engine.clone()));
    parts.spawn(listen::run(engine.clone()));
    parts.spawn(periodic::run(engine.clone(), registry.periodic, shutdown.clone()));
    parts.spawn(sight::run(engine.clone()));
    let mut fetchers = JoinSet::new();
    let mut sources = Vec::new();
    for queue in engine.config.queues.clone() {
        let (runs, source) = mpsc::unbounded_channel();
        sources.push((queue, source));
        fetchers.spawn(fetch::run(engine.clone(), queue, runs, shutdown.clone()));
    }
    info!(identity = %engine.identity, queues = ?engine.config.queues, "the job engine runs");

    let mut workers = Box::pin(adapter::run(engine.clone(), sources, shutdown.clone()));
    let mut workers_ended = false;
    tokio::select! {
        () = shutdown.cancelled() => {}
        result = &mut workers => {
            workers_ended = true;
            if !shutdown.is_cancelled() {
                return Err(EngineError::Broken(format!("the workers: {result:?}")));
            }
        }
        Some(result) = parts.join_next() => return Err(EngineError::Broken(format!("{result:?}"))),
        Some(Err(error)) = fetchers.join_next() => return Err(EngineError::Broken(error.to_string())),
    }

    if !workers_ended && timeout(engine.config.shutdown_grace, &mut workers).await.is_err() {
        warn!("jobs still run at the end of the grace: they are given back");
        engine.running.stop_all(Stop::Shutdown);
        let _ = timeout(LAST_ANSWERS, &mut workers).await;
    }
    drop(workers);
    let _ = timeout(LAST_ANSWERS, async {
        while fetchers.join_next().await.is_some() {}
        engine.running.emptied().await;
    })
    .await;
    liveness::sign_off(&engine).await;
    info!(identity = %engine.identity, "the job engine has stopped");
    Ok(())
}
