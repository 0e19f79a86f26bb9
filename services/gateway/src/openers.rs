//! What opens forms: shortcuts and buttons, as a table, so that everything that is said of them holds for each.

use slack::ids;
use slack_morphism::events::SlackInteractionEvent;

use crate::envelope::Payload;
use crate::features::{commands, paging, timeline};
use crate::forms::{Form, Opener};
use crate::pressed::{Action, Pressed};

/// A button, or an option of an overflow, that opens a form.
#[derive(Clone, Copy, Debug)]
pub struct FormButton {
    /// The action's id, or what it begins with.
    pub id: &'static str,
    /// Whether `id` is only what it begins with.
    pub is_prefix: bool,
    /// Whether the form lies on top of the modal that the button stands in.
    pub on_top: bool,
    form: fn(&Pressed, &Action) -> Option<Form>,
}

const fn button(id: &'static str, form: fn(&Pressed, &Action) -> Option<Form>) -> FormButton {
    FormButton {
        id,
        is_prefix: false,
        on_top: false,
        form,
    }
}

/// Every one of them. `None` is for a value that means something else, or nothing.
pub const FORM_BUTTONS: &[FormButton] = &[
    button(ids::ACTION_DECLARE, |_, _| Some(Form::declare())),
    // *Try again* where a form had not opened.
    button(ids::ACTION_OPEN_FORM, |_, action| {
        serde_json::from_str(action.value()).ok()
    }),
    button(ids::ACTION_RESOLVE, |_, action| {
        let incident = action.value().parse().ok()?;
        let status = None;
        Some(Form::Resolve { incident, status })
    }),
    button(ids::ACTION_UPDATE, |_, action| {
        Some(Form::update(action.value().parse().ok()))
    }),
    button(ids::ACTION_TIMELINE, |_, action| {
        let incident = action.value().parse().ok();
        Some(Form::Timeline { incident })
    }),
    FormButton {
        on_top: true,
        ..button(ids::ACTION_TIMELINE_ADD, |_, action| {
            let incident = action.value().parse().ok()?;
            let entry = None;
            Some(Form::TimelineEntry { incident, entry })
        })
    },
    FormButton {
        is_prefix: true,
        on_top: true,
        ..button(ids::TIMELINE_ENTRY_PREFIX, |_, action| {
            timeline::chosen_form(action.value())
        })
    },
    button(ids::ACTION_DESCRIPTION, |_, action| {
        let incident = action.value().parse().ok()?;
        Some(Form::Description { incident })
    }),
    button(ids::ACTION_MORE, |_, action| {
        let (what, incident) = action.value().split_once('/')?;
        let incident = incident.parse().ok()?;
        match what {
            ids::OPTION_RENAME => Some(Form::Rename { incident }),
            ids::OPTION_ARCHIVE => Some(Form::Archive { incident }),
            _ => None,
        }
    }),
    button(ids::ACTION_ARCHIVE, |_, action| {
        let incident = action.value().parse().ok()?;
        Some(Form::Archive { incident })
    }),
    button(ids::ACTION_PAGE, |_, action| {
        Some(Form::page(action.value().parse().ok()))
    }),
    FormButton {
        is_prefix: true,
        ..button(ids::ON_CALL_PREFIX, paging::page_form)
    },
    button(ids::ACTION_STATUSPAGE, |_, action| statuspage(action, false)),
    button(ids::ACTION_STATUSPAGE_RESOLVE, |_, action| statuspage(action, true)),
];

fn statuspage(action: &Action, resolves: bool) -> Option<Form> {
    let incident = action.value().parse().ok()?;
    Some(Form::Statuspage { incident, resolves })
}

/// The form that a button opens, where it opens one.
pub(crate) fn of_button(pressed: &Pressed, action: &Action) -> Option<(Opener, Form)> {
    let id = action.action_id.as_str();
    let is_it = |button: &&FormButton| id == button.id || (button.is_prefix && id.starts_with(button.id));
    let button = FORM_BUTTONS.iter().find(is_it)?;
    let form = (button.form)(pressed, action)?;
    let opener = Opener::of(pressed);
    let opener = if button.on_top { opener.on_top() } else { opener };
    Some((opener, form))
}

/// The form that a shortcut opens.
pub(crate) fn of_shortcut(callback_id: &str) -> Option<Form> {
    Some(match callback_id {
        ids::SHORTCUT_DECLARE => Form::declare(),
        ids::SHORTCUT_UPDATE => Form::update(None),
        ids::SHORTCUT_PAGER => Form::page(None),
        ids::SHORTCUT_TIMELINE => Form::Timeline { incident: None },
        _ => return None,
    })
}

/// The form that somebody asked for, where they asked for one and nothing else.
pub(crate) fn of_payload(payload: &Payload) -> Option<(Opener, Form)> {
    match payload {
        Payload::Pressed(pressed) => pressed.actions.iter().find_map(|action| of_button(pressed, action)),
        Payload::Interaction(event) => match &**event {
            SlackInteractionEvent::Shortcut(shortcut) => {
                let form = of_shortcut(&shortcut.callback_id.0)?;
                Some((Opener::of_shortcut(shortcut), form))
            }
            _ => None,
        },
        Payload::Command(command) => {
            let form = commands::form_of(command.text.as_deref().unwrap_or_default())?;
            Some((Opener::of_command(command), form))
        }
        Payload::Event(_) | Payload::News(..) => None,
    }
}
