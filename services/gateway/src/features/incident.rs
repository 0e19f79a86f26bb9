//! The field that asks which incident is meant: searched while typing, among those that whoever asks may see.

use std::sync::Arc;

use domain::{Incident, IncidentId, Settings};
use incidents::CommandError;
use serde_json::json;
use slack::blocks::{Block, Choice, options, search_field};
use slack::ids;
use store::PgConnection;
use store::incident_list::{self, Filter, Viewer};

use crate::Gateway;
use crate::answer::{Answer, Trouble, not_searched};
use crate::feature::{Feature, Search, field};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    fields: &[field!(ids::FIELD_INCIDENT, suggest)],
    ..Feature::NOTHING
};

/// The most options that Slack takes.
const MAX_OPTIONS: i64 = 100;

/// The field, with an incident chosen already where one is known.
pub(crate) fn incident_field(incident: Option<&Incident>, settings: &Settings) -> Block {
    let chosen = incident.map(|incident| option(incident, settings));
    search_field(ids::FIELD_INCIDENT, "Incident", "Which incident?", chosen.as_ref())
}

fn option(incident: &Incident, settings: &Settings) -> Choice {
    let emoji = if incident.is_resolved() {
        "✅"
    } else {
        settings.severity_emoji(&incident.severity)
    };
    Choice {
        value: incident.id.to_string(),
        label: format!("{emoji} {}", incident.title),
        description: format!("#{}", incident.channel_name),
    }
}

/// The incident whose channel this is, or whose causes are looked into there, where `user` may see it: in the channel about
/// the causes of a private incident there may be others than those who may.
pub(crate) async fn incident_of_channel(
    conn: &mut PgConnection,
    user: &str,
    channel: &str,
) -> Result<Option<Incident>, store::Error> {
    let found = store::incidents::of_either_channel(conn, channel).await?;
    if let Some(incident) = &found {
        tracing::Span::current().record("incident", tracing::field::display(incident.id));
    }
    match found {
        Some(incident) if incident.private && incident.channel_id.as_deref() != Some(channel) => {
            incident_list::get(conn, &Viewer::in_slack(user), incident.id).await
        }
        found => Ok(found),
    }
}

/// What the field offers for what was typed so far: the newest open ones that fit, and after them the newest resolved ones
/// where the modal takes those.
async fn suggest(gateway: &Gateway, search: &Search) -> Answer {
    // Nobody is called any more for an incident that is resolved.
    let and_resolved = !matches!(search.view.as_str(), ids::VIEW_PAGE | ids::VIEW_INVITE_PERSON);
    let found = gateway.confirm(async {
        let mut conn = gateway.pool.acquire().await?;
        let viewer = Viewer::in_slack(&search.user);
        let open = Filter::search(&search.typed);
        let mut found = incident_list::page(&mut conn, &viewer, &open, None, MAX_OPTIONS).await?;
        let room = MAX_OPTIONS - i64::try_from(found.len()).unwrap_or(MAX_OPTIONS);
        if and_resolved && room > 0 {
            let resolved = Filter {
                resolved: Some(true),
                ..open
            };
            found.extend(incident_list::page(&mut conn, &viewer, &resolved, None, room).await?);
        }
        Ok((found, gateway.pool.settings(&mut conn).await?))
    });
    match found.await {
        Ok((found, settings)) => {
            let choices: Vec<_> = found.iter().map(|incident| option(incident, &settings)).collect();
            Answer::Acknowledge(Some(json!({ "options": options(&choices) })))
        }
        Err(_) => not_searched(),
    }
}

impl Gateway {
    /// What a form about one incident needs: the incident, where one is known and `user` may see it, and the settings.
    pub(crate) async fn incident_for(
        &self,
        user: &str,
        id: Option<IncidentId>,
    ) -> Result<(Option<Incident>, Arc<Settings>), Trouble> {
        self.for_form(async {
            let mut conn = self.pool.acquire().await?;
            let incident = match id {
                Some(id) => {
                    let seen = incident_list::get(&mut conn, &Viewer::in_slack(user), id).await?;
                    Some(seen.ok_or(CommandError::NoIncident)?)
                }
                None => None,
            };
            Ok((incident, self.pool.settings(&mut conn).await?))
        })
        .await
    }
}
