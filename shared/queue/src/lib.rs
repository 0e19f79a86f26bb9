//! The job queue: a transaction enqueues the calls that follow from it, and workers make them.
//!
//! A job is a row of the table `jobs` (`migrations/20261129000000_baseline.sql`). [`enqueue`] writes it as a part of the caller's
//! transaction; [`run`] fetches what is due, calls the [`Handler`] of its kind and writes the outcome. Everything that must
//! survive a process is in the row, so any process may die at any moment.
//!
//! ```text
//!                 enqueue ┌─────────┐ fetch: due, first of its lane, a kind this build knows
//!               ─────────▶│ waiting │─────────────────────────────┐
//!                         └─────────┘                             ▼
//!   enqueue with the same   ▲  ▲  ▲                          ┌─────────┐ the lease is renewed
//!   coalesce key: renewed ──┘  │  └──────────────────────────│ running │ as long as it runs
//!                              │   Retry (backoff), Snooze,  └─────────┘
//!                              │   panic, hang, lease ended,  │   │   │
//!                  admin retry │   stop (untouched)           │   │   └─ the same, but another job with
//!                              │                              │   │      its key waits ──▶ superseded
//!                        ┌───────────┐  Discard, horizon,     │   │
//!                        │ discarded │◀───────────────────────┘   └─ Done ────────────────▶ completed
//!                        └───────────┘  5 lost runs
//! ```
//!
//! - **At least once.** A running job has a lease. Its process renews it, and stops the handler if it cannot. When the
//!   lease has ended, another process runs the job again. An outcome carries the number of its run, and counts only while that
//!   run is the current one. So a handler may run twice, and gives a key to every effect that must happen once.
//! - **Dead processes.** A process holds an advisory lock on one database connection. When it dies, the lock is free at once,
//!   and another process runs its jobs again within 3 s, long before their leases end. A process that hangs keeps its lock;
//!   its jobs run again when their leases end. A process that only lost the connection has 1 s to take the lock again, and
//!   stops the jobs that it lost meanwhile. After a restart of Postgres all processes have 5 s. Either way the lost run counts
//!   towards the limit of 5.
//! - **Lanes.** Of the unfinished jobs of a lane only the one with the smallest `seq` may run. A fetch that meets another
//!   one marks it as `behind`, out of the index that it reads. When the first one ends, a trigger clears the mark of the next.
//! - **Keys.** Of the jobs with one coalesce key at most one waits; enqueuing another one renews it. It is locked until that
//!   commits, so no process fetches it and shows the older state. A once-only key stays taken after its job was deleted.
//! - **Waking.** A commit that brings due jobs notifies every process; a retry has a timer in the process that delayed it.
//!   Polling once a second is the fallback for both. A connection that does not respond is replaced within 5 s.
//! - **Discarding.** A handler notifies people in the transaction that discards its job. If it cannot, the reason of the
//!   discarded job says that nobody was notified. Expired jobs that no worker fetches are discarded too.
//! - **Locks.** Incident first, job second: a transaction that ends a job locks the next one of its lane when it commits.
//! - **Clocks.** The clock of the process ([`Config::clock`]) decides whether a job is due or its horizon has passed; tests move
//!   it. Leases use the clock of Postgres.
//!
//! The engine is our own; apalis runs it, through `adapter.rs` alone.

mod adapter;
pub mod admin;
mod config;
mod context;
mod engine;
mod enqueue;
mod handler;
mod job;
mod queue;
mod stalled;
mod trace;

pub use config::{Config, Health};
pub use context::{JobContext, Stale};
pub use engine::{EngineError, run};
pub use enqueue::{EnqueueError, enqueue, enqueue_at};
pub use handler::{Discard, Handler, Outcome, Registry};
pub use job::{Job, NewJob};
pub use queue::{Priority, Queue};
pub use stalled::{Stalled, stalled};
