//! Declaring an incident: the modal, and what becomes of it.

mod command;
mod modal;
mod open;
mod submit;

pub(crate) use open::form;

use slack::ids;
use slack::values::Nothing;

use crate::feature::{Feature, command, opens, view};
use crate::forms::Form;

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("new", command::command).opening(form_of)],
    actions: &[opens!(ids::ACTION_DECLARE, |_, Nothing| Some(Form::declare()))],
    views: &[view!(ids::VIEW_DECLARE, submit::submit)],
    shortcuts: &[(ids::SHORTCUT_DECLARE, Form::declare)],
    ..Feature::NOTHING
};

/// The form, with what was typed behind the command.
fn form_of(typed: &str) -> Form {
    let typed = slack::text::from_slack(typed, |_| None);
    Form::Declare { typed }
}
