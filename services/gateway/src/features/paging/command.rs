//! Paging in words: who is on call, and the form to page a team.

use std::future::{Ready, ready};

use incidents::CommandError;
use jobs::Answer;
use slack::on_call::page_button;
use slack::text::from_slack;

use super::Chosen;
use crate::Gateway;
use crate::features::commands::{Invocation, Outcome};
use crate::forms::Form;

/// Tells who is on call, of the teams that have all of the words.
pub(super) fn pager(_: &Gateway, _: &Invocation, typed: &str) -> Ready<Result<Outcome, CommandError>> {
    let typed = from_slack(typed, |_| None);
    let words = typed.split_whitespace().map(str::to_owned).collect();
    ready(Ok(Outcome::Answer(Answer::OnCall { words })))
}

/// Opens the form to page a team, with the one that is named.
pub(super) async fn page(gateway: &Gateway, invocation: &Invocation, typed: &str) -> Result<Outcome, CommandError> {
    let here = gateway.incident_here(invocation).await?;
    let incident = here.map(|(incident, _)| incident.id);
    let chosen = Chosen {
        incident,
        team: team_named(gateway, &from_slack(typed, |_| None)).await?,
        ..Chosen::default()
    };
    Ok(Outcome::open(
        Form::Page(chosen),
        "Press the button to review who will be paged, and confirm.",
        vec![page_button(incident)],
    ))
}

/// PagerDuty's id of the one team that is meant; `None` where it is none or several, and the form asks.
async fn team_named(gateway: &Gateway, typed: &str) -> Result<Option<String>, CommandError> {
    let words: Vec<_> = typed.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        return Ok(None);
    }
    let mut conn = gateway.pool.acquire().await?;
    let mut teams = store::on_call::named_teams(&mut conn, &[typed.to_owned()], gateway.now()).await?;
    if teams.is_empty() {
        teams = store::on_call::teams(&mut conn, &words, 2, gateway.now()).await?;
    }
    let team = teams.pop().filter(|_| teams.is_empty());
    Ok(team.map(|team| team.id))
}
