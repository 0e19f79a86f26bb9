//! Asking somebody in Slack whether a person of the console is them.

mod handler;
mod message;
