//! Who is on call.

use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock;
use jobs::CopyOnCall;
use queue::Job;
use store::console_users::Role;
use store::on_call::{self, Policy, Service, Shift, User};
use store::slack_users::{self, SlackUser};
use tonic::{Code, Status};
use uuid::Uuid;
use web::proto::on_call_service_client::OnCallServiceClient;
use web::proto::{ListOnCallRequest, ListOnCallResponse, RefreshOnCallRequest};

use crate::console::{Caller, Console};

/// Somebody is on call for a while.
fn shift(policy: &str, level: i32, user: &str, ends_at: Option<DateTime<Utc>>) -> Shift {
    Shift {
        policy_id: policy.to_owned(),
        level,
        user_id: format!("P{user}"),
        user_name: user.to_owned(),
        schedule_id: None,
        starts_at: None,
        ends_at,
    }
}

/// A copy of PagerDuty, made at `at`: Payments with erin, and frank after her, Search with nobody, and `more` teams.
pub(crate) async fn copy(console: &Console, more: usize, at: DateTime<Utc>) {
    let mut conn = console.database.connect().await;
    let copy = Uuid::now_v7();
    let policy = |id: &str, name: &str| Policy {
        id: id.to_owned(),
        name: name.to_owned(),
        url: Some(format!("https://acme.pagerduty.com/escalation_policies/{id}")),
        delays: vec![30, 15],
    };
    let mut policies = vec![policy("PPAY", "Payments"), policy("PSEARCH", "search")];
    // Of several with one name none is left out.
    policies.extend((0..more).map(|number| policy(&format!("PM{number:02}"), &format!("Team {}", number / 2))));
    let user = |name: &str, email: &str| User {
        id: format!("P{name}"),
        name: name.to_owned(),
        email: Some(email.to_owned()),
    };
    on_call::set_enabled(&mut conn, true).await.unwrap();
    on_call::begin_copy(&mut conn, copy).await.unwrap();
    on_call::keep_users(
        &mut conn,
        copy,
        &[user("erin", "Erin@Example.com"), user("frank", "f@other.example")],
    )
    .await
    .unwrap();
    on_call::keep_policies(&mut conn, copy, &policies).await.unwrap();
    // Every team has one but the team that searches.
    let services: Vec<_> = policies
        .iter()
        .filter(|policy| policy.id != "PSEARCH")
        .map(|policy| Service {
            id: format!("S{}", policy.id),
            name: format!("{} API", policy.name),
            status: "active".to_owned(),
            policy_id: Some(policy.id.clone()),
        })
        .collect();
    on_call::keep_services(&mut conn, copy, &services).await.unwrap();
    let ends = console.clock.now() + TimeDelta::hours(4);
    let shifts = [
        shift("PPAY", 1, "erin", Some(ends)),
        shift("PPAY", 2, "frank", None),
        // They handed over an hour ago.
        shift("PPAY", 1, "grace", Some(console.clock.now() - TimeDelta::hours(1))),
    ];
    on_call::keep_shifts(&mut conn, copy, &shifts).await.unwrap();
    on_call::show_copy(&mut conn, copy, at).await.unwrap();
    let erin = SlackUser {
        id: "U5".to_owned(),
        name: "erin".to_owned(),
        email: Some("erin@example.com".to_owned()),
        active: true,
        is_bot: false,
        standing: store::slack_users::Standing::default(),
    };
    slack_users::keep(&mut conn, &[erin]).await.unwrap();
}

async fn list(console: &Console, caller: &Caller, request: ListOnCallRequest) -> Result<ListOnCallResponse, Status> {
    let mut api = OnCallServiceClient::new(caller.to(console.addr).await);
    api.list_on_call(request).await.map(tonic::Response::into_inner)
}

fn words(query: &str) -> ListOnCallRequest {
    ListOnCallRequest {
        query: query.to_owned(),
        ..ListOnCallRequest::default()
    }
}

async fn refresh(console: &Console, caller: &Caller) -> Result<(), Status> {
    let mut api = OnCallServiceClient::new(caller.to(console.addr).await);
    api.refresh_on_call(RefreshOnCallRequest {}).await.map(|_| ())
}

pub(crate) async fn waiting(console: &Console, kind: &str) -> usize {
    let mut conn = console.database.connect().await;
    let jobs = queue::admin::unfinished(&mut conn).await.unwrap();
    jobs.iter().filter(|job| job.kind == kind).count()
}

#[tokio::test]
async fn who_is_on_call_is_told_from_the_copy() {
    let console = Console::start().await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let off = list(&console, &viewer, words("")).await.unwrap();
    assert_eq!(off, ListOnCallResponse::default());

    copy(&console, 0, console.clock.now()).await;
    let all = list(&console, &viewer, words("")).await.unwrap();
    assert!(all.enabled && all.copied_at.is_some());
    assert_eq!((all.notice.as_str(), all.next_page_token.as_str()), ("", ""));
    let names: Vec<_> = all.teams.iter().map(|team| team.name.as_str()).collect();
    assert_eq!(names, ["Payments", "search"]);
    let payments = &all.teams[0];
    assert!(payments.url.ends_with("/PPAY"));
    let told: Vec<_> = payments
        .levels
        .iter()
        .map(|level| {
            let people: Vec<_> = level
                .people
                .iter()
                .map(|person| {
                    (
                        person.name.as_str(),
                        person.slack_user_id.as_str(),
                        person.until.is_some(),
                    )
                })
                .collect();
            (level.number, level.minutes, people)
        })
        .collect();
    assert_eq!(
        told,
        [(1, 30, vec![("erin", "U5", true)]), (2, 15, vec![("frank", "", false)]),]
    );
    assert!(all.teams[1].levels.iter().all(|level| level.people.is_empty()));

    for (query, found) in [("ERIN pay", 1), ("sea", 1), ("grace", 0), ("%", 0), ("pay\0ments", 1)] {
        let teams = list(&console, &viewer, words(query)).await.unwrap().teams;
        assert_eq!(teams.len(), found, "{query:?}");
    }
    let nobody = list(&console, &Caller::default(), words("")).await.unwrap_err();
    assert_eq!(nobody.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn teams_are_listed_page_by_page() {
    let console = Console::start().await;
    let viewer = console.somebody(Role::Viewer, None).await;
    copy(&console, 60, console.clock.now()).await;
    assert_eq!(list(&console, &viewer, words("")).await.unwrap().teams.len(), 25);
    let mut request = ListOnCallRequest {
        page_size: 7,
        ..words("team")
    };
    let mut ids = Vec::new();
    loop {
        let page = list(&console, &viewer, request.clone()).await.unwrap();
        assert!(page.teams.len() <= 7);
        ids.extend(page.teams.into_iter().map(|team| team.id));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(ids.len(), 60);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 60, "each once");

    let most = ListOnCallRequest {
        page_size: 1_000,
        ..words("")
    };
    assert_eq!(list(&console, &viewer, most).await.unwrap().teams.len(), 62);
    for wrong in [
        ListOnCallRequest {
            page_size: -1,
            ..words("")
        },
        ListOnCallRequest {
            page_token: "x".to_owned(),
            ..words("")
        },
        words(&"a ".repeat(21)),
    ] {
        let refused = list(&console, &viewer, wrong.clone()).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{wrong:?}");
    }
}

#[tokio::test]
async fn a_copy_that_is_old_says_so_and_why() {
    let console = Console::start().await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let now = console.clock.now();
    let mut conn = console.database.connect().await;
    on_call::set_enabled(&mut conn, true).await.unwrap();
    let notice = async || list(&console, &viewer, words("")).await.unwrap().notice;
    assert_eq!(
        notice().await,
        "On-call data is being synced for the first time. Try again in a moment."
    );
    on_call::copy_failed(&mut conn, "it answered 401", now).await.unwrap();
    assert_eq!(
        notice().await,
        "On-call data couldn't be read from PagerDuty yet: it answered 401"
    );

    copy(&console, 0, now - TimeDelta::minutes(30)).await;
    on_call::copy_failed(&mut conn, "it answered 502", now).await.unwrap();
    assert_eq!(notice().await, "", "what failed once is tried again");
    copy(&console, 0, now - TimeDelta::minutes(46)).await;
    let old = notice().await;
    assert!(
        old.starts_with("On-call data may be out of date: synced from PagerDuty "),
        "{old}"
    );
    on_call::copy_failed(&mut conn, "it answered 502", now).await.unwrap();
    let broken = notice().await;
    assert!(broken.contains("It can't be read since "), "{broken}");
    assert!(broken.ends_with(": it answered 502"), "{broken}");
}

#[tokio::test]
async fn pagerduty_is_read_again_once_when_somebody_wants_it() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let off = refresh(&console, &ada).await.unwrap_err();
    assert_eq!(off.code(), Code::FailedPrecondition);
    assert!(off.message().starts_with("PagerDuty is not enabled"), "{off:?}");
    copy(&console, 0, console.clock.now()).await;
    let refused = refresh(&console, &viewer).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(waiting(&console, CopyOnCall::KIND).await, 0);
    for _ in 0..3 {
        refresh(&console, &ada).await.unwrap();
    }
    assert_eq!(waiting(&console, CopyOnCall::KIND).await, 1);
    let audited = console.audited().await;
    let actions: Vec<_> = audited.iter().map(|(_, action)| action.as_str()).collect();
    assert!(
        actions.contains(&"refresh_on_call") && actions.contains(&"refresh_on_call_refused"),
        "{actions:?}"
    );
}

#[tokio::test]
async fn pagerduty_is_not_read_again_when_that_cannot_be_written_down() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    copy(&console, 0, console.clock.now()).await;
    console
        .database
        .texts("ALTER TABLE audit_log ADD CONSTRAINT is_full CHECK (action <> 'refresh_on_call')")
        .await;
    let failed = refresh(&console, &ada).await.unwrap_err();
    assert_eq!(failed.code(), Code::Unavailable);
    assert_eq!(waiting(&console, CopyOnCall::KIND).await, 0);
}
