//! Pages of incidents: what becomes of them, and who is not called twice.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use chrono::{DateTime, TimeDelta, Utc};
use domain::paging::{NotSent, Page, PageState, Urgency};
use domain::timeline::Happening;
use domain::{Actor, Incident};
use incidents::{CommandError, Declaration, Desk, Request, Triggered};
use store::{PgConnection, PgPool};
use testing::{Database, wait_for};
use uuid::Uuid;

/// An incident of the severity SEV3.
struct Declared {
    database: Database,
    pool: PgPool,
    incident: Incident,
}

impl Declared {
    async fn new() -> Self {
        let database = Database::new().await;
        let pool = store::connect(&store::Config::at(database.url()).unwrap());
        let (desk, serving) = Desk::open(pool.clone());
        tokio::spawn(serving);
        let declaration = Declaration {
            description: "Cards are refused".to_owned(),
            severity: Some("sev3".to_owned()),
            ..Declaration::default()
        };
        let incident = desk.declare(request(), declaration).await.unwrap();
        Self {
            database,
            pool,
            incident,
        }
    }

    async fn page(&self, conn: &mut PgConnection, state: PageState, at: DateTime<Utc>) -> Page {
        let page = Page {
            id: Uuid::now_v7(),
            incident: self.incident.id,
            policy_id: "P1".to_owned(),
            team: "Payments".to_owned(),
            person: None,
            urgency: Urgency::High,
            message: String::new(),
            paged_by: Actor::System,
            paged_at: at,
            state,
            pagerduty_id: None,
            url: None,
            triggered_at: None,
            acknowledged: None,
            late_told: false,
            severity: Some("sev1".to_owned()),
            waiting_since: at,
            called: Vec::new(),
            failure: None,
            not_sent: (state == PageState::Withdrawn).then_some(NotSent::Again),
            resolved_at: None,
        };
        store::pages::insert(conn, std::slice::from_ref(&page)).await.unwrap();
        page
    }

    async fn last_entry(&self, conn: &mut PgConnection) -> Happening {
        let mut entries = store::timeline::of_incident(conn, self.incident.id).await.unwrap();
        entries.pop().unwrap().happening
    }
}

fn request() -> Request {
    Request {
        key: Uuid::now_v7().to_string(),
        actor: Actor::System,
        now: Utc::now(),
        channel: None,
        content: None,
        audit: None,
    }
}

async fn now_as(conn: &mut PgConnection, page: &Page) -> Page {
    store::pages::get(conn, page.id).await.unwrap().unwrap()
}

/// A moment that Postgres keeps as it is.
fn moment() -> DateTime<Utc> {
    DateTime::from_timestamp(Utc::now().timestamp() + 60, 0).unwrap()
}

#[tokio::test]
async fn a_page_that_nobody_has_any_more_begins_anew_and_the_channel_is_told() {
    let declared = Declared::new().await;
    let mut conn = declared.database.connect().await;
    let (began, later) = (moment(), moment() + TimeDelta::minutes(30));
    let page = declared.page(&mut conn, PageState::Waiting, began).await;
    store::pages::triggered(&mut conn, page.id, "Q1", None, &[], began)
        .await
        .unwrap();
    store::pages::late_told(&mut conn, page.id, began).await.unwrap();
    store::pages::acknowledged(&mut conn, page.id, "erin", began)
        .await
        .unwrap();
    let page = now_as(&mut conn, &page).await;
    incidents::page_open_again(&mut conn, &page, later).await.unwrap();
    let again = now_as(&mut conn, &page).await;
    assert_eq!(
        (again.state, again.triggered_at, again.late_told),
        (PageState::Triggered, Some(later), false)
    );
    assert_eq!(
        declared.last_entry(&mut conn).await,
        Happening::PageOpenAgain {
            whom: "Payments".to_owned()
        }
    );
    assert!(store::notices::any(&mut conn, declared.incident.id).await.unwrap());
}

#[tokio::test]
async fn a_page_is_because_of_the_severity_that_asked_for_it() {
    let declared = Declared::new().await;
    let mut conn = declared.database.connect().await;
    let page = declared.page(&mut conn, PageState::Waiting, moment()).await;
    let triggered = Triggered {
        pagerduty_id: "Q1".to_owned(),
        url: None,
        called: Vec::new(),
    };
    incidents::paged(&mut conn, &page, &triggered, moment()).await.unwrap();
    assert_eq!(declared.incident.severity, "sev3");
    let Happening::Paged { severity, .. } = declared.last_entry(&mut conn).await else {
        panic!("no page");
    };
    assert_eq!(severity.as_deref(), Some("SEV1"));
}

#[tokio::test]
async fn nobody_is_called_by_an_old_button_while_another_page_calls_them() {
    let declared = Declared::new().await;
    let (pool, id) = (&declared.pool, declared.incident.id);
    let mut conn = declared.database.connect().await;
    let anyway = async |page: Uuid| incidents::page_anyway(pool, &request(), id, page, None).await;

    let unknown = anyway(Uuid::now_v7()).await;
    assert!(matches!(unknown, Err(CommandError::NoPage)), "{unknown:?}");

    let old = declared.page(&mut conn, PageState::Withdrawn, moment()).await;
    let under_way = declared.page(&mut conn, PageState::Waiting, moment()).await;
    store::pages::triggered(&mut conn, under_way.id, "Q1", None, &[], moment())
        .await
        .unwrap();
    let refused = anyway(old.id).await;
    assert!(
        matches!(&refused, Err(CommandError::PagedAlready(team)) if team == "Payments"),
        "{refused:?}"
    );
    assert_eq!(now_as(&mut conn, &old).await.state, PageState::Withdrawn);

    // The same for one that failed and has another beside it by now.
    let failed = declared.page(&mut conn, PageState::Waiting, moment()).await;
    incidents::page_failed(&mut conn, &failed, "Payments was not paged.", Uuid::now_v7(), moment())
        .await
        .unwrap();
    let problem = now_as(&mut conn, &failed).await.failure.unwrap().problem;
    let refused = incidents::retry_problem(pool, &request(), id, problem).await;
    assert!(matches!(refused, Err(CommandError::PagedAlready(_))), "{refused:?}");

    store::pages::resolved(&mut conn, under_way.id, moment()).await.unwrap();
    let late = Some(Utc::now() - TimeDelta::minutes(3));
    let late = incidents::page_anyway(pool, &request(), id, old.id, late).await;
    assert!(matches!(late, Err(CommandError::PageExpired)), "{late:?}");
    anyway(old.id).await.unwrap();
    assert_eq!(now_as(&mut conn, &old).await.state, PageState::Waiting);
    // Pressed by somebody else too.
    let twice = anyway(old.id).await;
    assert!(matches!(twice, Err(CommandError::PagedAlready(_))), "{twice:?}");
}

#[tokio::test]
async fn what_is_seen_of_a_page_waits_for_a_command_without_holding_the_page() {
    let declared = Declared::new().await;
    let mut conn = declared.database.connect().await;
    let page = declared.page(&mut conn, PageState::Waiting, moment()).await;
    store::pages::triggered(&mut conn, page.id, "Q1", None, &[], moment())
        .await
        .unwrap();
    let page = now_as(&mut conn, &page).await;
    let mut command = declared.pool.begin().await.unwrap();
    store::incidents::lock(&mut command, page.incident).await.unwrap();
    let (pool, seen) = (declared.pool.clone(), page.clone());
    let look = tokio::spawn(async move {
        let mut tx = pool.begin().await.unwrap();
        incidents::page_resolved(&mut tx, &seen, "erin", moment())
            .await
            .unwrap();
        store::commit(tx).await.unwrap();
    });
    wait_for("the look to wait for the command", async || {
        let waiting = declared
            .database
            .texts("SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
            .await;
        (!waiting.is_empty()).then_some(())
    })
    .await;
    store::pages::late_told(&mut command, page.id, moment()).await.unwrap();
    store::commit(command).await.unwrap();
    look.await.unwrap();
    let page = now_as(&mut conn, &page).await;
    assert_eq!((page.state, page.late_told), (PageState::Resolved, true));
}
