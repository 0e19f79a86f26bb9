//! Paging: who is called, who is told, what becomes of it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use chrono::TimeDelta;
use domain::Clock;
use futures_util::FutureExt;
use jobs::payloads::pagerduty::{CopyOnCall, PollPages};
use sandbox::{Fault, Harm, Person, Side, Submission, View};
use serde_json::json;
use testing::{System, wait_for};

use crate::declare::FIELDS;
use crate::matrix::Flow;
use crate::status;

/// Alice pages a team by the panel's button.
pub(crate) struct Page;

impl Flow for Page {
    const WITH_PAGERDUTY: bool = true;

    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }

    async fn run(system: &System) {
        page(system, "Payments").await;
    }
}

/// Somebody takes the page, and it is noticed.
pub(crate) struct Acknowledge;

impl Flow for Acknowledge {
    const WITH_PAGERDUTY: bool = true;

    async fn prepare(system: &System) {
        Page::prepare(system).await;
        Page::run(system).await;
        system.settled().await;
        change(system, "frank", "acknowledged");
    }

    async fn run(system: &System) {
        poll(system).await;
        system.settled().await;
        // What a broken look did not find the next one does.
        poll(system).await;
        system.counted("pages WHERE state = 'acknowledged'", 1).await;
    }
}

/// An incident is declared whose severity pages two teams.
pub(crate) struct PageBySeverity;

impl Flow for PageBySeverity {
    const WITH_PAGERDUTY: bool = true;

    async fn prepare(system: &System) {
        set_teams(system, "sev2", &["Payments", "platform"]).await;
    }

    async fn run(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }
}

/// Alice sends an update, which is added to the page, and resolves the incident with its page.
pub(crate) struct ResolveWithPages;

impl Flow for ResolveWithPages {
    const WITH_PAGERDUTY: bool = true;

    async fn prepare(system: &System) {
        Page::prepare(system).await;
        Page::run(system).await;
        system.settled().await;
    }

    async fn run(system: &System) {
        crate::update::Update::run(system).await;
        system.settled().await;
        status::resolve(system, &[("Technical lead", "bob")]).await;
        system.counted("incidents WHERE resolved_at IS NOT NULL", 1).await;
        system.settled().await;
    }
}

/// Who is on call is copied anew.
pub(crate) struct Copy;

impl Flow for Copy {
    const WITH_PAGERDUTY: bool = true;

    async fn prepare(system: &System) {
        system.sandbox.change_pagerduty(|account| {
            account.add_policy("Search", vec![(30, vec![], vec![])]);
        });
        // So that people see it.
        system.sandbox.person("alice").open_home();
    }

    async fn run(system: &System) {
        // What a broken copy did not bring the next one does.
        for _ in 0..3 {
            system.tick(CopyOnCall::all()).await;
            system.settled().await;
            if system.count("on_call_policies").await == 4 {
                break;
            }
        }
        assert_eq!(system.count("on_call_policies").await, 4);
        system
            .tick(
                jobs::payloads::slack::DrawHome {
                    user: system.sandbox.person("alice").id().to_owned(),
                }
                .job(),
            )
            .await;
    }
}

/// Opens the form by the panel's button.
async fn open(system: &System, who: &Person) -> View {
    system
        .open(who, async || {
            let panel = system.panel();
            who.click(&system.incident_channel().id, &panel.ts, "Page a team").await
        })
        .await
}

/// Pages a team, as a person does who presses again when nothing happens.
async fn page(system: &System, team: &str) {
    let alice = system.sandbox.person("alice");
    let form = open(system, &alice).await;
    let fields = [("Team", team), ("Message", "Cards are refused")];
    let before = system.count("pages").await;
    let mut step = None;
    for _ in 0..20 {
        // While no gateway is there to ask for teams, none is offered; whoever looks tries again.
        let submitted = AssertUnwindSafe(alice.submit(&form, fields)).catch_unwind().await;
        if let Ok(Submission::Updated(view)) = submitted {
            step = Some(view);
            break;
        }
        wait_for("a socket", async || {
            (system.sandbox.sockets().count() > 0).then_some(())
        })
        .await;
    }
    let step = step.expect("the step that says who will be called");
    assert!(step.content.to_string().contains("PagerDuty calls"), "{}", step.content);
    let no_fields: [(&str, &str); 0] = [];
    for _ in 0..10 {
        if matches!(alice.submit(&step, no_fields).await, Submission::Closed) {
            break;
        }
    }
    system.counted("pages", before + 1).await;
}

/// Lets somebody acknowledge or resolve the newest page in PagerDuty.
fn change(system: &System, who: &str, status: &str) {
    let changed = system.sandbox.change_pagerduty(|account| {
        let id = account
            .incidents
            .last()
            .map(|incident| incident.id.clone())
            .unwrap_or_default();
        account.change(&id, who, status)
    });
    assert!(changed, "{who} {status}");
}

/// Has a severity page these teams.
async fn set_teams(system: &System, severity: &str, teams: &[&str]) {
    let mut severities = domain::Settings::default().severities;
    for one in severities.iter_mut().filter(|one| one.key == severity) {
        one.page_teams = teams.iter().map(|team| (*team).to_owned()).collect();
    }
    system.set("severities", json!(severities)).await;
    system.settled().await;
}

/// Has pages looked at, by the clock of the services.
async fn poll(system: &System) {
    let mut conn = system.pool().acquire().await.unwrap();
    let jobs = vec![PollPages::job()];
    jobs::enqueue_at(&mut conn, system.clock.now(), jobs).await.unwrap();
}

fn is_in_channel(system: &System, who: &str) -> bool {
    let channel = system.incident_channel();
    channel.members.contains(system.sandbox.person(who).id())
}

/// The problem that the channel was told of.
async fn problem(system: &System) -> sandbox::Message {
    let channel = system.incident_channel().id;
    system.message_with(&channel, "⚠️").await
}

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
    assert_eq!(system.notices(), ["alice paged Payments. PagerDuty calls erin now."]);
    assert!(is_in_channel(&system, "erin") && !is_in_channel(&system, "frank"));
    let told = system.sandbox.direct_messages("erin");
    assert!(told[0].text.contains("alice paged you"), "{told:#?}");

    // A second one of the same incident.
    page(&system, "Platform").await;
    system.settled().await;
    assert_eq!(system.sandbox.pagerduty().incidents.len(), 2);

    change(&system, "dave", "acknowledged");
    poll(&system).await;
    poll(&system).await;
    system.settled().await;
    let told = "dave acknowledged the page to Platform within a minute.";
    assert_eq!(
        system.notices().iter().filter(|line| *line == told).count(),
        1,
        "{:#?}",
        system.notices()
    );
    change(&system, "dave", "resolved");
    poll(&system).await;
    system.settled().await;
    assert!(
        system
            .notices()
            .contains(&"dave resolved the page to Platform in PagerDuty.".to_owned())
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
        ["Payments was paged because of SEV2. PagerDuty calls erin now."]
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
        ("Private incident", "Only people invited to its channel may see it"),
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
async fn what_has_to_be_changed_is_said_and_then_tried_again() {
    let system = System::start_with_pagerduty().await;
    Page::prepare(&system).await;
    let channel = system.incident_channel().id;
    // No service, no ability, nobody on whose behalf.
    page(&system, "Data without a service").await;
    system.settled().await;
    let said = problem(&system).await;
    assert!(
        said.text.contains("Give a service this escalation policy"),
        "{}",
        said.text
    );
    system.sandbox.change_pagerduty(|account| {
        let policy = account
            .policies
            .iter()
            .find(|policy| policy.name.starts_with("Data"))
            .unwrap()
            .id
            .clone();
        account.add_service("Data", &policy);
        account.abilities.remove("urgencies");
    });
    system.press("alice", &channel, &said, "Try again").await;
    let said = system.message_with(&channel, "lacks the ability “urgencies”").await;
    system.sandbox.change_pagerduty(|account| {
        account.abilities.insert("urgencies".to_owned());
        for user in account.users.iter_mut().filter(|user| user.email.starts_with("bot@")) {
            user.email = "gone@example.com".to_owned();
        }
    });
    system.press("alice", &channel, &said, "Try again").await;
    let said = system
        .message_with(&channel, "Nobody in PagerDuty has the e-mail bot@example.com")
        .await;
    system.sandbox.change_pagerduty(|account| {
        account.add_user("Bot", "bot@example.com");
    });
    system.press("alice", &channel, &said, "Try again").await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.settled().await;
    assert_eq!(system.sandbox.pagerduty().incidents.len(), 1);
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
async fn pagerduty_that_hangs_slows_nothing() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.pagerduty = true;
    system.add_gateway();
    system.add_worker_with(|config| {
        if let Some(pagerduty) = &mut config.pagerduty {
            pagerduty.timeout = Duration::from_mins(1);
        }
        config.jobs.handler_timeout = Duration::from_mins(2);
    });
    system.ready().await;
    set_teams(&system, "sev2", &["Payments"]).await;
    let held = system.sandbox.barrier("pagerduty.create_incident", 1, Side::Before);
    system.declare("alice", &FIELDS).await;
    wait_for("the channel with its messages", async || {
        let mut channels = system.sandbox.channels().into_iter();
        let channel = channels.find(|channel| channel.name.starts_with("inc-"))?;
        (!system.sandbox.pins(&channel.id).is_empty()).then_some(())
    })
    .await;
    held.reached().await;
    system.choose("alice", "severity.set", "sev1").await;
    system.choose("alice", "status.set", "identified").await;
    wait_for("the notices", async || (system.notices().len() == 2).then_some(())).await;
    status::resolve(&system, &[("Technical lead", "bob")]).await;
    let channel = system.incident_channel().id;
    system.message_with(&channel, "✅ Resolved by alice").await;
    assert!(held.is_reached(), "PagerDuty hangs all the while");
    held.release();
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_looked_at_is_told_once() {
    let system = System::start_with_pagerduty().await;
    Page::prepare(&system).await;
    Page::run(&system).await;
    system.settled().await;
    system
        .sandbox
        .faults()
        .add(Fault::new("pagerduty.get_incident", Harm::Status(401)));
    for _ in 0..2 {
        poll(&system).await;
        system.settled().await;
    }
    let told = problem(&system).await.text;
    assert!(
        told.contains("What becomes of the page to Payments cannot be seen"),
        "{told}"
    );
    assert!(told.contains("does not let us in"), "{told}");
    assert_eq!(system.problems().await.len(), 1);
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.sandbox.faults().clear();
    change(&system, "erin", "acknowledged");
    poll(&system).await;
    system.settled().await;
    system.counted("pages WHERE state = 'acknowledged'", 1).await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_tried_for_half_an_hour() {
    let system = System::start_with_pagerduty().await;
    Page::prepare(&system).await;
    system
        .sandbox
        .faults()
        .add(Fault::new("pagerduty.create_incident", Harm::Status(503)));
    page(&system, "Payments").await;
    wait_for("tries", async || {
        let tries = system.sandbox.calls().into_iter();
        (tries.filter(|call| call.method == "pagerduty.create_incident").count() > 1).then_some(())
    })
    .await;
    system.clock.advance(TimeDelta::minutes(2));
    let channel = system.incident_channel().id;
    system
        .message_with(&channel, "PagerDuty does not take the page to Payments yet")
        .await;
    system.clock.advance(TimeDelta::minutes(31));
    let said = system.message_with(&channel, "Payments could not be paged.").await;
    system.sandbox.faults().clear();
    system.press("alice", &channel, &said, "Try again").await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.settled().await;
    assert_eq!(system.sandbox.pagerduty().incidents.len(), 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_served_alone_and_two_workers_page_once() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.pagerduty = true;
    system.add_gateway();
    system.add_worker_with(|config| config.jobs.queues = vec![jobs::Queue::Slack]);
    for _ in 0..2 {
        system.add_worker_with(|config| config.jobs.queues = vec![jobs::Queue::Pagerduty]);
    }
    system.ready().await;
    Page::prepare(&system).await;
    for team in ["Payments", "Platform"] {
        page(&system, team).await;
    }
    system.settled().await;
    assert_eq!(system.sandbox.pagerduty().incidents.len(), 2);
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
    assert!(said.contains("PagerDuty is not switched on here"), "{said}");
    let view = alice.open("open_incident_bot_pager").await;
    assert!(view.content.to_string().contains("not switched on"), "{}", view.content);
    system.end().await;
}
