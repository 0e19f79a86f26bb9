//! Paging from the console, and what became of that.

use chrono::TimeDelta;
use domain::paging::{ACCEPTED_WITHIN, NotSent, PageState as State, Urgency};
use domain::{Actor, Clock, IncidentId, Settings};
use jobs::ResolvePage;
use queue::Job;
use serde_json::json;
use store::console_users::Role;
use store::on_call;
use tonic::{Code, Status};
use uuid::Uuid;
use web::proto::{
    GetIncidentOptionsRequest, GetIncidentRequest, GivenRole, Incident, InvitePersonRequest, Page, PageAnywayRequest,
    PageNotSent, PageState, PageTeamRequest, PageUrgency, PreviewPageRequest, PreviewPageResponse, ResolvePages,
    SetStatusRequest, SeverityPages, TimelineEntryKind,
};

use crate::console::{Caller, Console};
use crate::incidents::declare;
use crate::on_call::{copy, waiting};

fn page(incident: &Incident, team: &str, person: &str, request_id: &str) -> PageTeamRequest {
    PageTeamRequest {
        incident_id: incident.id.clone(),
        team_id: team.to_owned(),
        person_id: person.to_owned(),
        urgency: PageUrgency::High.into(),
        message: "Cards are refused".to_owned(),
        request_id: request_id.to_owned(),
        shown_at: None,
    }
}

async fn preview(
    console: &Console,
    caller: &Caller,
    incident: &Incident,
    team: &str,
    person: &str,
) -> Result<PreviewPageResponse, Status> {
    let request = PreviewPageRequest {
        incident_id: incident.id.clone(),
        team_id: team.to_owned(),
        person_id: person.to_owned(),
        urgency: PageUrgency::High.into(),
    };
    let preview = console.incidents(caller).await.preview_page(request).await;
    preview.map(tonic::Response::into_inner)
}

async fn shown(console: &Console, caller: &Caller, incident: &Incident, open_private: bool) -> Option<Vec<Page>> {
    let request = GetIncidentRequest {
        id: incident.id.clone(),
        open_private,
    };
    let shown = console.incidents(caller).await.get_incident(request).await.ok()?;
    Some(shown.into_inner().pages)
}

#[tokio::test]
async fn a_team_is_paged_once_and_what_becomes_of_it_is_shown() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let incident = declare(&console, &ada, "Checkout fails", false).await;
    copy(&console, 1, console.clock.now()).await;
    let options = async || {
        let mut api = console.incidents(&viewer).await;
        let options = api.get_incident_options(GetIncidentOptionsRequest {}).await.unwrap();
        options.into_inner().paging
    };
    assert!(options().await);

    let step = preview(&console, &ada, &incident, "PPAY", "").await.unwrap();
    assert_eq!(
        step.calls,
        "PagerDuty will page erin (Payments).\nIf nobody acknowledges within 30 minutes: frank."
    );
    assert!(step.anybody && step.notice.is_empty());
    assert_eq!(step.notes[1..], ["Service in PagerDuty: Payments API"]);
    let alone = preview(&console, &ada, &incident, "PPAY", "Pfrank").await.unwrap();
    assert_eq!(alone.calls, "PagerDuty will page only frank (Payments).");
    let empty = preview(&console, &ada, &incident, "PM00", "").await.unwrap();
    assert!(!empty.anybody && empty.calls.starts_with("Nobody in Team 0 is on call right now"));
    assert!(shown(&console, &ada, &incident, false).await.unwrap().is_empty());

    let mut hers = console.incidents(&ada).await;
    for _ in 0..2 {
        let answer = hers.page_team(page(&incident, "PPAY", "", "1")).await.unwrap();
        assert!(answer.into_inner().incident.unwrap().revision > incident.revision);
    }
    hers.page_team(page(&incident, "PPAY", "Pfrank", "2")).await.unwrap();
    let pages = shown(&console, &viewer, &incident, false).await.unwrap();
    assert_eq!(pages.len(), 2, "the same wish is fulfilled once");
    assert_eq!(waiting(&console, jobs::Page::KIND).await, 2);
    let told: Vec<_> = pages
        .iter()
        .map(|page| (page.team.as_str(), page.person.as_str(), page.state(), page.urgency()))
        .collect();
    assert_eq!(
        told,
        [
            ("Payments", "", PageState::Waiting, PageUrgency::High),
            ("Payments", "frank", PageState::Waiting, PageUrgency::High),
        ]
    );
    assert_eq!(pages[0].paged_by, ada.user.as_ref().unwrap().name);
    assert_eq!(pages[0].message, "Cards are refused");

    // Nobody is left thinking that they were called.
    assert!(pages.iter().all(|page| page.overdue_in_ms.is_some_and(|left| left > 0)));
    assert_eq!(
        (&*pages[0].contacts, &*pages[1].contacts),
        (&["erin".to_owned()][..], &["frank".to_owned()][..])
    );
    console.clock.advance(ACCEPTED_WITHIN);
    let pages = shown(&console, &viewer, &incident, false).await.unwrap();
    assert!(pages.iter().all(|page| page.overdue_in_ms == Some(0)));

    // What becomes of them.
    let now = console.clock.now();
    let mut conn = console.database.connect().await;
    let (first, second): (Uuid, Uuid) = (pages[0].id.parse().unwrap(), pages[1].id.parse().unwrap());
    let url = "https://acme.pagerduty.com/incidents/Q1";
    store::pages::triggered(&mut conn, first, "Q1", Some(url), &["erin".to_owned()], now)
        .await
        .unwrap();
    store::pages::late_told(&mut conn, first, now).await.unwrap();
    let second = store::pages::get(&mut conn, second).await.unwrap().unwrap();
    let failed = incidents::page_failed(&mut conn, &second, "frank was not paged.", Uuid::now_v7(), now);
    failed.await.unwrap();
    let pages = shown(&console, &viewer, &incident, false).await.unwrap();
    assert_eq!(
        (pages[0].state(), pages[0].late, pages[0].url.as_str()),
        (PageState::Triggered, true, url)
    );
    assert_eq!(pages[1].state(), PageState::Failed);
    assert_eq!(
        (pages[0].overdue_in_ms, pages[0].contacts.len()),
        (None, 0),
        "PagerDuty has it"
    );
    assert_eq!(pages[1].contacts, ["frank"]);
    store::pages::acknowledged(&mut conn, first, "erin", now).await.unwrap();
    let pages = shown(&console, &viewer, &incident, false).await.unwrap();
    assert_eq!(
        (pages[0].state(), pages[0].acknowledged_by.as_str()),
        (PageState::Acknowledged, "erin")
    );
    assert!(pages[0].acknowledged_at.is_some());

    on_call::set_enabled(&mut conn, false).await.unwrap();
    assert!(!options().await);
}

#[tokio::test]
async fn what_cannot_be_paged_is_refused_with_a_sentence() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let incident = declare(&console, &ada, "Checkout fails", false).await;
    let mut hers = console.incidents(&ada).await;
    let off = hers.page_team(page(&incident, "PPAY", "", "1")).await.unwrap_err();
    assert!(off.message().starts_with("PagerDuty is not enabled"), "{off:?}");
    copy(&console, 0, console.clock.now()).await;

    for (team, person, sentence) in [
        ("PNONE", "", "This team is no longer in PagerDuty"),
        ("PPAY", "Pgrace", "They are no longer on call for Payments"),
        ("PSEARCH", "", "search cannot be paged: no service in PagerDuty"),
    ] {
        let refused = hers.page_team(page(&incident, team, person, "1")).await.unwrap_err();
        let before = preview(&console, &ada, &incident, team, person).await.unwrap_err();
        for refused in [refused, before] {
            assert_eq!(refused.code(), Code::FailedPrecondition);
            assert!(refused.message().starts_with(sentence), "{refused:?}");
        }
    }
    // The browser was offline, and the network is back.
    let shown_at = preview(&console, &ada, &incident, "PPAY", "").await.unwrap().shown_at;
    assert!(shown_at.is_some());
    let late = PageTeamRequest {
        shown_at,
        ..page(&incident, "PPAY", "", "late")
    };
    console.clock.advance(TimeDelta::seconds(121));
    let refused = hers.page_team(late).await.unwrap_err();
    assert!(refused.message().starts_with("Not paged: "), "{refused:?}");
    assert_eq!(waiting(&console, jobs::Page::KIND).await, 0);
    let silent = PageTeamRequest {
        urgency: 0,
        ..page(&incident, "PPAY", "", "1")
    };
    let long = PageTeamRequest {
        message: "x".repeat(1_001),
        ..page(&incident, "PPAY", "", "1")
    };
    for (request, field) in [(silent, "urgency: "), (long, "message: ")] {
        let refused = hers.page_team(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().starts_with(field), "{refused:?}");
    }
    let mut his = console.incidents(&viewer).await;
    let refused = his.page_team(page(&incident, "PPAY", "", "1")).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let before = preview(&console, &viewer, &incident, "PPAY", "").await.unwrap_err();
    assert_eq!(before.code(), Code::PermissionDenied);

    let mut conn = console.database.connect().await;
    let id: IncidentId = incident.id.parse().unwrap();
    let request = incidents::Request {
        key: "resolve".to_owned(),
        actor: Actor::System,
        now: console.clock.now(),
        channel: None,
        content: None,
        audit: None,
    };
    let pool = store::connect(&store::Config::at(console.database.url()).unwrap());
    let given = ["incident_commander", "technical_lead"].map(|role| (role.to_owned(), "U5".to_owned()));
    incidents::set_status(&pool, &request, id, "resolved", &given)
        .await
        .unwrap();
    for refused in [
        hers.page_team(page(&incident, "PPAY", "", "1")).await.unwrap_err(),
        preview(&console, &ada, &incident, "PPAY", "").await.unwrap_err(),
    ] {
        assert!(refused.message().starts_with("The incident is resolved"), "{refused:?}");
    }
    assert!(store::pages::of_incident(&mut conn, id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_page_that_was_not_sent_says_why_and_is_sent_once() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let incident = declare(&console, &ada, "Checkout fails", false).await;
    copy(&console, 0, console.clock.now()).await;
    let mut hers = console.incidents(&ada).await;
    hers.page_team(page(&incident, "PPAY", "Pfrank", "1")).await.unwrap();
    let mut conn = console.database.connect().await;
    let id = shown(&console, &ada, &incident, false).await.unwrap()[0].id.clone();
    let uuid = id.parse().unwrap();
    let told = async || shown(&console, &viewer, &incident, false).await.unwrap().remove(0);
    assert_eq!(told().await.not_sent(), PageNotSent::Unspecified);
    for (because, not_sent) in [
        (NotSent::Resolved, PageNotSent::Resolved),
        (NotSent::Lowered, PageNotSent::Lowered),
        (NotSent::Again, PageNotSent::Again),
    ] {
        store::pages::withdrawn(&mut conn, uuid, because).await.unwrap();
        assert_eq!(told().await.not_sent(), not_sent);
    }
    let withdrawn = told().await;
    assert!(withdrawn.can_page_anyway);
    assert_eq!(
        (withdrawn.team_id.as_str(), withdrawn.person_id.as_str()),
        ("PPAY", "Pfrank")
    );

    let anyway = |page_id: &str| PageAnywayRequest {
        incident_id: incident.id.clone(),
        page_id: page_id.to_owned(),
        request_id: "2".to_owned(),
        shown_at: None,
    };
    let refused = console
        .incidents(&viewer)
        .await
        .page_anyway(anyway(&id))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    for unknown in ["", &Uuid::now_v7().to_string()] {
        let refused = hers.page_anyway(anyway(unknown)).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert!(
            refused.message().starts_with("This page no longer exists"),
            "{refused:?}"
        );
    }
    for _ in 0..2 {
        hers.page_anyway(anyway(&id)).await.unwrap();
    }
    let sent = told().await;
    assert_eq!((sent.state(), sent.can_page_anyway), (PageState::Waiting, false));
    assert_eq!(sent.paged_by, ada.user.as_ref().unwrap().name);
    let again = PageAnywayRequest {
        request_id: "3".to_owned(),
        ..anyway(&id)
    };
    let refused = hers.page_anyway(again).await.unwrap_err();
    assert!(
        refused
            .message()
            .starts_with("There is already an open page to frank (Payments)"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn pages_of_a_private_incident_are_its_members() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let bob = console.somebody(Role::Responder, Some("U2")).await;
    let admin = console.somebody(Role::Admin, None).await;
    let secret = declare(&console, &ada, "Breach", true).await;
    copy(&console, 0, console.clock.now()).await;
    for caller in [&bob, &admin] {
        let paged = console
            .incidents(caller)
            .await
            .page_team(page(&secret, "PPAY", "", "1"))
            .await;
        assert_eq!(paged.unwrap_err().code(), Code::NotFound);
        let before = preview(&console, caller, &secret, "PPAY", "").await.unwrap_err();
        assert_eq!(before.code(), Code::NotFound);
        let invited = invite(&console, caller, &secret, "U5").await.unwrap_err();
        assert_eq!(invited.code(), Code::NotFound);
    }
    let step = preview(&console, &ada, &secret, "PPAY", "").await.unwrap();
    assert_eq!(
        step.notes[1],
        "The incident is private: PagerDuty gets your message, not the title."
    );
    let mut hers = console.incidents(&ada).await;
    hers.page_team(page(&secret, "PPAY", "", "1")).await.unwrap();
    assert_eq!(shown(&console, &ada, &secret, false).await.unwrap().len(), 1);
    assert_eq!(shown(&console, &bob, &secret, true).await, None);
    assert_eq!(
        shown(&console, &admin, &secret, false).await,
        Some(Vec::new()),
        "sealed"
    );
    assert_eq!(shown(&console, &admin, &secret, true).await.unwrap().len(), 1);
}

async fn invite(console: &Console, caller: &Caller, incident: &Incident, person: &str) -> Result<Incident, Status> {
    let request = InvitePersonRequest {
        incident_id: incident.id.clone(),
        slack_user_id: person.to_owned(),
        request_id: Uuid::now_v7().to_string(),
    };
    let invited = console.incidents(caller).await.invite_person(request).await;
    invited.map(|answer| answer.into_inner().incident.unwrap())
}

#[tokio::test]
async fn somebody_who_is_on_call_is_invited_to_the_channel() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let incident = declare(&console, &ada, "Checkout fails", false).await;
    copy(&console, 0, console.clock.now()).await;
    invite(&console, &ada, &incident, "U5").await.unwrap();
    assert_eq!(waiting(&console, jobs::Invite::KIND).await, 1);
    let request = GetIncidentRequest {
        id: incident.id.clone(),
        ..GetIncidentRequest::default()
    };
    let shown = console.incidents(&ada).await.get_incident(request).await.unwrap();
    let last = shown.into_inner().timeline.pop().unwrap();
    assert_eq!(last.kind(), TimelineEntryKind::PersonInvited);
    let nobody = invite(&console, &ada, &incident, "U9").await.unwrap_err();
    assert_eq!(nobody.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn whoever_resolves_an_incident_resolves_its_pages_if_they_want() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    copy(&console, 0, console.clock.now()).await;
    let mut hers = console.incidents(&ada).await;
    let options = hers.get_incident_options(GetIncidentOptionsRequest {}).await.unwrap();
    assert_eq!(options.into_inner().resolve_pages(), ResolvePages::Ask);
    for (resolve_pages, resolved) in [(false, 0), (true, 1)] {
        let incident = declare(&console, &ada, "Checkout fails", false).await;
        hers.page_team(page(&incident, "PPAY", "", "1")).await.unwrap();
        let given = |role: &str| GivenRole {
            role: role.to_owned(),
            slack_user_id: "U5".to_owned(),
        };
        let request = SetStatusRequest {
            incident_id: incident.id.clone(),
            status: "resolved".to_owned(),
            roles: vec![given("incident_commander"), given("technical_lead")],
            request_id: "2".to_owned(),
            resolve_pages,
        };
        hers.set_status(request).await.unwrap();
        assert_eq!(waiting(&console, ResolvePage::KIND).await, resolved);
    }
}

#[tokio::test]
async fn a_page_that_nobody_has_any_more_is_told_to_consoles() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let incident = declare(&console, &ada, "Checkout fails", false).await;
    copy(&console, 0, console.clock.now()).await;
    let mut hers = console.incidents(&ada).await;
    hers.page_team(page(&incident, "PPAY", "", "1")).await.unwrap();
    let mut conn = console.database.connect().await;
    let id: IncidentId = incident.id.parse().unwrap();
    let now = console.clock.now();
    let called = store::pages::of_incident(&mut conn, id).await.unwrap().remove(0);
    assert_eq!((called.urgency, called.state), (Urgency::High, State::Waiting));
    store::pages::triggered(&mut conn, called.id, "Q1", None, &[], now)
        .await
        .unwrap();
    store::pages::acknowledged(&mut conn, called.id, "erin", now)
        .await
        .unwrap();
    let revision = |incident: Option<domain::Incident>| incident.unwrap().revision;
    let before = revision(store::incidents::get(&mut conn, id).await.unwrap());
    incidents::page_open_again(&mut conn, &called, now).await.unwrap();
    assert!(revision(store::incidents::get(&mut conn, id).await.unwrap()) > before);
    let pages = shown(&console, &ada, &incident, false).await.unwrap();
    assert_eq!(pages[0].state(), PageState::Triggered);
}

#[tokio::test]
async fn whom_a_severity_would_page_is_told_before_it_is_chosen() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let incident = declare(&console, &ada, "Checkout fails", false).await;
    let secret = declare(&console, &ada, "Breach", true).await;
    let mut severities = Settings::default().severities;
    severities[0].page_teams = vec!["payments".to_owned(), "Search".to_owned()];
    severities[1].page_teams = vec!["PPAY".to_owned()];
    let mut conn = console.database.connect().await;
    store::settings::set(&mut conn, "severities", &json!(severities))
        .await
        .unwrap();
    let told = async |incident: &Incident| {
        let request = GetIncidentRequest {
            id: incident.id.clone(),
            open_private: false,
        };
        let shown = console.incidents(&ada).await.get_incident(request).await.unwrap();
        shown.into_inner().severity_pages
    };
    assert!(told(&incident).await.is_empty(), "PagerDuty is not enabled");
    copy(&console, 0, console.clock.now()).await;
    // The service hears of a setting a moment after it is made.
    let pages = testing::wait_for("the teams", async || {
        Some(told(&incident).await).filter(|pages| !pages.is_empty())
    })
    .await;
    let pages_of = |severity: &str, teams: &[&str]| SeverityPages {
        severity: severity.to_owned(),
        teams: teams.iter().map(|team| (*team).to_owned()).collect(),
    };
    let expected = [
        pages_of("sev1", &["Payments", "search"]),
        pages_of("sev2", &["Payments"]),
    ];
    assert_eq!(pages, expected);
    assert!(told(&secret).await.is_empty());
    let mut api = console.incidents(&ada).await;
    let options = api.get_incident_options(GetIncidentOptionsRequest {}).await.unwrap();
    let options = options.into_inner().severity_pages;
    assert_eq!(options.len(), 2);
    assert_eq!(options[1], pages_of("sev2", &["Payments (erin)"]));
}
