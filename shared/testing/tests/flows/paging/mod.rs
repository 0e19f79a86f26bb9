//! Paging: who is called, who is told, what becomes of it.

use std::panic::AssertUnwindSafe;

use domain::Clock;
use futures_util::FutureExt;
use jobs::{CopyOnCall, PollPages};
use sandbox::{Person, Submission, View};
use serde_json::json;
use testing::{System, wait_for};

use crate::declare::FIELDS;
use crate::matrix::Flow;
use crate::status;

mod again;
mod paged;
mod trouble;

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
    const UPDATES_WHAT_WAITED: bool = true;

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

/// The same, and bob opens it again by the button below the resolution.
pub(crate) struct ResolveAndReopen;

impl Flow for ResolveAndReopen {
    const WITH_PAGERDUTY: bool = true;

    async fn prepare(system: &System) {
        ResolveWithPages::prepare(system).await;
    }

    async fn run(system: &System) {
        ResolveWithPages::run(system).await;
        let channel = system.incident_channel().id;
        let resolution = system.message_with(&channel, "✅ Resolved by").await;
        system.press("bob", &channel, &resolution, "Reopen").await;
        system.counted("incidents WHERE resolved_at IS NULL", 1).await;
    }
}

/// Who is on call is copied anew.
pub(crate) struct Copy;

impl Flow for Copy {
    const WITH_PAGERDUTY: bool = true;
    const COPIES_PAGERDUTY: bool = true;

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
                jobs::DrawHome {
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
    assert!(
        step.content.to_string().contains("PagerDuty will page"),
        "{}",
        step.content
    );
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
pub(crate) async fn set_teams(system: &System, severity: &str, teams: &[&str]) {
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
    let jobs = vec![PollPages {}.job()];
    queue::enqueue_at(&mut conn, system.clock.now(), jobs).await.unwrap();
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
