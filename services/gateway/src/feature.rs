//! What a feature takes of what people do in Slack. Each feature has one such table; `routes` reads them all.

use futures_util::future::BoxFuture;
use slack::values::ActionId;

use crate::Gateway;
use crate::answer::Answer;
use crate::features::commands::CommandHandler;
use crate::forms::Form;
use crate::pressed::{Action, Pressed};
use crate::submitted::Submitted;

/// What a feature takes.
pub(crate) struct Feature {
    /// The commands that it runs.
    pub(crate) commands: &'static [CommandHandler],
    /// What people press or choose.
    pub(crate) actions: &'static [ActionHandler],
    /// The modals that they submit.
    pub(crate) views: &'static [ViewHandler],
    /// The shortcuts, and the form that each opens.
    pub(crate) shortcuts: &'static [Shortcut],
    /// The fields whose options are searched while somebody types.
    pub(crate) fields: &'static [FieldHandler],
}

impl Feature {
    /// It takes nothing.
    pub(crate) const NOTHING: Self = Self {
        commands: &[],
        actions: &[],
        views: &[],
        shortcuts: &[],
        fields: &[],
    };
}

/// A shortcut's id, and the form that it opens.
type Shortcut = (&'static str, fn() -> Form);
type Press = for<'a> fn(&'a Gateway, &'a Pressed, &'a Action) -> BoxFuture<'a, ()>;
type Submit = for<'a> fn(&'a Gateway, &'a Submitted) -> BoxFuture<'a, Answer>;
type Suggest = for<'a> fn(&'a Gateway, &'a Search) -> BoxFuture<'a, Answer>;

/// What is done when something is pressed or chosen: a form opens, or else it is run.
pub(crate) struct ActionHandler {
    pub(crate) id: &'static str,
    pub(crate) is_prefix: bool,
    pub(crate) form: Option<fn(&Pressed, &Action) -> Option<Form>>,
    pub(crate) run: Press,
    pub(crate) on_top: bool,
    pub(crate) only_shows: bool,
}

impl ActionHandler {
    /// Runs something. `action!` makes one of a function that takes the value.
    pub(crate) const fn new<V>(id: ActionId<V>, run: Press) -> Self {
        Self {
            id: id.as_str(),
            is_prefix: id.is_prefix(),
            form: None,
            run,
            on_top: false,
            only_shows: false,
        }
    }

    /// Opens this form, where the value stands for one. `opens!` makes one of a function that takes the value.
    pub(crate) const fn opening(self, form: fn(&Pressed, &Action) -> Option<Form>) -> Self {
        Self {
            form: Some(form),
            ..self
        }
    }

    /// The form lies on top of the modal with the button.
    pub(crate) const fn on_top(self) -> Self {
        Self { on_top: true, ..self }
    }

    /// It changes nothing but what is shown, such as the page of a list.
    pub(crate) const fn only_showing(self) -> Self {
        Self {
            only_shows: true,
            ..self
        }
    }

    /// Whether it is for the action with this id.
    pub(crate) fn is_for(&self, action_id: &str) -> bool {
        action_id == self.id || (self.is_prefix && action_id.starts_with(self.id))
    }
}

/// What is done when a modal is submitted.
pub(crate) struct ViewHandler {
    pub(crate) id: &'static str,
    pub(crate) submit: Submit,
}

impl ViewHandler {
    /// `view!` makes one of a function that takes what the modal is about.
    pub(crate) const fn new(id: &'static str, submit: Submit) -> Self {
        Self { id, submit }
    }
}

/// What a field offers for what somebody has typed so far.
pub(crate) struct FieldHandler {
    pub(crate) id: &'static str,
    pub(crate) suggest: Suggest,
}

impl FieldHandler {
    /// `field!` makes one of a function.
    pub(crate) const fn new(id: &'static str, suggest: Suggest) -> Self {
        Self { id, suggest }
    }
}

/// What somebody types into a field that offers options.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    /// Slack's id of the person.
    pub(crate) user: String,
    /// What they typed so far.
    pub(crate) typed: String,
    /// The modal, by its callback's id.
    pub(crate) view: String,
}

/// The handler of a command, by its name in [`slack::commands::COMMANDS`].
macro_rules! command {
    ($name:expr, $run:expr) => {
        $crate::features::commands::CommandHandler::new($name, |gateway, invocation, arguments| {
            Box::pin($run(gateway, invocation, arguments))
        })
    };
}

/// The handler of an action of [`slack::ids`]: an async function that takes its value.
macro_rules! action {
    ($id:expr, $run:expr) => {
        $crate::feature::ActionHandler::new($id, |gateway, pressed, action| {
            Box::pin(async move {
                match $id.decode(action.value()) {
                    Some(value) => $run(gateway, pressed, action, value).await,
                    None => gateway.unreadable(pressed, action),
                }
            })
        })
    };
}

/// The handler of a select, of which the value is what was chosen.
macro_rules! choice {
    ($id:expr, $run:expr) => {
        $crate::feature::ActionHandler::new($id, |gateway, pressed, action| Box::pin($run(gateway, pressed, action)))
    };
}

/// The handler of an action of [`slack::ids`] that opens a form: a function that makes it of who pressed and the value.
macro_rules! opens {
    ($id:expr, $form:expr) => {
        $crate::feature::ActionHandler::new($id, |gateway, pressed, action| {
            Box::pin(async move { gateway.unreadable(pressed, action) })
        })
        .opening(|pressed, action| $crate::feature::form_for(pressed, $id.decode(action.value())?, $form))
    };
    // Where the value stands for no form, this is run.
    ($id:expr, $form:expr, else $run:expr) => {
        $crate::feature::action!($id, $run)
            .opening(|pressed, action| $crate::feature::form_for(pressed, $id.decode(action.value())?, $form))
    };
}

/// The handler of a modal of [`slack::ids`]: an async function that takes what the modal is about.
macro_rules! view {
    ($id:expr, $submit:expr) => {
        $crate::feature::ViewHandler::new($id, |gateway, submitted| {
            Box::pin(async move {
                match slack::values::decode(&submitted.about) {
                    Some(about) => $submit(gateway, submitted, about).await,
                    None => submitted.unreadable(),
                }
            })
        })
    };
}

/// The handler of a field of [`slack::ids`].
macro_rules! field {
    ($id:expr, $suggest:expr) => {
        $crate::feature::FieldHandler::new($id, |gateway, search| Box::pin($suggest(gateway, search)))
    };
}
pub(crate) use {action, choice, command, field, opens, view};

/// Calls a function that makes a form: what it takes is known where it is written down.
pub(crate) fn form_for<V>(pressed: &Pressed, value: V, form: impl FnOnce(&Pressed, V) -> Option<Form>) -> Option<Form> {
    form(pressed, value)
}
