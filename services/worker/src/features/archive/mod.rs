//! Channels of incidents that are over, and that became unusable: archived, deleted, or without the bot.

mod ask;
mod channel;
mod check;
mod message;
mod moved;

pub(crate) use ask::AskToUnarchive;
pub(crate) use channel::{ArchiveByAge, ArchiveChannel, ArchiveForgotten, RejoinChannel};
pub(crate) use check::{CheckChannel, CheckChannels, CheckRcaChannel};
pub(crate) use message::question;
pub(crate) use moved::NotifyMoved;
