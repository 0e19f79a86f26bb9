//! Channels get other names when people want it.

mod handler;
