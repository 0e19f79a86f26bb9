//! What is published, by whom, and what people see of it.

use std::time::Duration;
use std::time::Instant;

use jobs::{CopyComponents, PollStatuspage};
use sandbox::Fault;
use sandbox::Harm;
use serde_json::json;
use testing::System;
use testing::wait_for;

use super::{MESSAGE, Publish, Resolve, Update, fields, form, next, refused_calls, said, shown, with_page};
use crate::declare::FIELDS;
use crate::matrix::Flow;
use crate::status::resolve;

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
            "alice published “Payments &amp; refunds fail” on Statuspage (Investigating): “Some &lt;cards&gt; are declined &amp; we are looking into it.”"
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
            .count("prompts WHERE kind = 'statuspage' AND outcome IS NOT NULL")
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
        system.tick(PollStatuspage {}.job()).await;
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
            "On Statuspage, the name is now “Cards fail”.",
            "Statuspage now shows Identified: “A bad &lt;deploy&gt;.”"
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
    assert!(
        shown(&system).text.contains("Deleted on Statuspage"),
        "{}",
        shown(&system).text
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_and_what_is_private() {
    let system = System::start_with(with_page()).await;
    system.set("statuspage_groups", json!(["comms"])).await;
    system.sandbox.add_user_group("comms", &["bob"]);
    system.tick(jobs::CopyGroups {}.job()).await;
    system.settled().await;
    let private = [
        FIELDS[0],
        FIELDS[1],
        ("Private incident", "Only people invited to its channel can see it"),
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
    assert_eq!(system.count("prompts WHERE kind = 'statuspage'").await, 0);
    system.end().await;

    let system = System::start_with(with_page()).await;
    Resolve::prepare(&system).await;
    let channel = system.incident_channel().id;
    let question = system.message_with(&channel, "still open on Statuspage").await;
    system.press("alice", &channel, &question, "Leave as is").await;
    system
        .counted("prompts WHERE kind = 'statuspage' AND outcome IS NOT NULL", 1)
        .await;
    system.settled().await;
    assert_eq!(system.sandbox.page_incidents()[0].status, "investigating");
    let left = system.message_with(&channel, "left Statuspage as it is").await;
    assert_eq!(left.ts, question.ts);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_there_is_listed() {
    let system = System::start_with(with_page()).await;
    system.sandbox.begin_on_statuspage("Search is slow", false);
    system.sandbox.begin_on_statuspage("New databases", true);
    system.tick(PollStatuspage {}.job()).await;
    system.settled().await;
    let alice = system.sandbox.person("alice");
    let answer = alice.slash("/incident", "ls-sp-inc", "general").await;
    let text = answer.payload.unwrap()["text"].as_str().unwrap().to_owned();
    for part in [
        "1 incident is open",
        "Search is slow",
        "Maintenance",
        "New databases",
        "Checked",
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
    system.tick(PollStatuspage {}.job()).await;
    system.settled().await;
    let answer = alice.slash("/incident", "ls-sp-inc", "general").await;
    let text = answer.payload.unwrap()["text"].as_str().unwrap().to_owned();
    assert!(text.contains("can't be read since"), "{text}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_components_are_searched_in_the_copy() {
    let system = System::start_with(with_page()).await;
    system.settled().await;
    system.crowd_statuspage();
    system.sandbox.clear_calls();
    system.tick(CopyComponents::all()).await;
    system.settled().await;
    assert_eq!(system.count("statuspage_components").await, 505);
    // The job of each page hands the groups on.
    let asked = |method: &str| {
        let calls = system.sandbox.calls().into_iter();
        calls.filter(|call| call.method == method).count()
    };
    assert_eq!(
        (asked("statuspage.list_groups"), asked("statuspage.list_components")),
        (1, 6)
    );
    Publish::prepare(&system).await;
    system.settled().await;
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
