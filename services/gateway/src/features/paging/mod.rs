//! Paging: who is on call, the form that pages a team, and the step that says who will be called.

mod command;
mod confirm;
mod modal;
mod on_call;
mod open;
mod submit;

pub(crate) use on_call::{answer, invite_form};
pub(crate) use open::{Chosen, form};

use slack::ids;

use crate::feature::{Feature, action, command, field, opens, view};
use crate::forms::Form;

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("pager", command::pager), command!("page", command::page)],
    actions: &[
        opens!(ids::ACTION_PAGE, |_, incident| Some(Form::page(incident))),
        opens!(ids::ON_CALL_PREFIX, on_call::page_form, else on_call::act),
        action!(ids::ACTION_PAGE_ANYWAY, submit::page_anyway),
        action!(ids::ACTION_REFRESH_ON_CALL, on_call::refresh_pressed),
    ],
    views: &[
        view!(ids::VIEW_PAGE, submit::submit),
        view!(ids::VIEW_PAGE_CONFIRM, submit::confirmed),
        view!(ids::VIEW_INVITE_PERSON, submit::invited),
    ],
    shortcuts: &[(ids::SHORTCUT_PAGER, || Form::page(None))],
    fields: &[field!(ids::FIELD_TEAM, open::suggest)],
    ..Feature::NOTHING
};
