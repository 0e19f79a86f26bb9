//! The timeline: read it, write something down, change or delete what one wrote.

mod command;
mod entry;
mod list;
mod open;
mod submit;

pub(crate) use open::{delete_form, entry_form, form};

use slack::ids;

use crate::feature::{Feature, action, command, opens, view};
use crate::forms::Form;

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("timeline", command::command)],
    actions: &[
        opens!(ids::ACTION_TIMELINE, |_, incident| Some(Form::Timeline { incident })),
        opens!(ids::ACTION_TIMELINE_ADD, |_, incident| {
            let entry = None;
            Some(Form::TimelineEntry { incident, entry })
        })
        .on_top(),
        opens!(ids::TIMELINE_ENTRY_PREFIX, |_, change| Some(open::form_of_change(
            change
        )))
        .on_top(),
        action!(ids::ACTION_TIMELINE_EARLIER, open::turn).only_showing(),
        action!(ids::ACTION_TIMELINE_LATER, open::turn).only_showing(),
    ],
    views: &[
        view!(ids::VIEW_TIMELINE_CHOOSE, submit::chosen),
        view!(ids::VIEW_TIMELINE_ENTRY, submit::submit),
        view!(ids::VIEW_TIMELINE_DELETE, submit::delete),
    ],
    shortcuts: &[(ids::SHORTCUT_TIMELINE, || Form::Timeline { incident: None })],
    ..Feature::NOTHING
};
