//! Channels of incidents that are over: archived, and what happens when they are needed again.

mod ask;
mod channel;
mod message;

pub(crate) use ask::AskToUnarchive;
pub(crate) use channel::{ArchiveByAge, ArchiveChannel, ArchiveForgotten, RejoinChannel};
pub(crate) use message::question;
