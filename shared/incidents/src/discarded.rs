//! Jobs that were given up: what they were about, and trying one again.

use domain::{Incident, IncidentId};
use queue::admin::{self, Discarded, Retried};
use serde_json::json;
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
    let mut ids: Vec<_> = jobs.iter().filter_map(incident_of).collect();
    ids.sort_unstable();
    ids.dedup();
    let known = store::incident_list::changed(conn, &ids).await?;
    let given_up = jobs.into_iter().map(|job| {
        let incident = incident_of(&job);
        let changed = known.iter().find(|one| Some(one.incident.id) == incident);
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

fn incident_of(job: &Discarded) -> Option<IncidentId> {
    job.subject.map(IncidentId)
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
        let incident = incident_of(&found);
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
            let result = request.kept(json!({ "job": job }));
            let before = store::idempotency_keys::insert(&mut tx, &request.key, &result).await?;
            if before.is_none() {
                if admin::retry(&mut tx, job, request.now).await? == Retried::NotDiscarded {
                    return Err(CommandError::TriedAlready);
                }
                request.audit(&mut tx, &job.to_string()).await?;
            }
            store::commit(tx).await?;
            Ok(())
        }
    }
}

/// The same request coming again finds its job waiting: that is what it wanted.
async fn was_retried(conn: &mut PgConnection, request: &Request) -> Result<(), CommandError> {
    if store::idempotency_keys::exists(conn, &request.key).await? {
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
