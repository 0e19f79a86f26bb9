//! Which feature takes what, by the tables of all features.

use crate::Gateway;
use crate::answer::Answer;
use crate::feature::{ActionHandler, Search};
use crate::features::FEATURES;
use crate::forms::{Form, Opener};
use crate::pressed::{Action, Pressed};
use crate::submitted::Submitted;

fn actions() -> impl Iterator<Item = &'static ActionHandler> {
    FEATURES.iter().flat_map(|feature| feature.actions)
}

/// A button, or an option of an overflow, that opens a form.
#[derive(Clone, Copy, Debug)]
pub struct FormButton {
    /// The action's id, or what it begins with.
    pub id: &'static str,
    /// Whether the form lies on top of the modal with the button.
    pub on_top: bool,
}

/// Every button that opens a form.
pub fn form_buttons() -> impl Iterator<Item = FormButton> {
    let opening = actions().filter(|handler| handler.form.is_some());
    opening.map(|&ActionHandler { id, on_top, .. }| FormButton { id, on_top })
}

fn handler(action: &Action) -> Option<&'static ActionHandler> {
    actions().find(|handler| handler.is_for(&action.action_id))
}

/// The form that a button opens, where it opens one.
pub(crate) fn form_of_action(pressed: &Pressed, action: &Action) -> Option<(Opener, Form)> {
    let handler = handler(action)?;
    let form = (handler.form?)(pressed, action)?;
    let opener = Opener::of(pressed);
    Some((if handler.on_top { opener.on_top() } else { opener }, form))
}

/// The form that a shortcut opens.
pub(crate) fn form_of_shortcut(callback_id: &str) -> Option<Form> {
    let mut shortcuts = FEATURES.iter().flat_map(|feature| feature.shortcuts);
    let (_, form) = shortcuts.find(|(id, _)| *id == callback_id)?;
    Some(form())
}

/// Whether pressing this changes nothing but what is shown.
pub(crate) fn only_shows(action: &Action) -> bool {
    handler(action).is_some_and(|handler| handler.only_shows)
}

/// Does what belongs to what was pressed or chosen.
pub(crate) async fn press(gateway: &Gateway, pressed: &Pressed, action: &Action) {
    if let Some((opener, form)) = form_of_action(pressed, action) {
        return gateway.open(opener, form);
    }
    match handler(action) {
        Some(handler) => (handler.run)(gateway, pressed, action).await,
        None => gateway.unreadable(pressed, action),
    }
}

/// Does what belongs to a modal that was submitted.
pub(crate) async fn submit(gateway: &Gateway, submitted: &Submitted) -> Answer {
    let mut views = FEATURES.iter().flat_map(|feature| feature.views);
    match views.find(|handler| handler.id == submitted.callback_id) {
        Some(handler) => (handler.submit)(gateway, submitted).await,
        None => submitted.unreadable(),
    }
}

/// What a field offers; `None` for one that no feature knows.
pub(crate) async fn suggest(gateway: &Gateway, field: &str, search: &Search) -> Option<Answer> {
    let mut fields = FEATURES.iter().flat_map(|feature| feature.fields);
    let handler = fields.find(|handler| handler.id == field)?;
    Some((handler.suggest)(gateway, search).await)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use slack::ids;

    use super::*;

    /// Each of `ids` is taken once, and nothing twice.
    fn assert_taken<'a>(taken: impl Iterator<Item = &'a str>, ids: &[&str]) {
        let mut seen = HashSet::new();
        for id in taken {
            assert!(seen.insert(id), "{id} is taken twice");
        }
        for id in ids {
            assert!(seen.contains(id), "{id} is not taken");
        }
    }

    #[test]
    fn every_id_is_taken_by_one_feature() {
        assert_taken(actions().map(|handler| handler.id), ids::ACTIONS);
        let views = FEATURES.iter().flat_map(|feature| feature.views);
        assert_taken(views.map(|handler| handler.id), ids::VIEWS);
        let shortcuts = FEATURES.iter().flat_map(|feature| feature.shortcuts);
        assert_taken(shortcuts.map(|(id, _)| *id), ids::SHORTCUTS);
        let fields = FEATURES.iter().flat_map(|feature| feature.fields);
        let searched = [ids::FIELD_INCIDENT, ids::FIELD_COMPONENTS, ids::FIELD_TEAM];
        assert_taken(fields.map(|handler| handler.id), &searched);
    }

    #[test]
    fn no_action_is_taken_by_two_handlers() {
        for handler in actions() {
            let taken = actions().filter(|other| other.is_for(handler.id));
            assert_eq!(taken.count(), 1, "{}", handler.id);
        }
    }
}
