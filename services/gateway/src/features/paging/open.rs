//! Opens the form.

use domain::IncidentId;
use incidents::CommandError;
use serde_json::{Value, json};
use slack::blocks::options;
use store::incident_list::{self, Viewer};

use super::modal::{option, view};
use crate::Gateway;

/// The most options that Slack takes.
const MAX_OPTIONS: i64 = 100;

/// What is chosen already.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chosen {
    pub(crate) incident: Option<IncidentId>,
    /// PagerDuty's id of the escalation policy.
    pub(crate) team: Option<String>,
    /// PagerDuty's id of somebody of it, who is paged alone.
    pub(crate) person: Option<String>,
}

/// Opens the form to page a team, in a task of its own.
pub(crate) fn open(gateway: &Gateway, trigger_id: String, user: &str, chosen: Chosen) {
    let user = user.to_owned();
    gateway.open_form(trigger_id, "the form to page a team", async move |gateway| {
        gateway
            .within_half_patience(async {
                let mut conn = gateway.pool.acquire().await?;
                if !store::on_call::state(&mut conn).await?.enabled {
                    return Err(CommandError::NoPaging);
                }
                let incident = match chosen.incident {
                    Some(id) => {
                        let seen = incident_list::get(&mut conn, &Viewer::in_slack(user), id).await?;
                        Some(seen.ok_or(CommandError::NoIncident)?)
                    }
                    None => None,
                };
                let team = match &chosen.team {
                    Some(id) => Some(
                        store::on_call::team(&mut conn, id, gateway.now())
                            .await?
                            .ok_or(CommandError::NoTeam)?,
                    ),
                    None => None,
                };
                let person = match (&team, &chosen.person) {
                    (Some(team), Some(person)) => Some(
                        team.person(person)
                            .ok_or_else(|| CommandError::NotOnCall(team.name.clone()))?,
                    ),
                    _ => None,
                };
                let settings = gateway.pool.settings(&mut conn).await?;
                Ok(view(incident.as_ref(), &settings, team.as_ref(), person))
            })
            .await
    });
}

impl Gateway {
    /// What the field for a team offers for what was typed so far.
    pub(crate) async fn suggest_teams(&self, typed: &str) -> Value {
        let words: Vec<_> = typed.split_whitespace().map(str::to_owned).collect();
        let found = self.within_patience(async {
            let mut conn = self.pool.acquire().await?;
            Ok(store::on_call::teams(&mut conn, &words, MAX_OPTIONS, self.now()).await?)
        });
        let choices: Vec<_> = found.await.unwrap_or_default().iter().map(option).collect();
        json!({ "options": options(&choices) })
    }
}
