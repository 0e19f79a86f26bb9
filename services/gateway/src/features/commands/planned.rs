//! What is planned, listed and called off in words.

use std::time::Duration;

use chrono::TimeDelta;
use incidents::{CommandError, Planned, Request};
use slack::text::{escape, moment};
use store::incident_list::Viewer;

use crate::Gateway;

/// The most that one answer lists.
const MOST: usize = 20;
/// How many signs of an id are shown, from its end, where ids differ.
const SIGNS: usize = 8;

/// What is planned, the soonest first.
pub(crate) async fn list(gateway: &Gateway, user: &str) -> Result<String, CommandError> {
    let mut conn = gateway.pool.acquire().await?;
    let planned = incidents::planned(&mut conn, &Viewer::in_slack(user), gateway.now()).await?;
    Ok(sentence(&planned))
}

/// Calls off what has this id, or an id that ends so.
pub(crate) async fn call_off(gateway: &Gateway, request: &Request, typed: &str) -> Result<String, CommandError> {
    let typed = typed.trim_matches('`').replace('-', "").to_lowercase();
    let viewer = Viewer::in_slack(request.actor.slack_user_id().unwrap_or_default());
    let planned = {
        let mut conn = gateway.pool.acquire().await?;
        incidents::planned(&mut conn, &viewer, gateway.now()).await?
    };
    let is = |id: &uuid::Uuid| typed.len() >= SIGNS && id.simple().to_string().ends_with(&typed);
    let Some(id) = planned.iter().filter_map(|plan| plan.id).find(is) else {
        return Err(CommandError::NothingPlanned);
    };
    let what = incidents::delete_planned(&gateway.pool, request, id).await?;
    Ok(format!("Called off: {}.", escape(&what)))
}

fn sentence(planned: &[Planned]) -> String {
    if planned.is_empty() {
        return "Nothing is planned.".to_owned();
    }
    let mut lines: Vec<_> = planned.iter().take(MOST).map(line).collect();
    if planned.len() > MOST {
        lines.push(format!("… and {} more", planned.len() - MOST));
    }
    lines.join("\n")
}

fn line(plan: &Planned) -> String {
    let id = plan.id.map(|id| id.simple().to_string());
    let id = id.map(|id| format!("`{}`  ", &id[id.len() - SIGNS..]));
    let about = plan
        .incident
        .as_ref()
        .map(|incident| format!(": {}", escape(&incident.title)));
    let every = plan.every.map(|every| format!(", every {}", period(every)));
    format!(
        "{}{} · {}{}{}",
        id.unwrap_or_default(),
        moment(plan.at),
        escape(&plan.what),
        about.unwrap_or_default(),
        every.unwrap_or_default()
    )
}

fn period(every: Duration) -> String {
    domain::local_time::duration(TimeDelta::from_std(every).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use domain::Incident;

    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn what_comes_once_and_what_comes_again() {
        let once = Planned {
            id: Some(incident().id.0),
            what: "reminder of the next update".to_owned(),
            incident: Some(Incident {
                title: "Payments <fail>".to_owned(),
                ..incident()
            }),
            at: incident().declared_at,
            every: None,
        };
        let again = Planned {
            id: None,
            what: "copy people".to_owned(),
            incident: None,
            at: incident().declared_at,
            every: Some(Duration::from_hours(1)),
        };
        insta::assert_snapshot!(sentence(&[once, again]));
        assert_eq!(sentence(&[]), "Nothing is planned.");
    }
}
