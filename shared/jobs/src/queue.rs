//! The queues and the priorities within them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A queue: what one integration's workers consume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    /// Everything sent to Slack.
    Slack,
    /// Pages.
    Pagerduty,
    /// Documents.
    Confluence,
    /// The public status page.
    Statuspage,
    /// Reading the status of others.
    StatusPolling,
}

impl Queue {
    /// All queues.
    pub const ALL: [Self; 5] = [
        Self::Slack,
        Self::Pagerduty,
        Self::Confluence,
        Self::Statuspage,
        Self::StatusPolling,
    ];

    /// The name in the database and in `WORKER_QUEUES`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Pagerduty => "pagerduty",
            Self::Confluence => "confluence",
            Self::Statuspage => "statuspage",
            Self::StatusPolling => "status-polling",
        }
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no queue's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no queue {0:?}; the queues are slack, pagerduty, confluence, statuspage and status-polling")]
pub struct UnknownQueue(String);

impl FromStr for Queue {
    type Err = UnknownQueue;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|queue| queue.as_str() == name)
            .ok_or_else(|| UnknownQueue(name.to_owned()))
    }
}

/// What goes first when several jobs of a queue are due. The smaller one goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Waking people.
    Page,
    /// Getting people into a channel.
    Channel,
    /// Showing the state an incident is in.
    Status,
    /// Telling people something.
    Notice,
    /// What nobody waits for.
    Housekeeping,
}

impl Priority {
    /// All priorities, the first to go first.
    pub const ALL: [Self; 5] = [
        Self::Page,
        Self::Channel,
        Self::Status,
        Self::Notice,
        Self::Housekeeping,
    ];

    /// The number in the database.
    pub(crate) const fn as_i16(self) -> i16 {
        match self {
            Self::Page => 0,
            Self::Channel => 1,
            Self::Status => 2,
            Self::Notice => 3,
            Self::Housekeeping => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_found_by_its_name() {
        for queue in Queue::ALL {
            assert_eq!(queue.to_string().parse(), Ok(queue));
        }
        let error = "slak".parse::<Queue>().unwrap_err().to_string();
        assert!(
            error.contains("\"slak\"") && error.contains("status-polling"),
            "{error}"
        );
    }

    #[test]
    fn numbers_order_like_priorities() {
        assert!(Priority::ALL.is_sorted());
        assert!(Priority::ALL.map(Priority::as_i16).is_sorted());
    }
}
