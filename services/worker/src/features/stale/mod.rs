//! Incidents that are open for very long are listed in the digest channel from time to time.

mod handler;
mod message;
