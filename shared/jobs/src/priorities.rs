//! Priorities: the order of due jobs of a queue.

use queue::Priority;

/// Paging people.
pub const PAGE: Priority = Priority::new(0);
/// Bringing people into a channel.
pub const CHANNEL: Priority = Priority::new(1);
/// Rendering the state of an incident.
pub const STATUS: Priority = Priority::new(2);
/// Notifying people.
pub const NOTICE: Priority = Priority::new(3);
/// Background work.
pub const HOUSEKEEPING: Priority = Priority::new(4);
