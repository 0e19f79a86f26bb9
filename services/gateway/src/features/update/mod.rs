//! Sending an update: the modal, and what becomes of it.

mod command;
mod modal;
mod open;
mod submit;

pub(crate) use open::form;

use slack::ids;

use crate::feature::{Feature, command, opens, view};
use crate::forms::Form;

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("update", command::command)],
    actions: &[opens!(ids::ACTION_UPDATE, |_, incident| Some(Form::update(incident)))],
    views: &[view!(ids::VIEW_UPDATE, submit::submit)],
    shortcuts: &[(ids::SHORTCUT_UPDATE, || Form::update(None))],
    ..Feature::NOTHING
};
