//! What is planned: the jobs that wait for their moment and that people know of.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::IncidentId;
use incidents::CommandError;
use jobs::admin::{self, Scheduled};
use slack::text::{escape, moment};
use store::PgConnection;
use store::incident_list::{self, Viewer};

use crate::Gateway;

/// The most that one answer lists.
const MOST: usize = 20;
/// How many signs of an id are shown, from its end, where ids differ.
const SIGNS: usize = 8;

/// Something planned, and the title of its incident.
struct Plan {
    scheduled: Scheduled,
    incident: Option<String>,
}

/// What is planned, the soonest first.
pub(crate) async fn list(gateway: &Gateway, user: &str) -> Result<String, CommandError> {
    let mut conn = gateway.pool.acquire().await?;
    let plans = plans(&mut conn, user, gateway.now()).await?;
    Ok(sentence(&plans))
}

/// Calls off what has this id, or an id that ends so.
pub(crate) async fn call_off(gateway: &Gateway, user: &str, typed: &str) -> Result<String, CommandError> {
    let typed = typed.trim_matches('`').to_lowercase();
    let mut tx = gateway.pool.begin().await?;
    let plans = plans(&mut tx, user, gateway.now()).await?;
    let is = |plan: &&Plan| {
        let id = plan.scheduled.id.map(|id| id.simple().to_string());
        id.is_some_and(|id| typed.len() >= SIGNS && id.ends_with(&typed.replace('-', "")))
    };
    let Some(plan) = plans.iter().find(is) else {
        return Ok(format!(
            "Nothing planned has the id “{}”. `scheduler list` shows the ids; what comes again and again has none.",
            escape(&typed)
        ));
    };
    let gone = match plan.scheduled.id {
        Some(id) => admin::cancel(&mut tx, id).await?,
        None => None,
    };
    tx.commit().await?;
    Ok(match gone {
        Some(_) => format!("Called off: {}.", what(plan)),
        None => "It is being done already.".to_owned(),
    })
}

/// What is planned, without what belongs to an incident that this person may not see.
async fn plans(conn: &mut PgConnection, user: &str, now: DateTime<Utc>) -> Result<Vec<Plan>, CommandError> {
    let viewer = Viewer::in_slack(user);
    let mut plans = Vec::new();
    for scheduled in admin::scheduled(&mut *conn, now).await? {
        let id: Option<IncidentId> = scheduled.payload["incident"].as_str().and_then(|id| id.parse().ok());
        let incident = match id {
            None => None,
            Some(id) => match incident_list::get(&mut *conn, &viewer, id).await? {
                Some(incident) => Some(incident.title),
                None => continue,
            },
        };
        plans.push(Plan { scheduled, incident });
    }
    Ok(plans)
}

fn sentence(plans: &[Plan]) -> String {
    if plans.is_empty() {
        return "Nothing is planned.".to_owned();
    }
    let line = |plan: &Plan| {
        let id = plan.scheduled.id.map(|id| id.simple().to_string());
        let id = id
            .map(|id| format!("`{}`  ", &id[id.len() - SIGNS..]))
            .unwrap_or_default();
        format!("{id}{} · {}", moment(plan.scheduled.at), what(plan))
    };
    let mut lines: Vec<_> = plans.iter().take(MOST).map(line).collect();
    if plans.len() > MOST {
        lines.push(format!("… and {} more", plans.len() - MOST));
    }
    lines.join("\n")
}

/// What is planned, without its time.
fn what(plan: &Plan) -> String {
    let name = plan
        .scheduled
        .what
        .strip_prefix("slack.")
        .unwrap_or(&plan.scheduled.what);
    let name = escape(&name.replace('_', " "));
    match (&plan.incident, plan.scheduled.every) {
        (Some(title), _) => format!("{name}: {}", escape(title)),
        (None, Some(every)) => format!("{name}, every {}", period(every)),
        (None, None) => name,
    }
}

fn period(every: Duration) -> String {
    slack::text::duration(chrono::TimeDelta::from_std(every).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn what_comes_once_and_what_comes_again() {
        let scheduled = |id, what: &str, every| Scheduled {
            id,
            what: what.to_owned(),
            payload: Value::Null,
            at: incident().declared_at,
            every,
        };
        let once = Plan {
            scheduled: scheduled(Some(incident().id.0), "slack.remind", None),
            incident: Some("Payments <fail>".to_owned()),
        };
        let again = Plan {
            scheduled: scheduled(None, "copy people", Some(Duration::from_hours(1))),
            incident: None,
        };
        insta::assert_snapshot!(sentence(&[once, again]));
        assert_eq!(sentence(&[]), "Nothing is planned.");
    }
}
