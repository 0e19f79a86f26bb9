//! Workers come and go while incidents are declared.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use testing::{Child, System, wait_for};

use crate::load::{declaration, each_is_complete_once};
use crate::paging::set_teams;

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

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_without_workers_waits_and_nothing_else_does() {
    const INCIDENTS: usize = 20;
    let mut system = System::new(sandbox::Config::default()).await;
    system.pagerduty = true;
    set_teams(&system, "sev2", &["Payments"]).await;
    let start = async |queues| {
        let mut child = Child::start_with("worker", &system, &[("WORKER_QUEUES", queues)]);
        child.ready().await;
        child
    };
    let _gateway = Child::start("gateway", &system);
    let _others = start("slack,confluence,statuspage,status-polling").await;
    let pages = start("pagerduty").await;
    system.ready().await;
    pages.stop().await;

    for number in 0..INCIDENTS {
        let (who, text) = declaration(number);
        let fields = [("Description", text.as_str()), ("Severity", "🟧 SEV2")];
        system.declare(who, &fields).await;
    }
    wait_for("all but the pages to be done", async || {
        let unfinished = system.unfinished().await?;
        let pages = unfinished.iter().filter(|job| job.kind.starts_with("pagerduty."));
        (unfinished.len() == INCIDENTS && pages.count() == INCIDENTS).then_some(())
    })
    .await;
    let channels = system.sandbox.channels().into_iter();
    let ours: Vec<_> = channels.filter(|channel| channel.name.starts_with("inc-")).collect();
    assert_eq!(ours.len(), INCIDENTS);
    assert!(ours.iter().all(|channel| system.sandbox.pins(&channel.id).len() == 1));
    assert_eq!(system.sandbox.messages("incidents").len(), INCIDENTS);
    assert_eq!(system.sandbox.pagerduty().incidents.len(), 0);

    let _three = tokio::join!(start("pagerduty"), start("pagerduty"), start("pagerduty"));
    system.settled().await;
    let incidents = system.sandbox.pagerduty().incidents;
    let keys: BTreeSet<_> = incidents.iter().map(|incident| &incident.key).collect();
    assert_eq!((incidents.len(), keys.len()), (INCIDENTS, INCIDENTS));
    system.end().await;
}
