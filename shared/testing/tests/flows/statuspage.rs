//! Statuspage: published once when somebody has confirmed it, kept true, resolved along; what is done there is seen.

use std::time::{Duration, Instant};

use jobs::payloads::statuspage::{CopyComponents, Poll};
use sandbox::{Fault, Harm, Junk, Message, Person, Side, Submission, View};
use serde_json::{Value, json};
use testing::{System, wait_for};

use crate::declare::FIELDS;
use crate::matrix::Flow;
use crate::status::resolve;

/// Alice publishes an incident.
pub(crate) struct Publish;

impl Flow for Publish {
    fn sandbox() -> sandbox::Config {
        with_page()
    }

    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }

    async fn run(system: &System) {
        publish(system).await;
        system.counted("statuspage_published", 1).await;
    }
}

/// Alice says more.
pub(crate) struct Update;

impl Flow for Update {
    fn sandbox() -> sandbox::Config {
        with_page()
    }

    async fn prepare(system: &System) {
        Publish::prepare(system).await;
        Publish::run(system).await;
        system.settled().await;
    }

    async fn run(system: &System) {
        update(system, "Monitoring", "Rolled back, watching.").await;
        system.counted("statuspage_updates", 2).await;
    }
}

/// The incident is resolved, and alice resolves it on Statuspage too.
pub(crate) struct Resolve;

impl Flow for Resolve {
    fn sandbox() -> sandbox::Config {
        with_page()
    }

    async fn prepare(system: &System) {
        Update::prepare(system).await;
        resolve(system, &[("Technical lead", "bob")]).await;
        system.counted("incidents WHERE resolved_at IS NOT NULL", 1).await;
        system.settled().await;
    }

    async fn run(system: &System) {
        let alice = system.sandbox.person("alice");
        let channel = system.incident_channel().id;
        let question = system.message_with(&channel, "still tells customers").await;
        let form = system
            .open(&alice, async || {
                alice.click(&channel, &question.ts, "Resolve it there…").await
            })
            .await;
        let step = next(system, &alice, &form, &[]).await;
        system.submit(&alice, &step, &[]).await;
        system.counted("statuspage_updates WHERE status = 'resolved'", 1).await;
    }
}

/// Somebody writes on Statuspage itself.
pub(crate) struct Elsewhere;

impl Flow for Elsewhere {
    fn sandbox() -> sandbox::Config {
        with_page()
    }

    async fn prepare(system: &System) {
        Update::prepare(system).await;
    }

    async fn run(system: &System) {
        let id = system.sandbox.page_incidents()[0].id.clone();
        assert!(system.sandbox.write_on_statuspage(&id, "identified", "A bad deploy."));
        look_until_told(system).await;
    }
}

/// Somebody resolves it on Statuspage itself.
pub(crate) struct Over;

impl Flow for Over {
    fn sandbox() -> sandbox::Config {
        with_page()
    }

    async fn prepare(system: &System) {
        Update::prepare(system).await;
    }

    async fn run(system: &System) {
        let id = system.sandbox.page_incidents()[0].id.clone();
        assert!(system.sandbox.write_on_statuspage(&id, "resolved", "Over."));
        look_until_told(system).await;
    }
}

/// Has Statuspage looked at until the channel is told what is new there: what a broken look did not find the next one does.
async fn look_until_told(system: &System) {
    let told = "timeline_entries WHERE kind = 'statuspage_updated'";
    for _ in 0..3 {
        system.tick(Poll::job()).await;
        system.settled().await;
        if system.count(told).await > 0 {
            break;
        }
    }
    system.counted(told, 1).await;
}

fn with_page() -> sandbox::Config {
    sandbox::Config::default().with_statuspage()
}

const MESSAGE: &str = "Some <cards> are declined & we are looking into it.";

fn fields() -> Vec<(&'static str, Value)> {
    vec![
        ("Name", "Payments & refunds fail".into()),
        ("Message", MESSAGE.into()),
        ("Impact", "Major".into()),
        ("Components", json!(["Cards", "API"])),
    ]
}

/// Submits the form's first step, again until the second is there.
async fn next(system: &System, person: &Person, form: &View, fields: &[(&str, Value)]) -> View {
    for _ in 0..20 {
        wait_for("a socket", async || {
            (system.sandbox.sockets().count() > 0).then_some(())
        })
        .await;
        // Where nothing is offered, one types again.
        wait_for("components", async || {
            (!person.suggest(form, "Components", "").await.is_empty()).then_some(())
        })
        .await;
        match person.submit(form, fields.iter().cloned()).await {
            Submission::Updated(step) => return *step,
            Submission::Unanswered => {}
            Submission::Errors(errors) if errors.values().any(|error| error.contains("could not be confirmed")) => {}
            other => panic!("the form was answered with {other:?}"),
        }
    }
    panic!("the form was never taken");
}

/// The message that shows Statuspage.
fn shown(system: &System) -> Message {
    let messages = system.sandbox.messages(&system.incident_channel().id).into_iter();
    let mut shown: Vec<_> = messages
        .filter(|message| message.text.contains("Statuspage:"))
        .collect();
    assert!(!shown.is_empty(), "no message shows Statuspage");
    shown.remove(0)
}

fn said(system: &System) -> String {
    serde_json::to_string(&shown(system).blocks).unwrap()
}

/// Opens the form by a button of the message.
async fn form(system: &System, person: &Person, button: &str) -> View {
    system
        .open(person, async || {
            person
                .click(&system.incident_channel().id, &shown(system).ts, button)
                .await
        })
        .await
}

async fn publish(system: &System) {
    let alice = system.sandbox.person("alice");
    let form = form(system, &alice, "Publish on Statuspage…").await;
    let step = next(system, &alice, &form, &fields()).await;
    system.submit(&alice, &step, &[("API", "Degraded performance")]).await;
}

async fn update(system: &System, status: &str, message: &str) {
    let alice = system.sandbox.person("alice");
    let form = form(system, &alice, "Update…").await;
    let fields = [("Status", status.into()), ("Message", message.into())];
    let step = next(system, &alice, &form, &fields).await;
    let quiet = [("Notify subscribers", "No, only show it on the page")];
    system.submit(&alice, &step, &quiet).await;
}

fn refused_calls(system: &System) -> Vec<sandbox::Call> {
    let calls = system.sandbox.calls().into_iter();
    calls
        .filter(|call| call.method.starts_with("statuspage.") && call.outcome != sandbox::Outcome::Ok)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_offer_to_the_end() {
    let system = System::start_with(with_page()).await;
    Publish::prepare(&system).await;
    assert!(
        said(&system).contains("Nothing is published until"),
        "{}",
        said(&system)
    );
    assert!(system.sandbox.page_incidents().is_empty());
    Publish::run(&system).await;
    system.settled().await;

    let there = system.sandbox.page_incidents();
    assert_eq!(there.len(), 1);
    let incident = &there[0];
    assert_eq!(
        (
            incident.name.as_str(),
            incident.status.as_str(),
            incident.impact.as_str()
        ),
        ("Payments & refunds fail", "investigating", "major")
    );
    assert_eq!(incident.updates.len(), 1);
    assert_eq!(
        (incident.updates[0].body.as_str(), incident.updates[0].notified),
        (MESSAGE, true)
    );
    let status = |name: &str| system.sandbox.component_status(name).unwrap();
    assert_eq!(
        [status("Cards"), status("API"), status("App")],
        ["partial_outage", "degraded_performance", "operational"]
    );
    let pinned = system.sandbox.pins(&system.incident_channel().id);
    assert!(pinned.iter().any(|message| message.ts == shown(&system).ts));
    assert_eq!(
        system.notices(),
        [
            "alice published “Payments &amp; refunds fail” on Statuspage, Investigating: “Some &lt;cards&gt; are declined &amp; we are looking into it.”"
        ]
    );

    Update::run(&system).await;
    system.settled().await;
    let incident = system.sandbox.page_incidents().remove(0);
    assert_eq!(incident.status, "monitoring");
    assert!(!incident.updates[1].notified);
    assert!(said(&system).contains("Rolled back, watching."), "{}", said(&system));
    assert_eq!(status("API"), "degraded_performance", "it was left as it was");

    resolve(&system, &[("Technical lead", "bob")]).await;
    system.counted("incidents WHERE resolved_at IS NOT NULL", 1).await;
    system.settled().await;
    assert_eq!(
        system.sandbox.page_incidents()[0].status,
        "monitoring",
        "it is asked first"
    );
    Resolve::run(&system).await;
    system.settled().await;
    let incident = system.sandbox.page_incidents().remove(0);
    assert_eq!((incident.status.as_str(), incident.updates.len()), ("resolved", 3));
    assert_eq!([status("Cards"), status("API")], ["operational", "operational"]);
    assert!(shown(&system).text.starts_with("✅"), "{}", shown(&system).text);
    assert_eq!(
        system
            .count("questions WHERE kind = 'statuspage' AND settled IS NOT NULL")
            .await,
        1
    );
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    assert!(refused_calls(&system).is_empty(), "{:#?}", refused_calls(&system));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_on_statuspage_itself_is_told_once() {
    let mut system = System::start_with(with_page()).await;
    system.add_worker();
    Update::prepare(&system).await;
    let id = system.sandbox.page_incidents()[0].id.clone();
    let look = async || {
        system.tick(Poll::job()).await;
        system.settled().await;
    };
    look().await;
    assert_eq!(system.notices().len(), 1, "nothing is new: {:#?}", system.notices());
    system.sandbox.write_on_statuspage(&id, "identified", "A bad <deploy>.");
    system.sandbox.rename_on_statuspage(&id, "Cards fail");
    look().await;
    look().await;
    let mut notices = system.notices();
    notices.remove(0);
    notices.sort();
    assert_eq!(
        notices,
        [
            "On Statuspage the name is “Cards fail” now.",
            "Statuspage says now, Identified: “A bad &lt;deploy&gt;.”"
        ]
    );
    assert!(said(&system).contains("Cards fail"), "{}", said(&system));

    system.sandbox.write_on_statuspage(&id, "resolved", "Over.");
    look().await;
    look().await;
    assert!(shown(&system).text.starts_with("✅"), "{}", shown(&system).text);
    assert_eq!(
        system.count("timeline_entries WHERE kind = 'statuspage_updated'").await,
        2
    );
    // The incident goes on: it can be published again.
    assert!(said(&system).contains("Publish again"), "{}", said(&system));
    let alice = system.sandbox.person("alice");
    let form = form(&system, &alice, "Publish again…").await;
    let step = next(&system, &alice, &form, &fields()).await;
    system.submit(&alice, &step, &[]).await;
    system.counted("statuspage_published", 2).await;
    system.settled().await;
    assert_eq!(system.sandbox.page_incidents().len(), 2);
    // And it is removed there.
    let second = system.sandbox.page_incidents()[1].id.clone();
    system.sandbox.remove_on_statuspage(&second);
    look().await;
    assert!(shown(&system).text.contains("Removed there"), "{}", shown(&system).text);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_statuspage_refuses_is_said_and_tried_again() {
    let system = System::start_with(with_page()).await;
    Publish::prepare(&system).await;
    let refuse = |harm: Harm| {
        system
            .sandbox
            .faults()
            .add(Fault::new("statuspage.create_incident", harm).once())
    };
    let channel = system.incident_channel().id;
    refuse(Harm::Error("Name is not nice".to_owned()));
    Publish::run(&system).await;
    system.settled().await;
    let problem = system.message_with(&channel, "could not be published").await;
    assert!(problem.text.contains("Name is not nice"), "{}", problem.text);
    assert!(said(&system).contains("Correct"), "{}", said(&system));
    // Other credentials are wrong the next time.
    refuse(Harm::Status(401));
    system.press("alice", &channel, &problem, "Try again").await;
    let problem = system.message_with(&channel, "does not let us in").await;
    system.settled().await;
    assert!(system.sandbox.page_incidents().is_empty());
    assert_eq!(system.count("incidents WHERE resolved_at IS NULL").await, 1);
    system.press("alice", &channel, &problem, "Try again").await;
    wait_for("the incident there", async || {
        (!system.sandbox.page_incidents().is_empty()).then_some(())
    })
    .await;
    system.settled().await;
    assert_eq!(system.sandbox.page_incidents().len(), 1);
    assert!(said(&system).contains("Update…"), "{}", said(&system));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_corrected_in_the_form() {
    let system = System::start_with(with_page()).await;
    Publish::prepare(&system).await;
    let refused = Harm::Error("Name is not nice".to_owned());
    system
        .sandbox
        .faults()
        .add(Fault::new("statuspage.create_incident", refused).once());
    Publish::run(&system).await;
    system.settled().await;
    let alice = system.sandbox.person("alice");
    let form = form(&system, &alice, "Correct…").await;
    let mut better = fields();
    better[0] = ("Name", "Payments fail".into());
    let step = next(&system, &alice, &form, &better).await;
    system.submit(&alice, &step, &[]).await;
    wait_for("the incident there", async || {
        (!system.sandbox.page_incidents().is_empty()).then_some(())
    })
    .await;
    system.settled().await;
    let there = system.sandbox.page_incidents();
    assert_eq!((there.len(), there[0].name.as_str()), (1, "Payments fail"));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_in_any_way_is_no_second_incident() {
    for harm in [
        Harm::DropAfter,
        Harm::HangAfter,
        Harm::Junk(Junk::InvalidJson),
        Harm::Status(503),
        Harm::RateLimited(1),
        Harm::Junk(Junk::Page),
    ] {
        let system = System::start_with(with_page()).await;
        Publish::prepare(&system).await;
        for method in ["statuspage.create_incident", "statuspage.update_incident"] {
            system.sandbox.faults().add(Fault::new(method, harm.clone()).once());
        }
        Publish::run(&system).await;
        system.settled().await;
        Update::run(&system).await;
        system.settled().await;
        let there = system.sandbox.page_incidents();
        assert_eq!((there.len(), there[0].updates.len()), (1, 2), "{harm:?}: {there:#?}");
        assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0, "{harm:?}");
        system.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_and_what_is_private() {
    let system = System::start_with(with_page()).await;
    system.set("statuspage_groups", json!(["comms"])).await;
    system.sandbox.add_user_group("comms", &["bob"]);
    system.tick(jobs::payloads::slack::CopyGroups::all()).await;
    system.settled().await;
    let private = [
        FIELDS[0],
        FIELDS[1],
        ("Private incident", "Only people invited to its channel may see it"),
    ];
    system.declare("alice", &private).await;
    system.declared(1).await;
    let channel = system.incident_channel().id;
    let offered = system.sandbox.messages(&channel);
    assert!(
        !offered.iter().any(|message| message.text.contains("Statuspage:")),
        "{offered:#?}"
    );
    // The panel has a button for those who want it all the same.
    let alice = system.sandbox.person("alice");
    let refused = system
        .open(&alice, async || {
            alice.click(&channel, &system.panel().ts, "statuspage.open").await
        })
        .await;
    assert!(
        refused.content.to_string().contains("Only people in @comms"),
        "{}",
        refused.content
    );
    system.sandbox.invite("alice", &channel, "bob");
    let bob = system.sandbox.person("bob");
    let member = format!("incident_members WHERE slack_user_id = '{}'", bob.id());
    system.counted(&member, 1).await;
    let form = system
        .open(&bob, async || {
            bob.click(&channel, &system.panel().ts, "statuspage.open").await
        })
        .await;
    assert!(
        form.content.to_string().contains("everybody can read"),
        "{}",
        form.content
    );
    let step = next(&system, &bob, &form, &fields()).await;
    system.submit(&bob, &step, &[]).await;
    system
        .counted("statuspage_published WHERE statuspage_id IS NOT NULL", 1)
        .await;
    system.settled().await;
    assert!(said(&system).contains("Update…"));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resolved_along_by_setting_or_left() {
    let system = System::start_with(with_page()).await;
    Update::prepare(&system).await;
    // Somebody touches another component on Statuspage itself.
    system.set("statuspage_on_resolve", json!("always")).await;
    resolve(&system, &[("Technical lead", "bob")]).await;
    wait_for("the end there", async || {
        (system.sandbox.page_incidents()[0].status == "resolved").then_some(())
    })
    .await;
    system.settled().await;
    assert_eq!(system.sandbox.component_status("Cards").as_deref(), Some("operational"));
    assert_eq!(system.count("questions WHERE kind = 'statuspage'").await, 0);
    system.end().await;

    let system = System::start_with(with_page()).await;
    Resolve::prepare(&system).await;
    let channel = system.incident_channel().id;
    let question = system.message_with(&channel, "still tells customers").await;
    system.press("alice", &channel, &question, "Leave it").await;
    system
        .counted("questions WHERE kind = 'statuspage' AND settled IS NOT NULL", 1)
        .await;
    system.settled().await;
    assert_eq!(system.sandbox.page_incidents()[0].status, "investigating");
    let left = system.message_with(&channel, "leaves Statuspage as it is").await;
    assert_eq!(left.ts, question.ts);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_there_is_listed() {
    let system = System::start_with(with_page()).await;
    system.sandbox.begin_on_statuspage("Search is slow", false);
    system.sandbox.begin_on_statuspage("New databases", true);
    system.tick(Poll::job()).await;
    system.settled().await;
    let alice = system.sandbox.person("alice");
    let answer = alice.slash("/incident", "ls-sp-inc", "general").await;
    let text = answer.payload.unwrap()["text"].as_str().unwrap().to_owned();
    for part in [
        "1 incident is open",
        "Search is slow",
        "Maintenance",
        "New databases",
        "Looked at",
    ] {
        assert!(text.contains(part), "{text}");
    }
    alice.invite_bot("general");
    let ts = alice.mention("general", "ls-sp-inc");
    wait_for("the answer", async || {
        let mut messages = system.sandbox.messages("general").into_iter();
        messages.find(|message| message.thread_ts.as_deref() == Some(&ts) && message.text.contains("Search is slow"))
    })
    .await;
    // What cannot be read is said.
    system
        .sandbox
        .faults()
        .add(Fault::new("statuspage.list_unresolved", Harm::Status(401)));
    system.tick(Poll::job()).await;
    system.settled().await;
    let answer = alice.slash("/incident", "ls-sp-inc", "general").await;
    let text = answer.payload.unwrap()["text"].as_str().unwrap().to_owned();
    assert!(text.contains("could not be read since"), "{text}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_components_are_searched_in_the_copy() {
    let system = System::start_with(with_page()).await;
    system.crowd_statuspage();
    system.tick(CopyComponents::all()).await;
    system.settled().await;
    assert_eq!(system.count("statuspage_components").await, 505);
    Publish::prepare(&system).await;
    system.sandbox.clear_calls();
    let alice = system.sandbox.person("alice");
    let began = Instant::now();
    let form = form(&system, &alice, "Publish on Statuspage…").await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let mut fields = fields();
    fields[3] = ("Components", json!(["Service 24-19", "Service 07-03"]));
    let step = next(&system, &alice, &form, &fields).await;
    assert!(
        step.content.to_string().contains("Region 24: Service 24-19"),
        "{}",
        step.content
    );
    let asked = system.sandbox.calls();
    assert!(
        !asked.iter().any(|call| call.method.starts_with("statuspage.")),
        "nobody is asked: {asked:#?}"
    );
    system.submit(&alice, &step, &[]).await;
    system.settled().await;
    assert_eq!(
        system.sandbox.component_status("Service 24-19").as_deref(),
        Some("partial_outage")
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_a_second_of_all_replicas_together() {
    let mut system = System::new(with_page()).await;
    system.sandbox.limit_statuspage(true);
    system.add_gateway();
    for _ in 0..2 {
        system.add_worker_with(|config| {
            if let Some(statuspage) = &mut config.statuspage {
                statuspage.pace = Duration::from_secs(1);
                statuspage.timeout = Duration::from_secs(4);
            }
        });
    }
    system.connected(2).await;
    system.channels_copied().await;
    Publish::prepare(&system).await;
    system.settled().await;
    system.sandbox.clear_calls();
    let began = Instant::now();
    system.tick(Poll::job()).await;
    system.tick(CopyComponents::all()).await;
    Publish::run(&system).await;
    system.settled().await;
    let took = began.elapsed();
    let calls = system.sandbox.calls().into_iter();
    let answered = calls.filter(|call| call.method.starts_with("statuspage.") && call.outcome == sandbox::Outcome::Ok);
    let answered = u32::try_from(answered.count()).unwrap();
    assert!(answered >= 5, "{answered}");
    assert!(
        took >= Duration::from_millis(900) * (answered - 1),
        "{answered} calls in {took:?}"
    );
    assert_eq!(system.sandbox.page_incidents().len(), 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_420_is_waited_for_by_all() {
    let mut system = System::start_with(with_page()).await;
    system.add_worker();
    Publish::prepare(&system).await;
    // Without a pace of their own they run into it.
    system.sandbox.limit_statuspage(true);
    Publish::run(&system).await;
    system.tick(Poll::job()).await;
    system
        .counted(
            "vendor_limits WHERE vendor = 'statuspage' AND until > now() + interval '5 s'",
            1,
        )
        .await;
    system.sandbox.limit_statuspage(false);
    system.execute("DELETE FROM vendor_limits").await;
    system
        .execute("UPDATE jobs SET run_at = now() WHERE state = 'waiting' AND queue = 'statuspage'")
        .await;
    system.settled().await;
    assert_eq!(system.sandbox.page_incidents().len(), 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statuspage_that_hangs_slows_no_incident() {
    let mut system = System::new(with_page()).await;
    system.add_gateway();
    system.add_worker_with(|config| {
        if let Some(statuspage) = &mut config.statuspage {
            statuspage.timeout = Duration::from_mins(1);
        }
        config.jobs.handler_timeout = Duration::from_mins(2);
    });
    system.connected(2).await;
    system.channels_copied().await;
    Publish::prepare(&system).await;
    let held = system.sandbox.barrier("statuspage.create_incident", 1, Side::Before);
    let polled = system.sandbox.barrier("statuspage.list_unresolved", 1, Side::Before);
    Publish::run(&system).await;
    system.tick(Poll::job()).await;
    held.reached().await;
    polled.reached().await;
    let began = Instant::now();
    system.choose("alice", "severity.set", "sev1").await;
    system.choose("alice", "status.set", "identified").await;
    resolve(&system, &[("Technical lead", "bob")]).await;
    system.counted("incidents WHERE resolved_at IS NOT NULL", 1).await;
    system
        .message_with(&system.incident_channel().id, "✅ Resolved by alice")
        .await;
    system.declare("bob", &[("Description", "Search is down")]).await;
    wait_for("the second channel with its panel", async || {
        let channels = system.sandbox.channels().into_iter();
        let second = channels
            .into_iter()
            .find(|channel| channel.name.contains("search-is-down"))?;
        (!system.sandbox.pins(&second.id).is_empty()).then_some(())
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert!(
        held.is_reached() && polled.is_reached(),
        "Statuspage hangs all the while"
    );
    held.release();
    polled.release();
    system.settled().await;
    assert_eq!(system.sandbox.page_incidents().len(), 1);
    system.end().await;
}
