//! A worker in a process of its own, to be killed or frozen. It is this test binary, started again.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use queue::{Config, JobContext, Outcome};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use testing::{Database, wait_for};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::support::*;

const ADDRESS: &str = "JOBS_TEST_WORKER_DATABASE";
const PRODUCTION: &str = "JOBS_TEST_WORKER_PRODUCTION";

/// What such a worker does with a probe: it writes down that it began. The first attempt at a job named `waits` then
/// waits until the table `go` has a row, and one named `hangs` for ever; all others are done.
#[tokio::test]
#[ignore = "a worker process of the other tests"]
async fn worker_process() {
    // Whoever runs what is ignored runs this too, and wants no worker.
    let Ok(address) = std::env::var(ADDRESS) else { return };
    let pool = PgPoolOptions::new().connect(&address).await.unwrap();
    let runs = pool.clone();
    let registry = probes(move |name, context: JobContext| {
        let pool = runs.clone();
        async move {
            began(&pool, &name).await;
            if context.attempt() == 1 && name.starts_with("hangs") {
                std::future::pending::<()>().await;
            }
            if name.starts_with("waits") {
                while !told(&pool, context.attempt()).await {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
            Outcome::Done
        }
    });
    let shutdown = CancellationToken::new();
    let mut terminated = signal(SignalKind::terminate()).unwrap();
    let stop = shutdown.clone();
    tokio::spawn(async move {
        terminated.recv().await;
        stop.cancel();
    });
    let config = match std::env::var(PRODUCTION) {
        Ok(_) => Config {
            queues: vec![SLACK],
            ..Config::new(&ALL)
        },
        Err(_) => hasty(),
    };
    queue::run(pool, registry, config, shutdown).await.unwrap();
}

async fn told(pool: &PgPool, attempt: u32) -> bool {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM go WHERE attempt = $1)")
        .bind(i64::from(attempt))
        .fetch_one(pool)
        .await
        .unwrap_or(false)
}

async fn began(pool: &PgPool, name: &str) {
    sqlx::query("INSERT INTO runs (name, process) VALUES ($1, $2)")
        .bind(name)
        .bind(i64::from(std::process::id()))
        .execute(pool)
        .await
        .unwrap();
}

/// The tables that worker processes write to and read from.
pub async fn prepare(database: &Database) {
    sqlx::raw_sql("CREATE TABLE runs (name text, process bigint); CREATE TABLE go (attempt int)")
        .execute(database.pool())
        .await
        .unwrap();
}

/// What began, by name and process, in order of the name.
pub async fn runs(database: &Database) -> Vec<(String, i64)> {
    sqlx::query_as("SELECT name, process FROM runs ORDER BY name, process")
        .fetch_all(database.pool())
        .await
        .unwrap()
}

/// Lets the attempts of this number go on, at jobs that wait.
pub async fn go(database: &Database, attempt: i32) {
    sqlx::query("INSERT INTO go VALUES ($1)")
        .bind(attempt)
        .execute(database.pool())
        .await
        .unwrap();
}

/// A worker process; it is killed when this is dropped.
pub struct Process(Child);

impl Process {
    pub fn start(database: &Database) -> Self {
        Self::spawn(&mut Self::command(database))
    }

    /// One with the times of production.
    pub fn start_in_production(database: &Database) -> Self {
        Self::spawn(Self::command(database).env(PRODUCTION, "1"))
    }

    fn command(database: &Database) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["process::worker_process", "--exact", "--ignored", "--nocapture"])
            .env(ADDRESS, database.url())
            .stdout(Stdio::null());
        command
    }

    fn spawn(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    pub fn id(&self) -> i64 {
        i64::from(self.0.id())
    }

    /// Sends it a signal, by name.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &self.0.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits until it has ended.
    pub async fn ended(mut self) {
        wait_for("the process to end", async || self.0.try_wait().unwrap().map(|_| ())).await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Gone already, perhaps.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
