//! Resolving: the channel is told, and what can be done now.

mod message;
mod tell_resolved;
