//! The status, chosen on the control panel; the dialog that resolves.

mod choose;
mod command;
mod modal;
mod submit;

pub(crate) use choose::form;
pub(crate) use submit::dialog;

use slack::ids;

use crate::feature::{Feature, action, choice, command, opens, view};
use crate::forms::Form;

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[
        command!("status", command::status),
        command!("resolve", command::resolve),
        command!("reopen", command::reopen),
    ],
    actions: &[
        choice!(ids::ACTION_STATUS, choose::choose),
        opens!(ids::ACTION_RESOLVE, |_, incident| {
            let status = None;
            Some(Form::Resolve { incident, status })
        }),
        action!(ids::ACTION_REOPEN, choose::reopen),
        action!(ids::ACTION_RESOLVE_PAGES, submit::resolve_pages),
    ],
    views: &[view!(ids::VIEW_RESOLVE, submit::submit)],
    ..Feature::NOTHING
};
