//! Statuspage: the form in which something is written for customers, the step that confirms it, and what stands there.

mod command;
mod confirm;
mod form;
mod list;
mod open;
mod submit;

pub(crate) use open::form;

use domain::IncidentId;
use slack::ids;

use crate::feature::{Feature, action, command, field, opens, view};
use crate::forms::Form;

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[
        command!("statuspage", command::publish),
        command!("ls-sp-inc", command::list),
    ],
    actions: &[
        opens!(ids::ACTION_STATUSPAGE, |_, incident| Some(form_to(incident, false))),
        opens!(ids::ACTION_STATUSPAGE_RESOLVE, |_, incident| Some(form_to(
            incident, true
        ))),
        action!(ids::ACTION_STATUSPAGE_LEAVE, open::leave),
    ],
    views: &[
        view!(ids::VIEW_STATUSPAGE, submit::submit),
        view!(ids::VIEW_STATUSPAGE_CONFIRM, submit::confirmed),
    ],
    fields: &[field!(ids::FIELD_COMPONENTS, open::suggest)],
    ..Feature::NOTHING
};

fn form_to(incident: IncidentId, resolves: bool) -> Form {
    Form::Statuspage { incident, resolves }
}
