//! Which feature runs a command.

use futures_util::future::BoxFuture;
use incidents::CommandError;
use slack::commands::{Command, parse};

use super::outcome::{Invocation, Outcome};
use crate::Gateway;
use crate::features::FEATURES;
use crate::forms::Form;

/// Carries a command out; the text is what was typed behind its word, as Slack sends it.
///
/// What is refused is an answer. An error is a failure, after which the same may be asked again.
type Run = for<'a> fn(&'a Gateway, &'a Invocation, &'a str) -> BoxFuture<'a, Result<Outcome, CommandError>>;

/// What a command runs.
#[derive(Debug)]
pub(crate) struct CommandHandler {
    name: &'static str,
    form: Option<fn(&str) -> Form>,
    run: Run,
}

impl CommandHandler {
    /// `name` is the one in [`slack::commands::COMMANDS`].
    pub(crate) const fn new(name: &'static str, run: Run) -> Self {
        Self { name, form: None, run }
    }

    /// Has the slash command open this form at once, also while the database is away.
    pub(crate) const fn opening(self, form: fn(&str) -> Form) -> Self {
        Self {
            form: Some(form),
            ..self
        }
    }
}

fn handlers() -> impl Iterator<Item = &'static CommandHandler> {
    FEATURES.iter().flat_map(|feature| feature.commands)
}

/// The command in `text`, what it runs, and its arguments; else the words that are no command.
fn find(text: &str) -> Result<(&'static Command, &'static CommandHandler, &str), &str> {
    let (command, arguments) = parse(text)?;
    let handler = handlers().find(|handler| handler.name == command.name);
    handler.map(|handler| (command, handler, arguments)).ok_or(command.name)
}

/// The command in `text`, if it is one.
pub(super) fn command_in(text: &str) -> Option<&'static Command> {
    find(text).ok().map(|(command, ..)| command)
}

/// The form that the slash command with `text` opens at once, where it does.
pub(crate) fn form_of(text: &str) -> Option<Form> {
    let (_, handler, arguments) = find(text).ok()?;
    handler.form.map(|form| form(arguments))
}

/// Carries out what somebody typed.
pub(super) async fn run(gateway: &Gateway, invocation: &Invocation, text: &str) -> Result<Outcome, CommandError> {
    match find(text) {
        Ok((_, handler, arguments)) => (handler.run)(gateway, invocation, arguments).await,
        Err(typed) => Outcome::unknown(gateway, typed).await,
    }
}

#[cfg(test)]
mod tests {
    use slack::commands::COMMANDS;

    use super::*;

    #[test]
    fn every_command_is_run_by_one_feature() {
        let mut run: Vec<_> = handlers().map(|handler| handler.name).collect();
        let mut named: Vec<_> = COMMANDS.iter().map(|command| command.name).collect();
        run.sort_unstable();
        named.sort_unstable();
        assert_eq!(run, named);
    }

    #[test]
    fn only_the_form_to_declare_opens_before_anything_is_read() {
        let typed = |text: &str| Form::Declare { typed: text.to_owned() };
        assert_eq!(form_of(" NEW  Payments &amp; cards "), Some(typed("Payments & cards")));
        assert_eq!(form_of("declare"), Some(typed("")));
        for text in ["", "update", "newish", "status monitoring"] {
            assert_eq!(form_of(text), None, "{text}");
        }
    }
}
