//! Wakes a queue to fetch jobs.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The wake-ups of one queue. None is lost: one that comes while nobody waits ends the next wait at once.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    now: Notify,
    /// When jobs that this process delayed are due.
    due: Mutex<BTreeSet<Instant>>,
    due_changed: Notify,
}

impl Wake {
    /// Wakes the queue.
    pub(crate) fn now(&self) {
        self.now.notify_one();
    }

    /// Wakes the queue at `moment`.
    pub(crate) fn at(&self, moment: Instant) {
        self.due.lock().unwrap_or_else(PoisonError::into_inner).insert(moment);
        self.due_changed.notify_one();
    }

    /// Waits for a wake-up, but not longer than `poll`.
    pub(crate) async fn wait(&self, poll: Duration) {
        let end = Instant::now() + poll;
        loop {
            let first = self.due.lock().unwrap_or_else(PoisonError::into_inner).first().copied();
            let until = first.map_or(end, |first| first.min(end));
            tokio::select! {
                () = self.now.notified() => break,
                () = self.due_changed.notified() => {}
                () = sleep_until(until) => break,
            }
        }
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        due.retain(|moment| *moment > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test(start_paused = true)]
    async fn a_wake_up_of_before_is_not_lost() {
        let wake = Wake::default();
        wake.now();
        let start = Instant::now();
        wake.wait(LONG).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn an_earlier_timer_shortens_a_wait() {
        let wake = Wake::default();
        let start = Instant::now();
        let second = Duration::from_secs(1);
        tokio::join!(wake.wait(LONG), async {
            tokio::task::yield_now().await;
            wake.at(start + 3 * second);
            wake.at(start + second);
        });
        assert_eq!(start.elapsed().as_secs(), 1);
        wake.wait(LONG).await;
        assert_eq!(start.elapsed().as_secs(), 3);
        wake.wait(second).await;
        assert_eq!(start.elapsed().as_secs(), 4);
    }
}
