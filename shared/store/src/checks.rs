//! What each process found when it last checked what it needs, and the request to check again.
//!
//! Only the process itself has its tokens and its way to the vendors. So each one checks by itself, and keeps what it found
//! where the console reads it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use config::Reader;
use domain::checks::Check;
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::PgPool;

/// The channel on which a request to check again is notified.
pub(crate) const REQUESTED: &str = "checks_requested";
/// How long the checks of a process may take in all. A call of a vendor has 8 s, three at most follow each other, and vendors
/// are called side by side.
const CHECK_TIME: Duration = Duration::from_secs(30);
/// How much later than planned a check may come before it is overdue.
const GRACE: Duration = Duration::from_secs(10);
/// How long a process that stops tries to remove what it reported.
const FORGET_TIME: Duration = Duration::from_secs(2);

/// How often a process checks what it needs, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The pod, or else the machine; may be empty.
    pub instance: String,
    /// The pause after the start, in which sockets are opened.
    pub first: Duration,
    /// The pause between two checks, about: the processes do not check at the same moment.
    pub every: Duration,
    /// The least pause, however often somebody asks: vendors are called each time.
    pub apart: Duration,
}

impl Config {
    /// Reads `CHECKS_EVERY_SECONDS` and `HOSTNAME`; `None` where checks are switched off.
    pub fn read(reader: &mut Reader) -> Option<Self> {
        let every = reader.parsed("CHECKS_EVERY_SECONDS", "a number of seconds, or 0 for never", 300_u64);
        (every > 0).then(|| Self {
            instance: reader.text("HOSTNAME").unwrap_or_default(),
            first: Duration::from_secs(5),
            every: Duration::from_secs(every.max(60)),
            apart: Duration::from_secs(10),
        })
    }
}

/// A process that reports.
#[derive(Clone, Debug)]
pub struct Process {
    /// Made with the process.
    pub id: Uuid,
    /// `gateway` or `worker`.
    pub service: &'static str,
    /// The pod, or else the machine; may be empty.
    pub instance: String,
    /// Those that a worker serves.
    pub queues: Vec<String>,
}

impl Process {
    /// This process, with an id of its own.
    pub fn new(service: &'static str, config: &Config, queues: Vec<String>) -> Self {
        Self {
            id: Uuid::now_v7(),
            service,
            instance: config.instance.clone(),
            queues,
        }
    }

    /// `every`, for each process a little longer or shorter. The last bytes of the id are random.
    fn spread(&self, every: Duration) -> Duration {
        let random = f64::from(self.id.as_bytes()[15]) / 255.0;
        every.mul_f64(0.9 + 0.2 * random)
    }
}

/// What a process found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its id.
    pub process: Uuid,
    /// `gateway` or `worker`.
    pub service: String,
    /// The pod, or else the machine; may be empty.
    pub instance: String,
    /// Those that a worker serves.
    pub queues: Vec<String>,
    /// In the order in which they were made.
    pub checks: Vec<Check>,
    /// When they began.
    pub checked_at: DateTime<Utc>,
    /// It should have checked again by now: it hangs, or was killed.
    pub is_overdue: bool,
}

/// Keeps what a process found in checks that began `ago`; it checks again within `next`.
pub async fn keep(
    conn: &mut PgConnection,
    process: &Process,
    checks: &[Check],
    ago: Duration,
    next: Duration,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO service_checks (process, service, instance, queues, checks, checked_at, next_at)
         VALUES ($1, $2, $3, $4, $5, now() - make_interval(secs => $6), now() + make_interval(secs => $7))
         ON CONFLICT (process) DO UPDATE
             SET checks = excluded.checks, checked_at = excluded.checked_at, next_at = excluded.next_at",
        process.id,
        process.service,
        process.instance,
        &process.queues[..],
        Json(checks) as _,
        ago.as_secs_f64(),
        next.as_secs_f64(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A process stops.
pub async fn forget(conn: &mut PgConnection, process: Uuid) -> Result<(), Error> {
    sqlx::query!("DELETE FROM service_checks WHERE process = $1", process)
        .execute(conn)
        .await?;
    Ok(())
}

/// What all processes found. One that was killed is overdue for 15 minutes, then it is left out.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<Report>, Error> {
    let reports = sqlx::query!(
        r#"SELECT process, service, instance, queues, checks AS "checks: Json<Vec<Check>>", checked_at,
                  next_at < now() AS "is_overdue!"
           FROM service_checks WHERE next_at > now() - interval '15 minutes'
           ORDER BY service, instance, process"#
    )
    .fetch_all(conn)
    .await?;
    let reports = reports.into_iter().map(|row| Report {
        process: row.process,
        service: row.service,
        instance: row.instance,
        queues: row.queues,
        checks: row.checks.0,
        checked_at: row.checked_at,
        is_overdue: row.is_overdue,
    });
    Ok(reports.collect())
}

/// Asks all processes to check again, and gives the time: a report of checks that began later is an answer.
pub async fn request(conn: &mut PgConnection) -> Result<DateTime<Utc>, Error> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "at!" FROM pg_notify($1, '')"#, REQUESTED)
        .fetch_one(conn)
        .await
}

/// Has a process check what it needs until `stop`: soon after its start, now and then, and whenever that is requested.
///
/// Requests are heard on the connection of [`PgPool::keep_settings`].
pub async fn run<Checks>(
    pool: PgPool,
    process: Process,
    config: Config,
    check: impl Fn() -> Checks,
    stop: impl Future<Output = ()>,
) where
    Checks: Future<Output = Vec<Check>>,
{
    let pause = process.spread(config.every).saturating_sub(config.apart);
    let next = config.apart + pause + CHECK_TIME + GRACE;
    let checking = async {
        sleep(config.first).await;
        loop {
            let began = Instant::now();
            let checks = timeout(CHECK_TIME, check()).await.unwrap_or_else(|_| {
                let fault = format!("the checks took longer than {} s", CHECK_TIME.as_secs());
                vec![Check::failed("time", fault)]
            });
            let kept = async { keep(&mut *pool.acquire().await?, &process, &checks, began.elapsed(), next).await };
            if let Err(error) = kept.await {
                tracing::warn!(%error, "what this process checked could not be kept for the console");
            }
            sleep(config.apart).await;
            // A request that came meanwhile may be about something that was mended after it was checked.
            let _ = timeout(pause, pool.checks_requested()).await;
        }
    };
    tokio::select! {
        () = stop => {}
        () = checking => {}
    }
    let forgotten = timeout(FORGET_TIME, async {
        forget(&mut *pool.acquire().await?, process.id).await
    });
    if !matches!(forgotten.await, Ok(Ok(()))) {
        tracing::debug!("the console shows the checks of this process a little longer");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_can_be_switched_off_and_are_never_frequent() {
        let every = |seconds: &str| {
            let variable = ("CHECKS_EVERY_SECONDS".to_owned(), seconds.to_owned());
            let mut reader = Reader::from_variables([variable]);
            let config = Config::read(&mut reader);
            (config.map(|config| config.every.as_secs()), reader.finish().is_ok())
        };
        assert_eq!(every(""), (Some(300), true));
        assert_eq!(every("0"), (None, true));
        assert_eq!(every("1"), (Some(60), true));
        assert!(!every("often").1);
    }
}
