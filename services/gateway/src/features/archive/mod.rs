//! Archiving the channel of an incident: the dialog that asks once more, and what people do by hand in Slack.

mod command;
mod events;
mod modal;
mod open;
mod submit;

pub(crate) use events::{archived, unarchived};
pub(crate) use open::form;

use slack::ids;

use crate::feature::{Feature, action, command, opens, view};
use crate::forms::Form;

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("archive", command::command)],
    actions: &[
        opens!(ids::ACTION_ARCHIVE, |_, incident| Some(Form::Archive { incident })),
        action!(ids::ACTION_NEW_CHANNEL, open::new_channel),
    ],
    views: &[view!(ids::VIEW_ARCHIVE, submit::submit)],
    ..Feature::NOTHING
};
