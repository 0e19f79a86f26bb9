//! What every service needs, as the services find it themselves: this one has no tokens and calls no vendor.

use std::iter::once;

use domain::checks::{Check, Level};
use domain::vendors;
use jobs::queues;
use queue::Queue;
use serde_json::json;
use store::audit_log;
use store::checks::Report;
use tonic::{Request, Response, Status};

use super::{convert, see, status};
use crate::App;
use crate::auth::{self, Caller, Peer};
use crate::proto::checks_service_server::ChecksService;
use crate::proto::{
    self, CheckState, GetChecksRequest, GetChecksResponse, RequestChecksRequest, RequestChecksResponse, ServiceChecks,
};

/// How the audit log calls it.
const REQUESTED: &str = "request_checks";
const ADMINS_ONLY: &str = "Only admins can see the checks.";

/// `incident_bot.v1.ChecksService`.
pub(crate) struct ChecksApi {
    app: App,
}

impl ChecksApi {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    async fn own(&self) -> ServiceChecks {
        let began = self.app.clock.now();
        let checks = crate::check::check_running(&self.app).await;
        ServiceChecks {
            service: "web".to_owned(),
            checks: checks.iter().map(check).collect(),
            checked_at: Some(convert::time(began)),
            ..ServiceChecks::default()
        }
    }

    async fn request(&self, caller: &Caller, peer: &Peer) -> Result<RequestChecksResponse, store::Error> {
        let mut entry = see::entry(&self.app, caller, peer, REQUESTED, String::new());
        let mut tx = self.app.pool.begin().await?;
        let requested_at = store::checks::request(&mut tx).await?;
        entry.details["requested_at"] = json!(requested_at);
        audit_log::append(&mut tx, &entry).await?;
        store::commit(tx).await?;
        Ok(RequestChecksResponse {
            requested_at: Some(convert::time(requested_at)),
        })
    }
}

fn check(check: &Check) -> proto::Check {
    let state = match check.level() {
        Level::Ok => CheckState::Ok,
        Level::Warning => CheckState::Warning,
        Level::Failed => CheckState::Failed,
    };
    proto::Check {
        name: check.name.to_string(),
        state: state.into(),
        detail: check.detail().unwrap_or_default().to_owned(),
        effect: check.effect().unwrap_or_default(),
    }
}

fn service(report: &Report) -> ServiceChecks {
    ServiceChecks {
        process: report.process.to_string(),
        service: report.service.clone(),
        instance: report.instance.clone(),
        queues: report.queues.clone(),
        checks: report.checks.iter().map(check).collect(),
        checked_at: Some(convert::time(report.checked_at)),
        overdue: report.is_overdue,
    }
}

/// What is done by no service that reports. One that is overdue counts for nothing: nobody knows whether it lives.
fn missing(reports: &[Report]) -> Vec<Check> {
    let lives = |service: &'static str| {
        reports
            .iter()
            .filter(move |one| one.service == service && !one.is_overdue)
    };
    let gateway = (lives("gateway").count() == 0).then(|| {
        Check::failed(
            "gateway",
            "No gateway reports: commands and button presses in Slack don’t arrive. Start one, or check its log.",
        )
    });
    let unserved = queues::ALL.into_iter().filter(|queue| {
        let served = |one: &Report| one.queues.iter().any(|name| name == queue.as_str());
        !lives("worker").any(served)
    });
    let queues = unserved.map(|queue| {
        Check::failed(
            queue.as_str(),
            format!(
                "No worker reports that it serves the queue {queue}: {}. Start one, or check its log.",
                without_worker(queue)
            ),
        )
    });
    gateway.into_iter().chain(queues).collect()
}

/// What people miss while nobody serves a queue.
fn without_worker(queue: Queue) -> &'static str {
    match queue {
        queues::SLACK => "nothing is sent to Slack",
        queues::STATUS_POLLING => "the status of providers is not checked",
        vendor => vendors::find(vendor.as_str())
            .map(|vendor| vendor.without)
            .unwrap_or_default(),
    }
}

#[tonic::async_trait]
impl ChecksService for ChecksApi {
    async fn get_checks(&self, request: Request<GetChecksRequest>) -> Result<Response<GetChecksResponse>, Status> {
        auth::admin(&request, ADMINS_ONLY)?;
        let reports = async { store::checks::list(&mut *self.app.pool.acquire().await?).await };
        let reports = reports.await.map_err(|error: store::Error| status::database(&error))?;
        let services = once(self.own().await).chain(reports.iter().map(service));
        Ok(Response::new(GetChecksResponse {
            services: services.collect(),
            missing: missing(&reports).iter().map(check).collect(),
        }))
    }

    async fn request_checks(
        &self,
        request: Request<RequestChecksRequest>,
    ) -> Result<Response<RequestChecksResponse>, Status> {
        let caller = auth::admin(&request, ADMINS_ONLY)?;
        let requested = self.request(caller, &auth::peer(&request)).await;
        requested.map(Response::new).map_err(|error| status::database(&error))
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use uuid::Uuid;

    use super::*;

    fn report(service: &str, queues: &[&str]) -> Report {
        Report {
            process: Uuid::nil(),
            service: service.to_owned(),
            instance: String::new(),
            queues: queues.iter().map(|queue| (*queue).to_owned()).collect(),
            checks: Vec::new(),
            checked_at: Utc::now(),
            is_overdue: false,
        }
    }

    fn missed(reports: &[Report]) -> Vec<String> {
        missing(reports)
            .into_iter()
            .map(|check| check.name.into_owned())
            .collect()
    }

    #[test]
    fn every_queue_is_missed() {
        assert!(queues::ALL.into_iter().all(|queue| !without_worker(queue).is_empty()));
    }

    #[test]
    fn what_nobody_does_is_missing() {
        assert_eq!(missed(&[]).len(), 6);
        let gateway = report("gateway", &[]);
        let mut slack = report("worker", &["slack", "confluence"]);
        let others = report("worker", &["statuspage", "status-polling"]);
        assert_eq!(missed(&[gateway.clone(), slack.clone(), others.clone()]), ["pagerduty"]);
        slack.is_overdue = true;
        assert_eq!(missed(&[gateway, slack, others]), ["slack", "pagerduty", "confluence"]);
        let fault = missing(&[]).pop().unwrap().fault.unwrap();
        assert!(
            fault.contains("the queue status-polling: the status of providers is not checked."),
            "{fault}"
        );
    }
}
