//! The channel in which the causes of an incident are looked into.

mod create_channel;
mod greet;
mod invite;
mod message;

pub(crate) use create_channel::CreateRcaChannel;
pub(crate) use greet::GreetRca;
pub(crate) use invite::InviteToRca;
