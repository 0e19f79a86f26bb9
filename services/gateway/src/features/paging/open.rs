//! What the form shows, and what its fields offer.

use domain::IncidentId;
use incidents::CommandError;
use serde::{Deserialize, Serialize};
use serde_json::json;
use slack::blocks::{View, options};
use store::incident_list::{self, Viewer};

use super::modal::{option, view};
use crate::Gateway;
use crate::answer::{Answer, Trouble, not_searched};
use crate::feature::Search;
use crate::features::incident::incident_of_channel;

/// The most options that Slack takes.
const MAX_OPTIONS: i64 = 100;

/// What is chosen already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chosen {
    pub(crate) incident: Option<IncidentId>,
    /// The channel whose incident is meant, where none is chosen.
    pub(crate) channel: Option<String>,
    /// PagerDuty's id of the escalation policy.
    pub(crate) team: Option<String>,
    /// PagerDuty's id of somebody of it, who is paged alone.
    pub(crate) person: Option<String>,
}

/// The form to page a team.
pub(crate) async fn form(gateway: &Gateway, user: &str, chosen: Chosen) -> Result<View, Trouble> {
    gateway
        .for_form(async {
            let mut conn = gateway.pool.acquire().await?;
            if !store::on_call::state(&mut conn).await?.enabled {
                return Err(CommandError::NoPaging);
            }
            let incident = match (chosen.incident, &chosen.channel) {
                (Some(id), _) => {
                    let seen = incident_list::get(&mut conn, &Viewer::in_slack(user), id).await?;
                    Some(seen.ok_or(CommandError::NoIncident)?)
                }
                (None, Some(channel)) => incident_of_channel(&mut conn, user, channel).await?,
                (None, None) => None,
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
}

/// What the field for a team offers for what was typed so far.
pub(super) async fn suggest(gateway: &Gateway, search: &Search) -> Answer {
    let words: Vec<_> = search.typed.split_whitespace().map(str::to_owned).collect();
    let found = gateway.confirm(async {
        let mut conn = gateway.pool.acquire().await?;
        Ok(store::on_call::teams(&mut conn, &words, MAX_OPTIONS, gateway.now()).await?)
    });
    let Ok(found) = found.await else {
        return not_searched();
    };
    let choices: Vec<_> = found.iter().map(option).collect();
    Answer::Acknowledge(Some(json!({ "options": options(&choices) })))
}
