//! Where the time comes from.
//!
//! Rules and jobs are given a [`Clock`] and never read the time themselves, so that a test can move it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Tells the time.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that runs like the machine's but can be moved, for tests. Clones share the same time.
#[derive(Clone, Debug, Default)]
pub struct MovableClock {
    ahead: Arc<Mutex<TimeDelta>>,
}

impl MovableClock {
    /// Moves the clock by `delta`, backwards when it is negative.
    pub fn advance(&self, delta: TimeDelta) {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead += delta;
    }
}

impl Clock for MovableClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_move_together() {
        let clock = MovableClock::default();
        let twin = clock.clone();
        clock.advance(TimeDelta::days(30));
        assert!(twin.now() - Utc::now() > TimeDelta::days(29));
    }
}
