//! Declaring an incident: its channel, its declarer in it, and a word to them.

mod create_channel;
mod invite;
mod tell_declarer;
mod tell_declarer_message;

pub(crate) use create_channel::CreateChannel;
pub(crate) use invite::Invite;
pub(crate) use tell_declarer::TellDeclarer;
