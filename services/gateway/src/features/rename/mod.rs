//! The title is changed, and the channel's name where that is wanted too; and channels are renamed in Slack.

mod modal;
mod open;
mod submit;

pub(crate) use open::form;
pub(crate) use submit::{renamed, submit};
