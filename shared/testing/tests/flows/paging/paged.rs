//! Who is paged, and what comes of it.

use chrono::TimeDelta;
use serde_json::json;
use testing::System;

use super::{Page, PageBySeverity, ResolveWithPages, change, is_in_channel, page, poll, problem, set_teams};
use crate::declare::FIELDS;
use crate::matrix::Flow;

#[tokio::test(flavor = "multi_thread")]
async fn a_team_is_paged_and_everybody_is_told() {
    let system = System::start_with_pagerduty().await;
    Page::prepare(&system).await;
    Page::run(&system).await;
    system.settled().await;
    let pages = system.sandbox.pagerduty().incidents;
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].title, "SEV2: Payments fail for EU customers");
    assert!(pages[0].details.contains("Cards are refused"), "{}", pages[0].details);
    assert!(
        pages[0].details.contains(&system.incident_channel().id),
        "{}",
        pages[0].details
    );
    assert!(
        pages[0].details.contains("https://console.example/incidents/"),
        "{}",
        pages[0].details
    );
    assert_eq!(system.notices(), ["alice paged Payments. PagerDuty is calling erin."]);
    assert!(is_in_channel(&system, "erin") && !is_in_channel(&system, "frank"));
    let told = system.sandbox.direct_messages("erin");
    assert!(told[0].text.contains("alice paged you"), "{told:#?}");

    // A second one of the same incident.
    page(&system, "Platform").await;
    system.settled().await;
    assert_eq!(system.sandbox.pagerduty().incidents.len(), 2);

    change(&system, "frank", "acknowledged");
    poll(&system).await;
    poll(&system).await;
    system.settled().await;
    let told = "frank acknowledged the page to Platform within a minute.";
    let to_frank = system.sandbox.direct_messages("frank");
    assert!(
        !to_frank.iter().any(|told| told.text.contains("paged you")),
        "{to_frank:#?}"
    );
    assert_eq!(
        system.notices().iter().filter(|line| *line == told).count(),
        1,
        "{:#?}",
        system.notices()
    );
    change(&system, "frank", "resolved");
    poll(&system).await;
    system.settled().await;
    assert!(
        system
            .notices()
            .contains(&"frank resolved the page to Platform in PagerDuty.".to_owned())
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_nobody_takes_is_told_once() {
    let system = System::start_with_pagerduty().await;
    Page::prepare(&system).await;
    Page::run(&system).await;
    system.settled().await;
    system.move_clock(TimeDelta::minutes(4)).await;
    poll(&system).await;
    system.settled().await;
    assert_eq!(system.notices().len(), 1);
    system.move_clock(TimeDelta::minutes(2)).await;
    for _ in 0..2 {
        poll(&system).await;
        system.settled().await;
    }
    let late = "Nobody has acknowledged the page to Payments for 5 minutes.";
    let notices = system.notices();
    assert_eq!(
        notices.iter().filter(|line| line.starts_with(late)).count(),
        1,
        "{notices:#?}"
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_severity_pages_its_teams_once() {
    let system = System::start_with_pagerduty().await;
    PageBySeverity::prepare(&system).await;
    set_teams(&system, "sev1", &["Payments"]).await;
    let mut severities = domain::Settings::default().severities;
    severities[0].page_teams = vec!["Payments".to_owned(), "Platform".to_owned(), "Nobody".to_owned()];
    severities[1].page_teams = vec!["Payments".to_owned()];
    system.set("severities", json!(severities)).await;
    system.settled().await;
    let alice = system.sandbox.person("alice");
    let form = system.open_form(&alice).await;
    assert!(
        form.content
            .to_string()
            .contains("SEV1 pages Payments (erin) and Platform (dave)"),
        "{}",
        form.content
    );
    system.submit(&alice, &form, &FIELDS).await;
    system.declared(1).await;
    assert_eq!(
        system.notices(),
        ["Payments was paged because of SEV2. PagerDuty is calling erin."]
    );
    assert!(is_in_channel(&system, "erin"));
    for severity in ["sev1", "sev3", "sev1"] {
        system.choose("alice", "severity.set", severity).await;
        system
            .counted(&format!("incidents WHERE severity = '{severity}'"), 1)
            .await;
        system.settled().await;
    }
    let pages = system.sandbox.pagerduty().incidents;
    assert_eq!(pages.len(), 2, "{pages:#?}");
    assert!(problem(&system).await.text.contains("the team “Nobody”"));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_incident_pages_nobody_by_itself_and_tells_no_title() {
    let system = System::start_with_pagerduty().await;
    PageBySeverity::prepare(&system).await;
    let private = [
        FIELDS[0],
        FIELDS[1],
        ("Private incident", "Only people invited to its channel can see it"),
    ];
    system.declare("alice", &private).await;
    system.declared(1).await;
    assert!(system.sandbox.pagerduty().incidents.is_empty());
    page(&system, "Payments").await;
    system.settled().await;
    let pages = system.sandbox.pagerduty().incidents;
    assert_eq!(pages[0].title, "SEV2: Cards are refused");
    assert!(is_in_channel(&system, "erin"));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_resolves_it_is_asked_about_its_pages() {
    let system = System::start_with_pagerduty().await;
    ResolveWithPages::prepare(&system).await;
    ResolveWithPages::run(&system).await;
    let page = system.sandbox.pagerduty().incidents.remove(0);
    assert_eq!(page.status, "resolved");
    assert!(
        page.notes[0].content.starts_with("alice: Cause found, rolling back"),
        "{:?}",
        page.notes
    );
    assert!(
        system
            .notices()
            .contains(&"The page to Payments is resolved in PagerDuty.".to_owned())
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_setting_pages_are_resolved_always() {
    let system = System::start_with_pagerduty().await;
    system.set("resolve_pages", json!("always")).await;
    system.set("page_notes", json!(false)).await;
    system.settled().await;
    ResolveWithPages::prepare(&system).await;
    ResolveWithPages::run(&system).await;
    let page = system.sandbox.pagerduty().incidents.remove(0);
    assert_eq!((page.status.as_str(), page.notes.len()), ("resolved", 0));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_off_says_so() {
    let system = System::start().await;
    Page::prepare(&system).await;
    assert!(
        !serde_json::to_string(&system.panel().blocks)
            .unwrap()
            .contains("Page a team")
    );
    let alice = system.sandbox.person("alice");
    alice.slash("/incident", "pager", "incidents").await;
    let said = &system.sandbox.ephemerals("alice")[0].text;
    assert!(said.contains("PagerDuty is not enabled"), "{said}");
    let view = alice.open("open_incident_bot_pager").await;
    assert!(view.content.to_string().contains("not enabled"), "{}", view.content);
    system.end().await;
}
