//! Paging: who is on call, the form that pages a team, and the step that says who will be called.

mod command;
mod confirm;
mod modal;
mod on_call;
mod open;
mod submit;

pub(crate) use on_call::{act, answer, invite_form, page_form, refresh};
pub(crate) use open::{Chosen, form};
pub(crate) use submit::{confirmed, invited, page_anyway, submit};

use crate::feature::{Feature, command};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("pager", command::pager), command!("page", command::page)],
    ..Feature::NOTHING
};
