//! What goes first when several jobs of a queue are due.

use queue::Priority;

/// Waking people.
pub const PAGE: Priority = Priority::new(0);
/// Getting people into a channel.
pub const CHANNEL: Priority = Priority::new(1);
/// Showing the state an incident is in.
pub const STATUS: Priority = Priority::new(2);
/// Telling people something.
pub const NOTICE: Priority = Priority::new(3);
/// What nobody waits for.
pub const HOUSEKEEPING: Priority = Priority::new(4);
