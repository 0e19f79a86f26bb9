//! What the channel of an incident is told of its changes: the first at once, what follows within two seconds together.

mod handler;
mod message;
