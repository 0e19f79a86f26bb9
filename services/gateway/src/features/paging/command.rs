//! Paging in words: who is on call, and the form to page a team.

use std::future::{Ready, ready};

use incidents::CommandError;
use jobs::Answer;
use slack::on_call::page_button;
use slack::text::from_slack;

use crate::Gateway;
use crate::features::commands::{Invocation, Outcome};
use crate::forms::Form;

/// Tells who is on call, of the teams that have all of the words.
pub(super) fn pager(_: &Gateway, _: &Invocation, typed: &str) -> Ready<Result<Outcome, CommandError>> {
    let typed = from_slack(typed, |_| None);
    let words = typed.split_whitespace().map(str::to_owned).collect();
    ready(Ok(Outcome::Answer(Answer::OnCall { words })))
}

/// Opens the form to page a team.
pub(super) async fn page(gateway: &Gateway, invocation: &Invocation, _: &str) -> Result<Outcome, CommandError> {
    let here = gateway.incident_here(invocation).await?;
    let incident = here.map(|(incident, _)| incident.id);
    Ok(Outcome::open(
        Form::page(incident),
        "Paging shows first who will be called, so it takes a press of this button.",
        vec![page_button(incident)],
    ))
}
