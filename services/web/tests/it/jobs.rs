//! Jobs that were given up, queues, plans, feeds of providers.

use domain::{Clock, IncidentId};
use jobs::{DrawHome, DrawPanel, ResolvePage, SetTopic};
use queue::{Job, NewJob};
use store::console_users::Role;
use testing::wait_for;
use tonic::Code;
use web::proto::jobs_service_client::JobsServiceClient;
use web::proto::{
    DiscardedJob, GetHealthRequest, GetIncidentRequest, GetJobsOverviewRequest, Incident, ListDiscardedJobsRequest,
    RetryJobRequest, RetryProblemRequest, TimelineEntryKind,
};

use crate::console::{As, Caller, Console};
use crate::incidents::declare;

async fn api(console: &Console, caller: &Caller) -> JobsServiceClient<As> {
    JobsServiceClient::new(caller.to(console.addr).await)
}

/// A job that was given up, and its id.
async fn give_up(console: &Console, job: NewJob, kind: &str) -> uuid::Uuid {
    let mut conn = console.database.connect().await;
    queue::enqueue_at(&mut conn, console.clock.now(), vec![job])
        .await
        .unwrap();
    let waiting = queue::admin::unfinished(&mut conn).await.unwrap();
    let job = waiting.into_iter().rfind(|job| job.kind == kind).unwrap().id;
    console
        .database
        .give_up(job, "Slack refused <it>.", console.clock.now())
        .await;
    job
}

fn id(incident: &Incident) -> IncidentId {
    incident.id.parse().unwrap()
}

async fn listed(console: &Console, caller: &Caller) -> Vec<DiscardedJob> {
    let mut api = api(console, caller).await;
    let mut all = Vec::new();
    let mut request = ListDiscardedJobsRequest {
        page_size: 2,
        page_token: String::new(),
    };
    loop {
        let page = api.list_discarded_jobs(request.clone()).await.unwrap().into_inner();
        assert!(page.jobs.len() <= 2);
        all.extend(page.jobs);
        if page.next_page_token.is_empty() {
            return all;
        }
        request.page_token = page.next_page_token;
    }
}

#[tokio::test]
async fn jobs_are_listed_page_by_page_and_private_ones_kept_from_others() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let bob = console.somebody(Role::Viewer, None).await;
    let admin = console.somebody(Role::Admin, None).await;
    let open = declare(&console, &ada, "Checkout fails", false).await;
    let secret = declare(&console, &ada, "Breach", true).await;
    let home = DrawHome { user: "U1".to_owned() }.job();
    give_up(&console, home, DrawHome::KIND).await;
    give_up(&console, DrawPanel { incident: id(&open) }.job(), DrawPanel::KIND).await;
    give_up(&console, DrawPanel { incident: id(&secret) }.job(), DrawPanel::KIND).await;
    give_up(&console, SetTopic { incident: id(&secret) }.job(), SetTopic::KIND).await;
    // Its payload does not name the incident.
    let page = uuid::Uuid::now_v7();
    let resolve = ResolvePage { page }.job(id(&secret));
    give_up(&console, resolve, ResolvePage::KIND).await;

    let hers = listed(&console, &ada).await;
    let told: Vec<_> = hers
        .iter()
        .map(|job| {
            (
                job.what.as_str(),
                job.incident.as_ref().map(|about| about.title.as_str()),
                job.retry,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("resolve page", Some("Breach"), true),
            ("set topic", Some("Breach"), true),
            ("draw panel", Some("Breach"), true),
            ("draw panel", Some("Checkout fails"), true),
            ("draw home", None, true),
        ]
    );
    assert_eq!(
        (hers[4].queue.as_str(), hers[4].reason.as_str()),
        ("slack", "Slack refused <it>.")
    );

    let his: Vec<_> = listed(&console, &bob)
        .await
        .into_iter()
        .map(|job| (job.what, job.retry))
        .collect();
    assert_eq!(his, [("draw panel".to_owned(), false), ("draw home".to_owned(), false)]);

    let of_admin = listed(&console, &admin).await;
    assert_eq!(of_admin.len(), 5);
    let sealed = &of_admin[0];
    assert!(sealed.incident.as_ref().unwrap().sealed && !sealed.retry);
    assert_eq!(
        (sealed.reason.as_str(), sealed.incident.as_ref().unwrap().title.as_str()),
        ("", "")
    );
}

#[tokio::test]
async fn a_job_is_tried_again_once_by_who_may() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let admin = console.somebody(Role::Admin, None).await;
    let secret = declare(&console, &ada, "Breach", true).await;
    let job = give_up(&console, SetTopic { incident: id(&secret) }.job(), SetTopic::KIND).await;
    let retry = RetryJobRequest {
        id: job.to_string(),
        request_id: "1".to_owned(),
    };
    let refused = api(&console, &viewer).await.retry_job(retry.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let hidden = api(&console, &admin).await.retry_job(retry.clone()).await.unwrap_err();
    assert_eq!(hidden.code(), Code::NotFound);

    let mut hers = api(&console, &ada).await;
    for _ in 0..2 {
        hers.retry_job(retry.clone()).await.unwrap();
    }
    assert!(listed(&console, &ada).await.is_empty());
    let again = RetryJobRequest {
        request_id: "2".to_owned(),
        ..retry
    };
    let again = hers.retry_job(again).await.unwrap_err();
    assert_eq!(
        (again.code(), again.message()),
        (Code::FailedPrecondition, "This is already being retried, or is done.")
    );
    let odd = RetryJobRequest {
        id: "x".to_owned(),
        request_id: "1".to_owned(),
    };
    assert_eq!(hers.retry_job(odd).await.unwrap_err().code(), Code::NotFound);
    let audited = console.audited().await;
    let actions: Vec<_> = audited.iter().map(|(_, action)| action.as_str()).collect();
    assert!(
        actions.contains(&"retry_job") && actions.contains(&"retry_job_refused"),
        "{actions:?}"
    );
}

#[tokio::test]
async fn what_a_timeline_says_failed_is_tried_again_from_there() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let incident = declare(&console, &ada, "Checkout fails", false).await;
    let job = give_up(
        &console,
        SetTopic {
            incident: id(&incident),
        }
        .job(),
        SetTopic::KIND,
    )
    .await;
    let mut conn = console.database.connect().await;
    let now = console.clock.now();
    incidents::note_problem(&mut conn, id(&incident), "The topic could not be set.", Some(job), now)
        .await
        .unwrap();
    let timeline = async |caller: &Caller| {
        let request = GetIncidentRequest {
            id: incident.id.clone(),
            ..GetIncidentRequest::default()
        };
        let shown = console.incidents(caller).await.get_incident(request).await.unwrap();
        shown.into_inner().timeline
    };
    let problem = timeline(&ada).await.pop().unwrap();
    assert!(problem.retry && problem.kind() == TimelineEntryKind::Problem);
    assert!(!timeline(&viewer).await.pop().unwrap().retry);

    let retry = RetryProblemRequest {
        incident_id: incident.id.clone(),
        entry_id: problem.id.clone(),
        request_id: "1".to_owned(),
    };
    console.incidents(&ada).await.retry_problem(retry).await.unwrap();
    let after = timeline(&ada).await;
    assert!(after.iter().all(|entry| !entry.retry));
    assert_eq!(after.last().unwrap().kind(), TimelineEntryKind::TriedAgain);
    assert!(listed(&console, &ada).await.is_empty());
}

#[tokio::test]
async fn queues_plans_and_feeds_are_told() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    declare(&console, &ada, "Checkout fails", false).await;
    let mut conn = console.database.connect().await;
    let now = console.clock.now();
    let providers = serde_json::json!(["github", "aws"]);
    store::settings::fill(&mut conn, &[("providers", providers)])
        .await
        .unwrap();
    store::upstream::lock(&mut conn, "aws").await.unwrap();
    store::upstream::failed(&mut conn, "aws", "it answered with a page", None, now)
        .await
        .unwrap();
    // The service hears of a setting a moment after it is made.
    let overview = wait_for("the providers", async || {
        let asked = api(&console, &ada)
            .await
            .get_jobs_overview(GetJobsOverviewRequest {})
            .await;
        let overview = asked.unwrap().into_inner();
        (!overview.providers.is_empty()).then_some(overview)
    })
    .await;
    let slack = &overview.queues[0];
    assert_eq!(slack.queue, "slack");
    assert!(slack.due >= 1 && slack.oldest_due_at.is_some(), "{slack:?}");
    assert_eq!(overview.queues.len(), 5);
    let feeds: Vec<_> = overview
        .providers
        .iter()
        .map(|feed| (feed.name.as_str(), feed.failing_since.is_some(), feed.error.as_str()))
        .collect();
    assert_eq!(feeds, [("GitHub", false, ""), ("AWS", true, "it answered with a page")]);
    let nobody = api(&console, &Caller::default())
        .await
        .get_jobs_overview(GetJobsOverviewRequest {})
        .await;
    assert_eq!(nobody.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn what_does_not_get_on_is_told() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Viewer, None).await;
    let bob = console.somebody(Role::Responder, None).await;
    let stalled = async || {
        let health = api(&console, &ada).await.get_health(GetHealthRequest {}).await;
        health.unwrap().into_inner().stalled
    };
    assert_eq!(stalled().await, []);
    // No worker runs in this test.
    declare(&console, &bob, "Checkout fails", false).await;
    assert_eq!(stalled().await, [], "nothing is late yet");
    console.clock.advance(chrono::TimeDelta::minutes(2));
    let told = stalled().await;
    assert_eq!((told.len(), told[0].name.as_str(), told[0].tried), (1, "Slack", false));
    assert!(told[0].waiting > 0 && told[0].since.is_some());
}
