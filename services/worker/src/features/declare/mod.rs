//! Declaring an incident: its channel, its declarer in it, and a word to them.

mod create_channel;
mod invite;
mod tell_declarer;
mod tell_declarer_message;
