//! Who is on call: copied from PagerDuty, shown in words and at home.

use domain::Clock;
use jobs::CopyOnCall;
use sandbox::{Fault, Harm};
use testing::{LAST_TEAM, System, wait_for};

use crate::declare::FIELDS;

fn blocks(system: &System, who: &str) -> String {
    let shown = system.sandbox.ephemerals(who);
    serde_json::to_string(&shown.last().expect("an answer").blocks).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_told_in_words_and_at_home() {
    let system = System::start_with_pagerduty().await;
    let alice = system.sandbox.person("alice");
    alice.slash("/incident", "pager", "incidents").await;
    let said = blocks(&system, "alice");
    for part in [
        "Payments",
        "On call: erin until",
        "Escalates to: frank",
        "On-call data synced from PagerDuty",
        "Invite erin",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    alice.slash("/incident", "pager dave", "incidents").await;
    let said = blocks(&system, "alice");
    assert!(said.contains("Platform") && !said.contains("Payments"), "{said}");

    alice.open_home();
    let home = system.sandbox.wait_until(|state| state.home("alice").cloned()).await;
    assert!(home.content.to_string().contains("On call: erin"), "{}", home.content);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_on_call_is_invited_or_paged_alone() {
    let system = System::start_with_pagerduty().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let channel = system.incident_channel().id;
    let alice = system.sandbox.person("alice");
    alice.mention(&channel, "pager");
    let list = system.message_with(&channel, "Who is on call now").await;
    let team = system.sandbox.pagerduty().policies[0].id.clone();
    let erin = system.sandbox.person("erin").id().to_owned();
    let answer = alice
        .select(
            &channel,
            &list.ts,
            &format!("on_call.act/{team}"),
            format!("invite/{erin}").as_str(),
        )
        .await;
    assert!(answer.is_acked());
    system.settled().await;
    assert!(system.incident_channel().members.contains(&erin));
    assert!(
        system.notices().iter().any(|line| line.contains("to the channel.")),
        "{:#?}",
        system.notices()
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_any_size_it_is_copied_completely_and_opens_from_here() {
    let system = System::start_with_pagerduty().await;
    system.crowd_pagerduty();
    system.tick(CopyOnCall::all()).await;
    system.settled().await;
    assert_eq!(system.count("on_call_schedules").await, 201);
    assert_eq!(system.count("on_call_policies").await, 63);
    assert_eq!(system.count("on_call_users").await, 257);
    let latency = std::time::Duration::from_secs(5);
    for call in ["list_users", "list_escalation_policies", "list_on_calls"] {
        system
            .sandbox
            .faults()
            .set_latency_of(&format!("pagerduty.{call}"), Some(latency));
    }
    system.sandbox.clear_calls();
    let alice = system.sandbox.person("alice");
    let asked = std::time::Instant::now();
    let form = alice.open("open_incident_bot_pager").await;
    let took = asked.elapsed();
    assert!(took < std::time::Duration::from_millis(1_500), "{took:?}");
    let calls = system.sandbox.calls();
    assert!(
        calls.iter().all(|call| !call.method.starts_with("pagerduty.")),
        "{calls:#?}"
    );
    // Choosing asks for what fits.
    alice.select_view(&form, "Team", LAST_TEAM).await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_old_says_so() {
    let system = System::start_with_pagerduty().await;
    system
        .sandbox
        .faults()
        .add(Fault::new("pagerduty.list_services", Harm::Status(403)));
    system.tick(CopyOnCall::all()).await;
    wait_for("the failure", async || {
        (system.count("on_call_state WHERE error IS NOT NULL").await == 1).then_some(())
    })
    .await;
    system.settled().await;
    system.clock.advance(chrono::TimeDelta::hours(2));
    let alice = system.sandbox.person("alice");
    alice.slash("/incident", "pager", "incidents").await;
    let said = blocks(&system, "alice");
    assert!(
        said.contains("It can't be read since") && said.contains("On call: erin"),
        "{said}"
    );
    system.sandbox.faults().clear();
    let mut conn = system.pool().acquire().await.unwrap();
    queue::enqueue_at(&mut conn, system.clock.now(), vec![CopyOnCall::all()])
        .await
        .unwrap();
    drop(conn);
    system.settled().await;
    assert_eq!(system.count("on_call_state WHERE error IS NULL").await, 1);
    system.end().await;
}
