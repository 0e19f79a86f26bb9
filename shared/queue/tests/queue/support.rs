//! Jobs whose handler is a closure of the test, and an engine that runs them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use queue::{Config, Discard, EngineError, Handler, Job, JobContext, NewJob, Outcome, Priority, Queue, Registry};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};
use testing::{Database, wait_for};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub const HOUR: Duration = Duration::from_hours(1);

pub const SLACK: Queue = Queue::new("slack");
pub const PAGERDUTY: Queue = Queue::new("pagerduty");
pub const CONFLUENCE: Queue = Queue::new("confluence");
/// The queues that there are.
pub const ALL: [Queue; 3] = [SLACK, PAGERDUTY, CONFLUENCE];

/// Declares a job with a name in its payload.
macro_rules! job {
    ($job:ident, $kind:literal, $queue:ident, $priority:literal) => {
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub struct $job {
            pub name: String,
        }

        impl $job {
            pub fn at_tick(tick: DateTime<Utc>) -> NewJob {
                Self::new(tick)
            }

            pub fn new(name: impl ToString) -> NewJob {
                NewJob::new(&Self {
                    name: name.to_string(),
                })
            }
        }

        impl Job for $job {
            const KIND: &'static str = $kind;
            const QUEUE: Queue = $queue;
            const PRIORITY: Priority = Priority::new($priority);
            const HORIZON: Duration = HOUR;
        }

        impl Named for $job {
            fn name(&self) -> &str {
                &self.name
            }
        }
    };
}

pub trait Named {
    fn name(&self) -> &str;
}

job!(Probe, "test.probe", SLACK, 2);
job!(Page, "test.page", SLACK, 0);
job!(Channel, "test.channel", SLACK, 1);
job!(Notice, "test.notice", SLACK, 3);
job!(Sweep, "test.sweep", SLACK, 4);
job!(Document, "test.document", CONFLUENCE, 2);

type Script = dyn Fn(String, JobContext) -> BoxFuture<'static, Outcome> + Send + Sync;

/// A handler that a test writes as a closure.
#[derive(Clone)]
pub struct Scripted {
    script: Arc<Script>,
    /// Given up, with the reason.
    pub discarded: Arc<Mutex<Vec<(String, String)>>>,
    /// Whether to enqueue a notice with it.
    pub notices: bool,
    /// A statement for `discarded` to fail with.
    pub fail_discarded: Arc<Mutex<Option<&'static str>>>,
}

impl Scripted {
    pub fn new<F>(script: impl Fn(String, JobContext) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        Self {
            script: Arc::new(move |name, context| Box::pin(script(name, context))),
            discarded: Arc::default(),
            notices: false,
            fail_discarded: Arc::default(),
        }
    }
}

#[async_trait]
impl<J: Job + Named> Handler<J> for Scripted {
    async fn run(&self, job: J, context: &JobContext) -> Outcome {
        (self.script)(job.name().to_owned(), context.clone()).await
    }

    async fn discarded(&self, job: &J, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), sqlx::Error> {
        let fail = *self.fail_discarded.lock().unwrap();
        if let Some(sql) = fail {
            sqlx::query(sql).execute(&mut *conn).await?;
        }
        self.discarded
            .lock()
            .unwrap()
            .push((job.name().to_owned(), why.reason.to_owned()));
        if self.notices {
            queue::enqueue(conn, vec![Notice::new(format!("{} was given up", job.name()))])
                .await
                .unwrap();
        }
        Ok(())
    }
}

/// A registry with one handler, for probes.
pub fn probes<F>(script: impl Fn(String, JobContext) -> F + Send + Sync + 'static) -> Registry
where
    F: Future<Output = Outcome> + Send + 'static,
{
    Registry::new().handle::<Probe>(Scripted::new(script))
}

/// What happened, in order.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub fn add(&self, what: impl ToString) {
        self.0.lock().unwrap().push(what.to_string());
    }

    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// Waits for an entry. Unlike `wait_for` it may be awaited in a task.
    pub async fn has(&self, entry: &str) {
        while !self.all().iter().any(|known| known == entry) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for entry in self.all() {
            *counts.entry(entry).or_default() += 1;
        }
        counts
    }

    pub async fn reaches(&self, length: usize) -> Vec<String> {
        wait_for(&format!("{length} entries"), async || {
            Some(self.all()).filter(|all| all.len() >= length)
        })
        .await
    }
}

/// Nothing is polled and no lease ends while a test of something else runs: only what is promised makes things happen.
pub fn patient() -> Config {
    Config {
        queues: vec![SLACK],
        slots: 10,
        lease: Duration::from_secs(30),
        poll: HOUR,
        backoff_min: Duration::from_millis(20),
        backoff_max: Duration::from_millis(200),
        handler_timeout: Duration::from_secs(25),
        shutdown_grace: Duration::from_secs(20),
        ..Config::new(&ALL)
    }
}

/// Leases and polls are short.
pub fn hasty() -> Config {
    Config {
        lease: Duration::from_secs(1),
        poll: Duration::from_millis(100),
        ..patient()
    }
}

/// An engine that runs until it is stopped, or dies with the test.
pub struct Worker {
    shutdown: CancellationToken,
    running: JoinHandle<Result<(), EngineError>>,
}

impl Worker {
    pub async fn start(pool: &PgPool, registry: Registry, config: Config) -> Self {
        let health = config.health.clone();
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(queue::run(pool.clone(), registry, config, shutdown.clone()));
        wait_for("the first poll", async || health.is_polling(HOUR).then_some(())).await;
        Self { shutdown, running }
    }

    /// Asks it to stop.
    pub fn ask_to_stop(&self) {
        self.shutdown.cancel();
    }

    /// Waits until it has stopped.
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap().unwrap();
    }

    /// Ends it at once, as far as that is possible within a process.
    pub async fn kill(self) {
        self.running.abort();
        let _ = self.running.await;
    }
}

pub async fn enqueue(database: &Database, jobs: Vec<NewJob>) {
    queue::enqueue(&mut database.pool().acquire().await.unwrap(), jobs)
        .await
        .unwrap();
}

/// A job's row.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Row {
    pub name: String,
    pub state: String,
    pub attempt: i32,
    pub failures: i32,
    pub lost_runs: i32,
    pub last_error: Option<String>,
}

/// All rows in the order of their sequence, without the engine's own.
pub async fn rows(pool: &PgPool) -> Vec<Row> {
    sqlx::query_as(
        "SELECT COALESCE(payload->>'name', kind) AS name, state, attempt, failures, lost_runs, last_error
         FROM jobs WHERE kind <> 'jobs.housekeeping' ORDER BY seq",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// The states of all rows, in the order of their sequence.
pub async fn states(pool: &PgPool) -> Vec<(String, String)> {
    rows(pool).await.into_iter().map(|row| (row.name, row.state)).collect()
}

/// Waits until every job has the state.
pub async fn all_become(pool: &PgPool, state: &str) {
    wait_for(&format!("all jobs {state}"), async || {
        rows(pool).await.iter().all(|row| row.state == state).then_some(())
    })
    .await;
}

/// Waits until the job with this name has the state.
pub async fn becomes(pool: &PgPool, name: &str, state: &str) -> Row {
    wait_for(&format!("{name} to be {state}"), async || {
        rows(pool)
            .await
            .into_iter()
            .find(|row| row.name == name && row.state == state)
    })
    .await
}

/// Patient, with so many slots.
pub fn slots(slots: usize) -> Config {
    Config { slots, ..patient() }
}

/// Handles probes by writing their names down.
pub fn logging(log: &Log) -> Registry {
    let log = log.clone();
    probes(move |name, _| {
        log.add(name);
        async { Outcome::Done }
    })
}
