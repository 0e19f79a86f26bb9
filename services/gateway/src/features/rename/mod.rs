//! The title is changed, and the channel's name where that is wanted too; and channels are renamed in Slack.

mod command;
mod modal;
mod open;
mod submit;

pub(crate) use open::form;
pub(crate) use submit::renamed;

use slack::ids;

use crate::feature::{Feature, command, view};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("rename", command::command)],
    views: &[view!(ids::VIEW_RENAME, submit::submit)],
    ..Feature::NOTHING
};
