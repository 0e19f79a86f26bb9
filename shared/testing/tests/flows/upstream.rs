//! What is wrong upstream: told when an incident begins, and when it changes while one goes on.

use std::time::Duration;

use jobs::PollProviders;
use sandbox::{Fault, Harm, Junk, Message, Outcome, Side};
use testing::{System, wait_for};

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// An incident is declared while something is wrong upstream.
pub(crate) struct Trouble;

impl Flow for Trouble {
    async fn prepare(system: &System) {
        system.sandbox.begin_outage("github", "Incident with Actions");
        watch(system, &["github", "heroku"]).await;
    }

    async fn run(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }
}

/// Something goes wrong upstream while an incident goes on.
pub(crate) struct NewTrouble;

impl Flow for NewTrouble {
    async fn prepare(system: &System) {
        watch(system, &["github"]).await;
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }

    async fn run(system: &System) {
        system.sandbox.begin_outage("github", "Incident with Actions");
        let told = "timeline_entries WHERE kind = 'upstream_changed'";
        for _ in 0..3 {
            look(system).await;
            // A feed that stands in for another does not say how bad it is.
            let known = system.count("upstream_outages WHERE impact = 'major'").await > 0;
            if known && system.count("upstream_providers WHERE error IS NOT NULL").await == 0 {
                break;
            }
        }
        system.counted(told, 1).await;
    }
}

/// Puts providers into the settings and looks at them.
async fn watch(system: &System, providers: &[&str]) {
    system.set("providers", serde_json::json!(providers)).await;
    look(system).await;
}

/// Has the providers looked at.
async fn ask(system: &System) {
    let mut conn = system.pool().acquire().await.unwrap();
    queue::enqueue(&mut conn, vec![PollProviders {}.job()]).await.unwrap();
}

/// Looks at the providers.
async fn look(system: &System) {
    ask(system).await;
    system.settled().await;
}

/// The messages in the incident's channel that show what is wrong upstream.
fn shown(system: &System) -> Vec<Message> {
    let messages = system.sandbox.messages(&system.incident_channel().id).into_iter();
    messages
        .filter(|message| message.text.contains("*Upstream:*"))
        .collect()
}

/// All that the one message says.
fn said(system: &System) -> String {
    let shown = shown(system);
    assert_eq!(shown.len(), 1, "{shown:#?}");
    serde_json::to_string(&shown[0].blocks).unwrap()
}

/// The calls of a provider's feeds.
fn asked(system: &System, provider: &str) -> Vec<sandbox::Call> {
    let calls = system.sandbox.calls().into_iter();
    calls
        .filter(|call| call.method == format!("feeds.{provider}"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_provider_is_told_of() {
    let system = System::start().await;
    let page = format!("{}/acme", system.sandbox.feeds_url());
    let mut names: Vec<&str> = domain::upstream::known().collect();
    names.push(&page);
    for provider in domain::upstream::known().chain(["acme"]) {
        system
            .sandbox
            .begin_outage(provider, &format!("{provider} is slow & sad"));
        let over = system.sandbox.begin_outage(provider, &format!("{provider} was down"));
        assert!(system.sandbox.change_outage(provider, over, "resolved"));
    }
    watch(&system, &names).await;
    let every = i64::try_from(names.len()).unwrap();
    assert_eq!(system.count("upstream_providers WHERE error IS NULL").await, every);
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let said = said(&system);
    for provider in domain::upstream::known().chain(["acme"]) {
        assert!(
            said.contains(&format!("{provider} is slow &amp; sad")),
            "{provider}: {said}"
        );
        // Heroku tells of nothing that is over.
        assert_eq!(
            said.contains(&format!("{provider} was down")),
            provider != "heroku",
            "{provider}: {said}"
        );
    }
    assert_eq!(system.notices(), [] as [&str; 0], "it was wrong before");

    // Everything ends, also where it only is not told of any more.
    for provider in domain::upstream::known().chain(["acme"]) {
        system.sandbox.change_outage(provider, 1, "resolved");
    }
    look(&system).await;
    assert_eq!(system.count("upstream_outages WHERE ended_at IS NULL").await, 0);
    assert_eq!(
        system.count("timeline_entries WHERE kind = 'upstream_changed'").await,
        every
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_trouble_it_is_one_line() {
    let system = System::start().await;
    watch(&system, &["github", "heroku"]).await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let shown = shown(&system);
    assert_eq!(shown[0].blocks.len(), 1, "{shown:#?}");
    assert!(
        shown[0]
            .text
            .contains("all clear now and in the last 5 days: GitHub and Heroku"),
        "{}",
        shown[0].text
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_while_an_incident_goes_on_is_told_once() {
    let mut system = System::start().await;
    system.add_worker();
    watch(&system, &["github"]).await;
    let private = [
        FIELDS[0],
        FIELDS[1],
        ("Private incident", "Only people invited to its channel can see it"),
    ];
    system.declare("alice", &private).await;
    system.declared(1).await;
    assert_eq!(system.count("incidents WHERE private").await, 1);
    let id = system.sandbox.begin_outage("github", "Incident with <Actions>");
    look(&system).await;
    look(&system).await;
    let begun = "GitHub reports “Incident with &lt;Actions&gt;”: investigating.";
    assert_eq!(system.notices(), [begun]);
    assert!(said(&system).contains("investigating"));

    system.sandbox.change_outage("github", id, "monitoring");
    look(&system).await;
    system.sandbox.change_outage("github", id, "resolved");
    look(&system).await;
    look(&system).await;
    let told = [
        begun,
        "GitHub reports “Incident with &lt;Actions&gt;”: monitoring.",
        "GitHub reports “Incident with &lt;Actions&gt;”: resolved.",
    ];
    assert_eq!(system.notices(), told);
    assert!(said(&system).contains("no known issues"));
    // One look asks each feed once, whichever worker does it, and for what is new only.
    let asked = asked(&system, "github");
    assert_eq!(asked.len(), 2 * 6, "{asked:#?}");
    let unchanged = asked.iter().filter(|call| call.outcome == Outcome::Status(304));
    assert!(unchanged.count() >= 3, "{asked:#?}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reload_looks_and_draws_anew() {
    let system = System::start().await;
    watch(&system, &["github"]).await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    system.sandbox.begin_outage("github", "Incident with Actions");
    let alice = system.sandbox.person("alice");
    let answer = alice
        .click(&system.incident_channel().id, &shown(&system)[0].ts, "Refresh")
        .await;
    assert!(answer.is_acked());
    system.settled().await;
    assert!(said(&system).contains("Incident with Actions"));
    assert_eq!(system.notices().len(), 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_feed_hurts_nothing() {
    let harms = [
        Harm::Status(503),
        Harm::Status(404),
        Harm::RateLimited(3_600),
        Harm::DropBefore,
        Harm::HangBefore,
        Harm::Junk(Junk::InvalidJson),
        Harm::Junk(Junk::Page),
        Harm::Junk(Junk::Endless),
        Harm::Junk(Junk::RedirectLoop),
    ];
    let system = System::start().await;
    let mut pages = Vec::new();
    for (number, harm) in harms.iter().enumerate() {
        let name = format!("broken{number}");
        system
            .sandbox
            .faults()
            .add(Fault::new(&format!("feeds.{name}"), harm.clone()));
        pages.push(format!("{}/{name}", system.sandbox.feeds_url()));
    }
    system.sandbox.begin_outage("github", "Incident with Actions");
    let providers: Vec<_> = pages.iter().map(String::as_str).chain(["github"]).collect();
    watch(&system, &providers).await;
    assert_eq!(system.count("upstream_providers WHERE error IS NOT NULL").await, 9);
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let said = said(&system);
    assert!(said.contains("Incident with Actions"), "{said}");
    // Why an address that an admin named cannot be read is for the log alone: it would tell what answers where.
    assert_eq!(
        system
            .count("upstream_providers WHERE error = 'it could not be read'")
            .await,
        9
    );
    assert!(said.contains("it could not be read"), "{said}");
    assert_eq!(system.sandbox.pins(&system.incident_channel().id).len(), 1);

    // One that asked to be left alone is; the others are well again.
    system.sandbox.faults().clear();
    system.sandbox.clear_calls();
    look(&system).await;
    assert_eq!(system.count("upstream_providers WHERE error IS NOT NULL").await, 1);
    assert!(asked(&system, "broken2").is_empty() && !asked(&system, "broken0").is_empty());
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_hangs_slows_no_declaration() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.add_gateway();
    system.add_worker_with(|config| {
        config.upstream.timeout = Duration::from_mins(1);
        config.jobs.handler_timeout = Duration::from_mins(2);
    });
    system.connected(2).await;
    system.channels_copied().await;
    watch(&system, &["github"]).await;
    let held = system.sandbox.barrier("feeds.github", 1, Side::Before);
    ask(&system).await;
    held.reached().await;
    system.declare("alice", &FIELDS).await;
    wait_for("the channel with its messages", async || {
        let mut channels = system.sandbox.channels().into_iter();
        let channel = channels.find(|channel| channel.name.starts_with("inc-"))?;
        let messages = system.sandbox.messages(&channel.id).len();
        (messages == 2 && !system.sandbox.pins(&channel.id).is_empty()).then_some(())
    })
    .await;
    assert!(held.is_reached(), "the feed hangs all the while");
    held.release();
    system.declared(1).await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_served_alone() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.add_gateway();
    system.add_worker_with(|config| config.jobs.queues = vec![jobs::queues::STATUS_POLLING]);
    system.connected(2).await;
    system.sandbox.begin_outage("aws", "Slow queues");
    watch(&system, &["aws"]).await;
    assert_eq!(system.count("upstream_outages").await, 1);
    system.declare("alice", &FIELDS).await;
    system.counted("incidents", 1).await;
    look_alone(&system).await;
    let slack = "jobs WHERE queue = 'slack'";
    assert_eq!(system.count(&format!("{slack} AND attempt > 0")).await, 0);
    assert_eq!(
        system
            .count(&format!("{slack} AND kind = 'slack.create_channel'"))
            .await,
        1,
        "the channel waits for those who make channels"
    );
    // They come, and it is shown.
    system.add_worker();
    system.declared(1).await;
    assert!(said(&system).contains("Slow queues"));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_environment_names_wrongly_is_said_until_it_is_right() {
    let warnings = async |system: &System| {
        let mut conn = system.pool().acquire().await.unwrap();
        store::upstream::warnings(&mut conn).await.unwrap()
    };
    let mut system = System::new(sandbox::Config::default()).await;
    system.add_gateway();
    system.add_worker_with(|config| config.upstream.warnings = vec!["“gitlab” is <not> a provider".to_owned()]);
    system.ready().await;
    assert_eq!(warnings(&system).await, ["“gitlab” is <not> a provider"]);
    let report = crate::commands::diag(&system).await;
    assert!(report.contains("⚠️ “gitlab” is &lt;not&gt; a provider"), "{report}");
    // A worker of other queues may not have the variables.
    system.stop_last().await;
    system.add_worker_with(|config| config.jobs.queues = vec![jobs::queues::SLACK]);
    system.ready().await;
    assert_eq!(warnings(&system).await.len(), 1);
    system.add_worker();
    wait_for("the environment to be right", async || {
        warnings(&system).await.is_empty().then_some(())
    })
    .await;
    system.end().await;
}

/// Looks at the providers, where jobs of other queues wait.
async fn look_alone(system: &System) {
    ask(system).await;
    wait_for("the look", async || {
        let left = system
            .count("jobs WHERE queue = 'status-polling' AND state IN ('waiting', 'running')")
            .await;
        (left == 0).then_some(())
    })
    .await;
}
