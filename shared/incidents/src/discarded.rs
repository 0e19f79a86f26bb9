//! Jobs that were given up: what they were about, and trying one again.

use std::collections::HashMap;

use domain::{Incident, IncidentId};
use jobs::admin::{self, Discarded, Retried};
use serde_json::{Value, json};
use store::incident_list::{Changed, Viewer};
use store::{PgConnection, PgPool};
use uuid::Uuid;

use crate::change::{Begun, Change};
use crate::{CommandError, Request, retry_problem};

/// A job that was given up, as somebody may know of it.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenUpJob {
    /// The job.
    pub job: Discarded,
    /// What it is about.
    pub about: About,
}

/// What a job is about, as far as somebody may know.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    /// No incident.
    Nothing,
    /// An incident that they may see.
    Incident(Box<Incident>),
    /// A private incident that they may not see.
    Hidden(IncidentId),
}

/// What the jobs of a page are about, for this viewer.
pub async fn about_jobs(
    conn: &mut PgConnection,
    viewer: &Viewer,
    jobs: Vec<Discarded>,
) -> Result<Vec<GivenUpJob>, store::Error> {
    let mut incidents = HashMap::new();
    for job in &jobs {
        if let Some(incident) = incident_of(conn, &job.payload).await? {
            incidents.insert(job.id, incident);
        }
    }
    let mut ids: Vec<_> = incidents.values().copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let known = store::incident_list::changed(conn, &ids).await?;
    let given_up = jobs.into_iter().map(|job| {
        let incident = incidents.get(&job.id);
        let changed = known.iter().find(|one| Some(&one.incident.id) == incident);
        GivenUpJob {
            about: changed.map_or(About::Nothing, |changed| about(changed, viewer)),
            job,
        }
    });
    Ok(given_up.collect())
}

fn about(changed: &Changed, viewer: &Viewer) -> About {
    if changed.is_visible_to(viewer) {
        About::Incident(Box::new(changed.incident.clone()))
    } else {
        About::Hidden(changed.incident.id)
    }
}

/// The incident that a job is about, by what its payload names: the incident itself, or something that belongs to one.
async fn incident_of(conn: &mut PgConnection, payload: &Value) -> Result<Option<IncidentId>, store::Error> {
    if let Some(incident) = text(payload, "incident").and_then(|id| id.parse().ok()) {
        return Ok(Some(incident));
    }
    if let Some(request) = text(payload, "request").and_then(|id| id.parse().ok()) {
        let asked = store::access_requests::get(conn, request).await?;
        return Ok(asked.map(|asked| asked.incident));
    }
    if let Some(question) = text(payload, "question").and_then(|id| id.parse().ok()) {
        let question = store::questions::get(conn, question).await?;
        return Ok(question.map(|question| question.incident));
    }
    if let Some(page) = text(payload, "page").and_then(|id| id.parse().ok()) {
        let page = store::pages::get(conn, page).await?;
        return Ok(page.map(|page| page.incident));
    }
    if let Some(published) = text(payload, "published").and_then(|id| id.parse().ok()) {
        let published = store::statuspage::get(conn, published).await?;
        return Ok(published.map(|published| published.incident));
    }
    let channel = text(payload, "channel").or_else(|| text(&payload["thread"], "channel"));
    if let Some(channel) = channel {
        let incident = store::incidents::of_channel(conn, channel).await?;
        return Ok(incident.map(|incident| incident.id));
    }
    Ok(None)
}

fn text<'a>(payload: &'a Value, field: &str) -> Option<&'a str> {
    payload[field].as_str()
}

/// What a kind of job does, in a few words: `slack.create_channel` creates a channel.
pub fn what_it_does(kind: &str) -> String {
    let (_, what) = kind.split_once('.').unwrap_or(("", kind));
    what.replace('_', " ")
}

/// Tries a job again that was given up. Whoever may change its incident may do so.
pub async fn retry_job(pool: &PgPool, request: &Request, job: Uuid) -> Result<(), CommandError> {
    let (incident, problem) = {
        let mut conn = pool.acquire().await?;
        let found = admin::discarded_one(&mut conn, job).await?;
        let Some(found) = found else {
            return was_retried(&mut conn, request).await;
        };
        let incident = incident_of(&mut conn, &found.payload).await?;
        let problem = match incident {
            Some(incident) => store::timeline::problem_of_job(&mut conn, incident, job).await?,
            None => None,
        };
        (incident, problem)
    };
    match (incident, problem) {
        // Its channel and its timeline said that it failed: they say too that it is tried again.
        (Some(incident), Some(problem)) => retry_problem(pool, request, incident, problem).await,
        (Some(incident), None) => {
            let Begun::Change(mut change) = Change::begin(pool, request, incident).await? else {
                return Ok(());
            };
            let now = change.request().now;
            if admin::retry(change.conn(), job, now).await? == Retried::NotDiscarded {
                return Err(CommandError::TriedAlready);
            }
            change.commit().await
        }
        (None, _) => {
            let mut tx = pool.begin().await?;
            let claimed = store::fulfilled_requests::claim(&mut tx, &request.key, &json!({ "job": job })).await?;
            if claimed.is_none() && admin::retry(&mut tx, job, request.now).await? == Retried::NotDiscarded {
                return Err(CommandError::TriedAlready);
            }
            store::commit(tx).await?;
            Ok(())
        }
    }
}

/// The same request coming again finds its job waiting: that is what it wanted.
async fn was_retried(conn: &mut PgConnection, request: &Request) -> Result<(), CommandError> {
    if store::fulfilled_requests::is_claimed(conn, &request.key).await? {
        Ok(())
    } else {
        Err(CommandError::TriedAlready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_in_words() {
        assert_eq!(what_it_does("slack.create_channel"), "create channel");
        assert_eq!(what_it_does("odd"), "odd");
    }
}
