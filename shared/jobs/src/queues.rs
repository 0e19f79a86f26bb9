//! The queues: one for each integration.

use queue::Queue;

/// Calls to Slack.
pub const SLACK: Queue = Queue::new("slack");
/// Calls to PagerDuty.
pub const PAGERDUTY: Queue = Queue::new("pagerduty");
/// Calls to Confluence.
pub const CONFLUENCE: Queue = Queue::new("confluence");
/// Calls to Statuspage.
pub const STATUSPAGE: Queue = Queue::new("statuspage");
/// Polling of upstream providers.
pub const STATUS_POLLING: Queue = Queue::new("status-polling");

/// All queues. Their names are those of `WORKER_QUEUES`.
pub const ALL: [Queue; 5] = [SLACK, PAGERDUTY, CONFLUENCE, STATUSPAGE, STATUS_POLLING];

/// The queue of this name.
pub fn named(name: &str) -> Option<Queue> {
    ALL.into_iter().find(|queue| queue.as_str() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_found_by_its_name() {
        for queue in ALL {
            assert_eq!(named(queue.as_str()), Some(queue));
        }
        assert_eq!(named("slak"), None);
    }
}
