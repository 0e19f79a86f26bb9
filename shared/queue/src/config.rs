//! How the engine runs, and whether it does.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::clock::{Clock, SystemClock};

use crate::queue::Queue;

/// How the engine runs. What [`Config::new`] gives is for production; tests shorten the times.
#[derive(Clone, Debug)]
pub struct Config {
    /// The schema in which the tables of the queue are.
    pub schema: &'static str,
    /// The queues that there are: all are measured.
    pub all: &'static [Queue],
    /// The queues to consume.
    pub queues: Vec<Queue>,
    /// How many jobs of each queue run at once.
    pub slots: usize,
    /// How long a job belongs to a process that does not renew its lease.
    pub lease: Duration,
    /// How often the engine checks for workers whose process died.
    pub dead_check: Duration,
    /// How long a worker's database connection has to be gone until its process counts as dead.
    pub dead_after: Duration,
    /// How long after a start of Postgres, or after it could not be reached, no worker counts as dead: all of them have to
    /// connect again first.
    pub restart_grace: Duration,
    /// How often a queue is polled if nothing wakes it.
    pub poll: Duration,
    /// The wait after the first failure; it doubles with each further one.
    pub backoff_min: Duration,
    /// The longest wait after a failure.
    pub backoff_max: Duration,
    /// How often the engine checks for expired jobs that nobody fetches.
    pub expired_check: Duration,
    /// How long a handler may take. Its lease is renewed all the while, so this may be longer than the lease.
    pub handler_timeout: Duration,
    /// How long running jobs may continue after a stop was requested.
    pub shutdown_grace: Duration,
    /// After this many lost runs (a panic, a process that died) a job is discarded.
    pub crash_limit: u32,
    /// How long completed jobs are kept.
    pub keep_completed: Duration,
    /// How long discarded jobs are kept.
    pub keep_discarded: Duration,
    /// Decides whether a job is due and whether its horizon has passed. Leases use Postgres' clock.
    pub clock: Arc<dyn Clock>,
    /// The engine's health; keep a clone to read it.
    pub health: Health,
}

impl Config {
    /// A configuration that consumes `all` queues.
    pub fn new(all: &'static [Queue]) -> Self {
        const DAY: Duration = Duration::from_hours(24);
        Self {
            schema: "incident_bot",
            all,
            queues: all.to_vec(),
            slots: 50,
            lease: Duration::from_secs(15),
            dead_check: Duration::from_millis(250),
            dead_after: Duration::from_secs(1),
            restart_grace: Duration::from_secs(5),
            poll: Duration::from_secs(1),
            backoff_min: Duration::from_millis(500),
            backoff_max: Duration::from_mins(1),
            expired_check: Duration::from_mins(1),
            handler_timeout: Duration::from_mins(1),
            shutdown_grace: Duration::from_secs(25),
            crash_limit: 5,
            keep_completed: 7 * DAY,
            keep_discarded: 90 * DAY,
            clock: Arc::new(SystemClock),
            health: Health::default(),
        }
    }

    /// The wait before the retry after `failures` earlier ones: doubled with each, a quarter more or less by chance.
    pub(crate) fn backoff(&self, failures: u32) -> Duration {
        let exact = self
            .backoff_min
            .saturating_mul(2_u32.saturating_pow(failures))
            .min(self.backoff_max);
        exact.mul_f64(rand::random_range(0.75..=1.25)).min(self.backoff_max)
    }

    /// The wait of a job for something of ours, after its `attempt`.
    pub(crate) fn wait(&self, attempt: u32, at_most: Option<Duration>) -> Duration {
        let wait = self.backoff(attempt.saturating_sub(1));
        at_most.map_or(wait, |at_most| wait.min(at_most))
    }
}

/// The wait for the end of a vendor's rate limit: never shorter, up to a quarter and a quarter of a second longer by chance.
pub(crate) fn after_limit(limit: Duration) -> Duration {
    limit.mul_f64(rand::random_range(1.0..=1.25)) + Duration::from_millis(rand::random_range(0..=250))
}

/// Shows whether the engine runs and whether the queues are polled. Clones share their state.
#[derive(Clone, Debug, Default)]
pub struct Health {
    polled: Arc<Mutex<BTreeMap<Queue, Option<Instant>>>>,
    ended: Arc<AtomicBool>,
}

/// Records that the engine has ended, for whatever reason.
pub(crate) struct NoteEnd(Health);

impl Drop for NoteEnd {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Relaxed);
    }
}

impl Health {
    /// Whether every queue was polled within this time; `false` before the engine runs.
    pub fn is_polling(&self, within: Duration) -> bool {
        let polled = self.polled.lock().unwrap_or_else(PoisonError::into_inner);
        !polled.is_empty() && polled.values().all(|at| at.is_some_and(|at| at.elapsed() <= within))
    }

    /// Whether the engine has ended: its process should stop.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Keep it as long as the engine runs.
    pub(crate) fn begin(&self) -> NoteEnd {
        self.ended.store(false, Ordering::Relaxed);
        NoteEnd(self.clone())
    }

    pub(crate) fn expect(&self, queues: &[Queue]) {
        let mut polled = self.polled.lock().unwrap_or_else(PoisonError::into_inner);
        *polled = queues.iter().map(|queue| (*queue, None)).collect();
    }

    pub(crate) fn polled(&self, queue: Queue) {
        let mut polled = self.polled.lock().unwrap_or_else(PoisonError::into_inner);
        polled.insert(queue, Some(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_doubles_up_to_its_end() {
        let config = Config::new(&[]);
        for (failures, exact) in [(0, 0.5), (1, 1.0), (2, 2.0), (5, 16.0)] {
            for _ in 0..100 {
                let wait = config.backoff(failures).as_secs_f64();
                assert!(
                    (exact * 0.74..=exact * 1.26).contains(&wait),
                    "{failures} failures: {wait}"
                );
            }
        }
        for failures in [7, 31, 32, 10_000] {
            assert!((45.0..=60.0).contains(&config.backoff(failures).as_secs_f64()));
        }
    }

    #[test]
    fn a_wait_for_something_of_ours_doubles_too_up_to_its_limit() {
        let config = Config::new(&[]);
        for (attempt, exact) in [(1, 0.5), (2, 1.0), (5, 8.0)] {
            let wait = config.wait(attempt, None).as_secs_f64();
            assert!(
                (exact * 0.74..=exact * 1.26).contains(&wait),
                "attempt {attempt}: {wait}"
            );
        }
        assert!(config.wait(20, None) <= Duration::from_mins(1));
        assert_eq!(config.wait(20, Some(Duration::from_secs(3))), Duration::from_secs(3));
    }

    #[test]
    fn nobody_comes_back_before_a_limit_has_ended_nor_all_at_once() {
        let limit = Duration::from_secs(8);
        let waits: std::collections::BTreeSet<_> = (0..100).map(|_| after_limit(limit)).collect();
        assert!(waits.first().is_some_and(|first| *first >= limit));
        assert!(waits.last().is_some_and(|last| *last <= Duration::from_millis(10_250)));
        assert!(waits.len() > 50, "{waits:?}");
    }

    #[test]
    fn health_tells_when_the_engine_has_ended() {
        let health = Health::default();
        let engine = health.begin();
        assert!(!health.has_ended());
        drop(engine);
        assert!(health.has_ended());
    }

    #[test]
    fn health_wants_every_queue() {
        let health = Health::default();
        let minute = Duration::from_mins(1);
        assert!(!health.is_polling(minute));
        let [one, other] = ["one", "other"].map(Queue::new);
        health.expect(&[one, other]);
        health.polled(one);
        assert!(!health.is_polling(minute));
        health.polled(other);
        assert!(health.is_polling(minute));
        assert!(!health.is_polling(Duration::ZERO));
    }
}
