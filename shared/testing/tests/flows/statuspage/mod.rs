//! Statuspage: published once when somebody has confirmed it, kept true, resolved along; what is done there is seen.

use jobs::{CopyComponents, PollStatuspage};
use sandbox::{Message, Person, Submission, View};
use serde_json::{Value, json};
use testing::{System, wait_for};

use crate::declare::FIELDS;
use crate::matrix::Flow;
use crate::status::resolve;

mod published;
mod trouble;

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
        let question = system.message_with(&channel, "still open on Statuspage").await;
        let form = system
            .open(&alice, async || {
                alice.click(&channel, &question.ts, "Resolve on Statuspage…").await
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

/// The page has got new components, and they are copied.
pub(crate) struct Copy;

impl Flow for Copy {
    fn sandbox() -> sandbox::Config {
        with_page()
    }

    async fn prepare(system: &System) {
        system.sandbox.add_components(Some("Search"), &["Index", "Queries"]);
    }

    async fn run(system: &System) {
        let copied = "statuspage_components WHERE name IN ('Index', 'Queries') AND group_name = 'Search'";
        // What a broken copy did not bring the next one does.
        for _ in 0..3 {
            system.tick(CopyComponents::all()).await;
            system.settled().await;
            if system.count(copied).await == 2 {
                break;
            }
        }
        assert_eq!(system.count(copied).await, 2);
    }
}

/// Has Statuspage looked at until the channel is told what is new there: what a broken look did not find the next one does.
async fn look_until_told(system: &System) {
    let told = "timeline_entries WHERE kind = 'statuspage_updated'";
    for _ in 0..3 {
        system.tick(PollStatuspage {}.job()).await;
        system.settled().await;
        if system.count(told).await > 0 {
            break;
        }
    }
    system.counted(told, 1).await;
}

pub(crate) fn with_page() -> sandbox::Config {
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
            Submission::Errors(errors) if errors.values().any(|error| error.contains("couldn't confirm")) => {}
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

/// Alice publishes the newest incident by its form.
pub(crate) async fn publish(system: &System) {
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
