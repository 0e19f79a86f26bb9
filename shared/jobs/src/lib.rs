//! The job queue: what is to happen outside is enqueued in the transaction that decides it, and done by workers.

mod adapter;
pub mod admin;
mod config;
mod context;
mod engine;
mod enqueue;
mod handler;
mod job;
pub mod payloads;
mod queue;
mod trace;

pub use config::{Config, Health};
pub use context::{JobContext, Stale};
pub use engine::{EngineError, run};
pub use enqueue::{EnqueueError, enqueue, enqueue_at};
pub use handler::{Handler, Outcome, Registry};
pub use job::{Job, NewJob};
pub use queue::{Priority, Queue, UnknownQueue};
