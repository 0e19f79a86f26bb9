//! Archiving the channel of an incident: the dialog that asks once more, and what people do by hand in Slack.

mod events;
mod modal;
mod open;
mod submit;

pub(crate) use events::{archived, unarchived};
pub(crate) use open::{form, new_channel};
pub(crate) use submit::submit;
