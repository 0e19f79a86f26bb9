//! What the queue promises, proven against a real Postgres.

mod enqueueing;
mod support;
