//! Channels of incidents that are over, and that became unusable: archived, deleted, or without the bot.

mod ask;
mod channel;
mod check;
mod message;
mod moved;

pub(crate) use message::question;
