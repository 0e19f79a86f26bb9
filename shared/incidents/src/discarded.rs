//! Jobs that were given up: what they were about, and trying one again.

use std::collections::HashMap;
use std::str::FromStr;

use domain::{Incident, IncidentId};
use queue::admin::{self, Discarded, Retried};
use serde_json::{Value, json};
use store::incident_list::{Changed, Viewer};
use store::job_subjects::{self, Subject};
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
    let incidents = incidents_of(conn, jobs.iter().map(|job| (job.id, &job.payload))).await?;
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

/// The incidents that jobs are about, by what their payloads name: the incident itself, or something that belongs to one.
async fn incidents_of(
    conn: &mut PgConnection,
    jobs: impl Iterator<Item = (Uuid, &Value)>,
) -> Result<HashMap<Uuid, IncidentId>, store::Error> {
    let mut incidents = HashMap::new();
    let mut others = Vec::new();
    for (job, payload) in jobs {
        if let Some(incident) = id(payload, "incident") {
            incidents.insert(job, incident);
        } else if let Some(subject) = subject(payload) {
            others.push((job, subject));
        }
    }
    incidents.extend(job_subjects::incidents(conn, &others).await?);
    Ok(incidents)
}

fn subject(payload: &Value) -> Option<Subject> {
    let by_id = [
        ("request", Subject::AccessRequest as fn(Uuid) -> Subject),
        ("question", Subject::Question),
        ("page", Subject::Page),
        ("published", Subject::Published),
    ];
    let named = by_id.into_iter().find_map(|(field, of)| Some(of(id(payload, field)?)));
    named.or_else(|| {
        let channel = text(payload, "channel").or_else(|| text(&payload["thread"], "channel"))?;
        Some(Subject::Channel(channel.to_owned()))
    })
}

fn id<T: FromStr>(payload: &Value, field: &str) -> Option<T> {
    text(payload, field)?.parse().ok()
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
        let about = incidents_of(&mut conn, std::iter::once((job, &found.payload))).await?;
        let incident = about.get(&job).copied();
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
            let claimed = store::fulfilled_requests::claim(&mut tx, &request.key, &result).await?;
            if claimed.is_none() {
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
    fn a_payload_names_what_its_job_is_about() {
        let id = Uuid::now_v7();
        assert_eq!(subject(&json!({ "page": id, "user": "U1" })), Some(Subject::Page(id)));
        assert_eq!(subject(&json!({ "request": id })), Some(Subject::AccessRequest(id)));
        let channel = Some(Subject::Channel("C1".to_owned()));
        assert_eq!(subject(&json!({ "channel": "C1", "page": 2 })), channel);
        assert_eq!(subject(&json!({ "thread": { "channel": "C1", "ts": "1.0" } })), channel);
        assert_eq!(subject(&json!({})), None);
    }

    #[test]
    fn kinds_are_told_in_words() {
        assert_eq!(what_it_does("slack.create_channel"), "create channel");
        assert_eq!(what_it_does("odd"), "odd");
    }
}
