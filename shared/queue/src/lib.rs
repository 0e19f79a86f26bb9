//! The job queue: what is to happen outside is enqueued in the transaction that decides it, and done by workers.
//!
//! A job is a row of the table `jobs` (`migrations/20261129000000_baseline.sql`). [`enqueue`] writes it as a part of the caller's
//! transaction; [`run`] fetches what is due, calls the [`Handler`] of its kind and writes down what came of it. Everything
//! that must survive a process is in the row, so any process may die at any moment.
//!
//! ```text
//!                 enqueue ┌─────────┐ fetch: due, first of its lane, a kind this build knows
//!               ─────────▶│ waiting │─────────────────────────────┐
//!                         └─────────┘                             ▼
//!   enqueue with the same   ▲  ▲  ▲                          ┌─────────┐ the lease is renewed
//!   coalesce key: renewed ──┘  │  └──────────────────────────│ running │ as long as it runs
//!                              │   Retry (backoff), Snooze,  └─────────┘
//!                              │   panic, hang, lease ended,  │   │   │
//!                  admin retry │   stop (untouched)           │   │   └─ the same, but a twin with its
//!                              │                              │   │      key waits ──────▶ superseded
//!                        ┌───────────┐  Discard, horizon,     │   │
//!                        │ discarded │◀───────────────────────┘   └─ Done ────────────────▶ completed
//!                        └───────────┘  5 runs without an answer
//! ```
//!
//! - **At least once.** A running job has a lease. Its process renews it, and stops the handler when it cannot; when it
//!   has ended another process runs the job again. An answer carries the number of its run, and counts only while that run
//!   is the current one. So a handler may run twice, and gives every effect that would hurt twice a key.
//! - **Dead processes.** A process holds an advisory lock on one database connection. When it dies the lock is free at once,
//!   and another process runs its jobs again within 3 s, long before their leases end. A process that hangs keeps its lock,
//!   and its jobs go by their leases. A process that only lost the connection has a second to take the lock again; what it
//!   lost meanwhile it stops. After a restart of Postgres everybody has 5 s. Either way the lost run counts.
//! - **Lanes.** Of the unfinished jobs of a lane only the one with the smallest `seq` may run. A fetch that meets another
//!   one puts it `behind`, out of the index it reads; when the first one ends, a trigger brings the next one back.
//! - **Keys.** A coalesced job has at most one waiting twin, which later enqueues renew. It is locked until they commit, so
//!   nobody fetches it and shows the older state. A once-only key stays taken when its job is long deleted.
//! - **Waking.** A commit that brings due jobs notifies every process; a retry has a timer in the process that put it off.
//!   Polling, once a second, is the net under both. A connection that gives no sign of life is replaced within 5 s.
//! - **Discarding.** A handler tells people in the transaction that discards its job. Where it cannot, the reason of the
//!   discarded job says that nobody was told. Jobs that expire where nobody fetches them are discarded too.
//! - **Locks.** Incident first, job second: a transaction that ends a job locks the next one of its lane when it commits.
//! - **Clocks.** Whether a job is due or its horizon has passed is asked by the clock of the process ([`Config::clock`]),
//!   which tests move. Leases are by the clock of Postgres.
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
