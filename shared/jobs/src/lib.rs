//! Our jobs: what they carry, which queue they go to and what goes first there. The queue itself is the crate `queue`.

pub mod payloads;
pub mod priorities;
pub mod queues;
