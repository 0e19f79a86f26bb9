//! Workers come and go while incidents are declared.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use jobs::PollProvider;
use testing::{Child, System, wait_for};

use crate::load::{declaration, each_is_complete_once};
use crate::paging::set_teams;
use crate::statuspage::{publish, with_page};

#[tokio::test(flavor = "multi_thread")]
async fn one_worker_becomes_three_and_one_again() {
    const INCIDENTS: usize = 105;
    let mut config = sandbox::Config::default();
    // A slow machine must not turn an answer into none.
    config.timing.ack_timeout = Duration::from_secs(20);
    let system = System::new(config).await;
    let start = async |service| {
        let mut child = Child::start(service, &system);
        child.ready().await;
        child
    };
    let gateway = start("gateway").await;
    let first = start("worker").await;
    system.connected(2).await;
    system.channels_copied().await;
    let mut forms = Vec::new();
    for number in 0..INCIDENTS {
        let (who, text) = declaration(number);
        let person = system.sandbox.person(who);
        let form = system.open_form(&person).await;
        forms.push((person, form, text));
    }

    let pressed = join_all(
        forms
            .iter()
            .map(async |(person, form, text)| system.submit(person, form, &[("Description", text)]).await),
    );
    let posted = async |incidents| {
        wait_for("posts in the digest channel", async || {
            (system.sandbox.messages("incidents").len() >= incidents).then_some(())
        })
        .await;
    };
    let scaled = async {
        posted(10).await;
        let (second, third) = tokio::join!(start("worker"), start("worker"));
        posted(INCIDENTS / 2).await;
        // Whoever is stopped gives back what it has.
        tokio::join!(first.stop(), second.stop());
        third
    };
    let (_, last) = tokio::join!(pressed, scaled);
    system.declared(i64::try_from(INCIDENTS).unwrap()).await;
    each_is_complete_once(&system, INCIDENTS);
    last.stop().await;
    gateway.stop().await;
    system.end().await;
}

/// A worker for each queue, as they are deployed: one, none, three, and one again. While a queue has none, its own jobs wait and no
/// others; then all come, once.
#[tokio::test(flavor = "multi_thread")]
async fn each_queue_is_scaled_alone() {
    const AT_A_TIME: usize = 3;
    // Without Slack's, what needs a channel waits too.
    const QUEUES: [&str; 4] = ["pagerduty", "confluence", "statuspage", "status-polling"];
    const INCIDENTS: usize = AT_A_TIME * QUEUES.len();
    let mut system = System::new(with_page()).await;
    system.pagerduty = true;
    set_teams(&system, "sev2", &["Payments"]).await;
    let start = async |queue| {
        let mut child = Child::start_with("worker", &system, &[("WORKER_QUEUES", queue)]);
        child.ready().await;
        child
    };
    let _gateway = Child::start("gateway", &system);
    let _slack = start("slack").await;
    let mut workers = BTreeMap::new();
    for queue in QUEUES {
        workers.insert(queue, start(queue).await);
    }
    system.ready().await;

    for (round, queue) in QUEUES.into_iter().enumerate() {
        workers.remove(queue).unwrap().stop().await;
        for number in 0..AT_A_TIME {
            need_every_vendor(&system, AT_A_TIME * round + number).await;
        }
        let own = format!("{}.", queue.replace('-', "_"));
        wait_for("all but the jobs of one queue to be done", async || {
            let unfinished = system.unfinished().await?;
            let others = unfinished.iter().filter(|job| !job.kind.starts_with(&own));
            (others.count() == 0 && unfinished.len() >= AT_A_TIME).then_some(())
        })
        .await;
        let (one, two, three) = tokio::join!(start(queue), start(queue), start(queue));
        system.settled().await;
        tokio::join!(two.stop(), three.stop());
        workers.insert(queue, one);
    }

    let channels = system.sandbox.channels().into_iter();
    let ours: Vec<_> = channels.filter(|channel| channel.name.starts_with("inc-")).collect();
    assert_eq!(ours.len(), INCIDENTS);
    // The panel, and what Statuspage says.
    assert!(ours.iter().all(|channel| system.sandbox.pins(&channel.id).len() == 2));
    assert_eq!(system.sandbox.messages("incidents").len(), INCIDENTS);
    let paged = system.sandbox.pagerduty().incidents;
    let keys: BTreeSet<_> = paged.iter().map(|incident| &incident.key).collect();
    assert_eq!((paged.len(), keys.len()), (INCIDENTS, INCIDENTS));
    assert_eq!(system.sandbox.confluence_pages().len(), INCIDENTS);
    assert_eq!(system.sandbox.page_incidents().len(), INCIDENTS);
    let looked_at = "upstream_providers WHERE error IS NULL AND provider LIKE '%/shop-%'";
    assert_eq!(system.count(looked_at).await, i64::try_from(INCIDENTS).unwrap());
    system.end().await;
}

/// Alice declares an incident that pages a team, has its RCA document written and publishes it; and another provider is polled.
async fn need_every_vendor(system: &System, number: usize) {
    let (_, text) = declaration(number);
    let title = text.lines().next().unwrap();
    let fields = [("Description", text.as_str()), ("Severity", "🟧 SEV2")];
    system.declare("alice", &fields).await;
    let channel = wait_for("the channel with its panel", async || {
        let mut channels = system.sandbox.channels().into_iter();
        let channel = channels.find(|channel| channel.topic == title)?;
        (!system.sandbox.pins(&channel.id).is_empty()).then_some(channel)
    })
    .await;

    let writings = "jobs WHERE kind = 'confluence.write_document'";
    let wanted = i64::try_from(number + 1).unwrap();
    let alice = system.sandbox.person("alice");
    wait_for("the request for a document", async || {
        if system.count(writings).await < wanted {
            alice.slash("/incident", "rca", &channel.id).await;
        }
        (system.count(writings).await == wanted).then_some(())
    })
    .await;

    system.message_with(&channel.id, "Statuspage:").await;
    assert_eq!(system.incident_channel().id, channel.id);
    publish(system).await;

    let provider = format!("{}/shop-{number}", system.sandbox.feeds_url());
    system.tick(PollProvider::of(&provider)).await;
}
