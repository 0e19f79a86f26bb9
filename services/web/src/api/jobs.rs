//! Jobs: what was given up, what waits, what is planned, and how others' status is read.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use domain::Incident;
use incidents::{About, GivenUpJob, Planned};
use jobs::queues;
use queue::Queue;
use queue::admin::{self, Depth, Discarded, DiscardedBefore};
use serde_json::json;
use store::console_users::Role;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::act::Act;
use super::upstream::feed;
use super::{convert, status};
use crate::App;
use crate::auth::{self, Caller};
use crate::proto::jobs_service_server::JobsService;
use crate::proto::{
    DiscardedJob, GetHealthRequest, GetHealthResponse, GetJobsOverviewRequest, GetJobsOverviewResponse, JobIncident,
    ListDiscardedJobsRequest, ListDiscardedJobsResponse, PlannedJob, QueueDepth, RetryJobRequest, RetryJobResponse,
    StalledIntegration,
};

const DEFAULT_PAGE: usize = 25;
const LARGEST_PAGE: usize = 100;
/// How many pages of jobs that the caller may not know of are passed over to fill one page.
const MOST_ROUNDS: usize = 20;

/// `incident_bot.v1.JobsService`.
pub(crate) struct JobsApi {
    app: App,
}

/// A page of jobs, and where the next one begins.
type Page = (Vec<GivenUpJob>, Option<DiscardedBefore>);

impl JobsApi {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    async fn page(
        &self,
        caller: &Caller,
        mut before: Option<DiscardedBefore>,
        size: usize,
    ) -> Result<Page, store::Error> {
        let mut conn = self.app.pool.acquire().await?;
        let limit = i64::try_from(size).unwrap_or(i64::MAX);
        let mut page: Vec<GivenUpJob> = Vec::new();
        for _ in 0..MOST_ROUNDS {
            let jobs = admin::discarded(&mut conn, before, limit).await?;
            let is_last = jobs.len() < size;
            for given_up in incidents::about_jobs(&mut conn, &caller.viewer(), jobs).await? {
                if page.len() == size {
                    return Ok((page, before));
                }
                before = Some(place(&given_up.job));
                if caller.may(Role::Admin) || !matches!(given_up.about, About::Hidden(_)) {
                    page.push(given_up);
                }
            }
            if is_last {
                return Ok((page, None));
            }
        }
        Ok((page, before))
    }
}

fn place(job: &Discarded) -> DiscardedBefore {
    (job.discarded_at, job.id)
}

fn token((at, id): DiscardedBefore) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}.{id}", at.timestamp_micros()))
}

fn before(token: &str) -> Option<DiscardedBefore> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (micros, id) = text.split_once('.')?;
    Some((DateTime::from_timestamp_micros(micros.parse().ok()?)?, id.parse().ok()?))
}

fn incident(incident: &Incident) -> JobIncident {
    JobIncident {
        id: incident.id.to_string(),
        title: incident.title.clone(),
        sealed: false,
    }
}

fn discarded(given_up: &GivenUpJob, caller: &Caller) -> DiscardedJob {
    let job = &given_up.job;
    let (about, is_hidden) = match &given_up.about {
        About::Nothing => (None, false),
        About::Incident(about) => (Some(incident(about)), false),
        About::Hidden(id) => {
            let sealed = JobIncident {
                id: id.to_string(),
                title: String::new(),
                sealed: true,
            };
            (Some(sealed), true)
        }
    };
    DiscardedJob {
        id: job.id.to_string(),
        queue: job.queue.clone(),
        what: incidents::what_it_does(&job.kind),
        // It may say what the incident is about.
        reason: if is_hidden { String::new() } else { job.reason.clone() },
        attempts: job.attempts,
        created_at: Some(convert::time(job.created_at)),
        discarded_at: Some(convert::time(job.discarded_at)),
        incident: about,
        retry: !is_hidden && caller.may(Role::Responder),
    }
}

fn depth(depth: &Depth) -> QueueDepth {
    QueueDepth {
        queue: depth.queue.to_string(),
        due: depth.due,
        later: depth.later,
        running: depth.running,
        oldest_due_at: depth.oldest_due_at.map(convert::time),
    }
}

fn planned(planned: &Planned) -> PlannedJob {
    let every = |every: std::time::Duration| prost_types::Duration {
        seconds: i64::try_from(every.as_secs()).unwrap_or(i64::MAX),
        nanos: 0,
    };
    PlannedJob {
        what: planned.what.clone(),
        at: Some(convert::time(planned.at)),
        every: planned.every.map(every),
        incident: planned.incident.as_ref().map(incident),
    }
}

#[tonic::async_trait]
impl JobsService for JobsApi {
    async fn list_discarded_jobs(
        &self,
        request: Request<ListDiscardedJobsRequest>,
    ) -> Result<Response<ListDiscardedJobsResponse>, Status> {
        let caller = auth::caller(&request)?.clone();
        let request = request.into_inner();
        let size = match usize::try_from(request.page_size) {
            Ok(0) => DEFAULT_PAGE,
            Ok(size) => size.min(LARGEST_PAGE),
            Err(_) => return Err(Status::invalid_argument("page_size: must not be negative.")),
        };
        let before = match request.page_token.as_str() {
            "" => None,
            token => Some(before(token).ok_or_else(|| Status::invalid_argument("page_token: is not valid."))?),
        };
        let (page, next) = self
            .page(&caller, before, size)
            .await
            .map_err(|error| status::database(&error))?;
        Ok(Response::new(ListDiscardedJobsResponse {
            jobs: page.iter().map(|given_up| discarded(given_up, &caller)).collect(),
            next_page_token: next.map(token).unwrap_or_default(),
        }))
    }

    async fn retry_job(&self, request: Request<RetryJobRequest>) -> Result<Response<RetryJobResponse>, Status> {
        let (act, request) = Act::begin(&self.app, request, "retry_job").await?;
        let Ok(job) = request.id.parse::<Uuid>() else {
            return Err(Status::not_found("There is no such job."));
        };
        let wish = act.request(&job.to_string(), &request.request_id, json!({}))?;
        if let Err(error) = incidents::retry_job(&self.app.pool, &wish, job).await {
            return Err(act.refusal(error, "id"));
        }
        Ok(Response::new(RetryJobResponse {}))
    }

    async fn get_jobs_overview(
        &self,
        request: Request<GetJobsOverviewRequest>,
    ) -> Result<Response<GetJobsOverviewResponse>, Status> {
        let caller = auth::caller(&request)?;
        let now = self.app.clock.now();
        let found = async {
            let mut conn = self.app.pool.acquire().await?;
            let settings = self.app.pool.settings(&mut conn).await?;
            let known = store::upstream::providers(&mut conn, &settings.providers).await?;
            let providers = settings.providers.iter().map(|one| feed(one, &known)).collect();
            let depths = admin::depths_at(&mut conn, &queues::ALL, now).await?;
            let plans = incidents::planned(&mut conn, &caller.viewer(), now).await?;
            Ok(GetJobsOverviewResponse {
                queues: depths.iter().map(depth).collect(),
                planned: plans.iter().map(planned).collect(),
                providers,
            })
        };
        let overview = found.await.map_err(|error: store::Error| status::database(&error))?;
        Ok(Response::new(overview))
    }

    async fn get_health(&self, request: Request<GetHealthRequest>) -> Result<Response<GetHealthResponse>, Status> {
        let is_admin = auth::caller(&request)?.may(Role::Admin);
        let now = self.app.clock.now();
        let found = async { queue::stalled(&mut *self.app.pool.acquire().await?, &queues::ALL, now).await };
        let found = found.await.map_err(|error: store::Error| status::database(&error))?;
        let stalled = found.into_iter().map(|stalled| StalledIntegration {
            queue: stalled.queue.to_string(),
            name: name(stalled.queue).to_owned(),
            since: Some(convert::time(stalled.since)),
            waiting: stalled.waiting,
            tried: stalled.reason.is_some(),
            // It may name what others may not know of.
            reason: stalled.reason.filter(|_| is_admin).unwrap_or_default(),
        });
        Ok(Response::new(GetHealthResponse {
            stalled: stalled.collect(),
        }))
    }
}

/// What people call that which a queue's jobs are carried to.
fn name(queue: Queue) -> &'static str {
    match queue {
        queues::SLACK => "Slack",
        queues::STATUS_POLLING => "Status of others",
        vendor => domain::vendors::find(vendor.as_str()).map_or(vendor.as_str(), |vendor| vendor.label),
    }
}
