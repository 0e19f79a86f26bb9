//! What PagerDuty refuses, and when it is slow or not there.

use std::time::Duration;

use chrono::TimeDelta;
use sandbox::Fault;
use sandbox::Harm;
use sandbox::Side;
use sandbox::Submission;
use testing::System;
use testing::wait_for;

use super::{Page, change, open, page, poll, problem, set_teams};
use crate::declare::FIELDS;
use crate::matrix::Flow;
use crate::status;

#[tokio::test(flavor = "multi_thread")]
async fn what_has_to_be_changed_is_said_and_then_tried_again() {
    let system = System::start_with_pagerduty().await;
    Page::prepare(&system).await;
    let channel = system.incident_channel().id;
    // The service was removed since the copy, no service at all, no ability, nobody on whose behalf.
    system
        .sandbox
        .change_pagerduty(|account| account.services.retain(|service| service.name != "Platform"));
    page(&system, "Platform").await;
    system.settled().await;
    let said = problem(&system).await;
    assert!(
        said.text.starts_with("⚠️ Platform was not paged.") && said.text.contains("Service not found"),
        "{}",
        said.text
    );
    system.press("alice", &channel, &said, "Retry").await;
    let said = system
        .message_with(&channel, "Assign it to a service in PagerDuty")
        .await;
    system.sandbox.change_pagerduty(|account| {
        let policies = &account.policies;
        let policy = policies.iter().find(|policy| policy.name == "Platform").unwrap();
        let policy = policy.id.clone();
        account.add_service("Platform again", &policy);
        account.abilities.remove("urgencies");
    });
    system.press("alice", &channel, &said, "Retry").await;
    let said = system
        .message_with(&channel, "doesn't have the feature “urgencies”")
        .await;
    system.sandbox.change_pagerduty(|account| {
        account.abilities.insert("urgencies".to_owned());
        for user in account.users.iter_mut().filter(|user| user.email.starts_with("bot@")) {
            user.email = "gone@example.com".to_owned();
        }
    });
    system.press("alice", &channel, &said, "Retry").await;
    let said = system
        .message_with(&channel, "No PagerDuty user has the e-mail bot@example.com")
        .await;
    system.sandbox.change_pagerduty(|account| {
        account.add_user("Bot", "bot@example.com");
    });
    system.press("alice", &channel, &said, "Retry").await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.settled().await;
    assert_eq!(system.sandbox.pagerduty().incidents.len(), 1);
    assert_eq!(system.notices(), ["alice paged Platform. PagerDuty is calling dave."]);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_that_cannot_be_paged_is_refused_at_the_field() {
    let system = System::start_with_pagerduty().await;
    Page::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    let form = open(&system, &alice).await;
    let refused = alice.submit(&form, [("Team", "Data without a service")]).await;
    let Submission::Errors(errors) = refused else {
        panic!("{refused:?}");
    };
    let said = errors.values().cloned().collect::<String>();
    assert!(
        said.starts_with("Data without a service cannot be paged: no service"),
        "{said}"
    );
    assert_eq!(system.count("pages").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_is_found_by_its_name_while_nothing_is_copied() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.pagerduty = true;
    // A token that may not read shifts never completes a copy.
    let faults = system.sandbox.faults();
    faults.add(Fault::new("pagerduty.list_on_calls", Harm::Status(403)));
    system.add_gateway();
    system.add_worker();
    system.connected(2).await;
    system.channels_copied().await;
    set_teams(&system, "sev2", &["platform", "Nobody"]).await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    assert_eq!(system.count("on_call_state WHERE copied_at IS NULL").await, 1);
    assert_eq!(
        system.notices(),
        ["Platform was paged because of SEV2. PagerDuty is calling dave."]
    );
    assert!(problem(&system).await.text.contains("the team “Nobody”"));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pagerduty_that_hangs_slows_nothing() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.pagerduty = true;
    system.add_gateway();
    system.add_worker_with(|config| {
        if let Some(pagerduty) = &mut config.vendors.pagerduty {
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
    wait_for("the page", async || (system.notices().len() == 1).then_some(())).await;
    system.choose("alice", "severity.set", "sev1").await;
    system.choose("alice", "status.set", "identified").await;
    wait_for("the notices", async || (system.notices().len() == 3).then_some(())).await;
    assert_eq!(system.notices()[0], "📟 Paging Payments because of SEV2…");
    // The call began early and hangs; the channel hears of it all the same.
    system.clock.advance(domain::paging::ACCEPTED_WITHIN);
    let overdue = {
        let channel = system.incident_channel().id;
        system
            .message_with(&channel, "PagerDuty hasn't accepted the page yet")
            .await
    };
    let erin = system.sandbox.person("erin");
    assert!(
        overdue.text.contains(&format!("Call them yourself: <@{}>", erin.id())),
        "{}",
        overdue.text
    );
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
        told.contains("The state of the page to Payments can't be read"),
        "{told}"
    );
    assert!(told.contains("401"), "{told}");
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
    system.clock.advance(domain::paging::ACCEPTED_WITHIN);
    let channel = system.incident_channel().id;
    let overdue = system
        .message_with(&channel, "PagerDuty hasn't accepted the page yet")
        .await;
    system.clock.advance(TimeDelta::minutes(31));
    let said = system.message_with(&channel, "Payments was not paged.").await;
    assert_eq!(said.ts, overdue.ts, "one message is edited");
    system.sandbox.faults().clear();
    system.press("alice", &channel, &said, "Retry").await;
    system.counted("pages WHERE state = 'triggered'", 1).await;
    system.settled().await;
    assert_eq!(system.sandbox.pagerduty().incidents.len(), 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_channel_whoever_declared_is_told_directly_and_then_of_the_result() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.pagerduty = true;
    system.add_gateway();
    system.add_worker_with(|config| config.wait_for_channel = Duration::from_secs(10));
    system.ready().await;
    set_teams(&system, "sev2", &["Payments"]).await;
    let creation = Fault::new("conversations.create", Harm::Status(503));
    system.sandbox.faults().add(creation);
    system.declare("alice", &FIELDS).await;
    system.counted("pages WHERE state = 'waiting'", 1).await;
    system.clock.advance(domain::paging::ACCEPTED_WITHIN);
    let told_directly = async |text: &str| {
        wait_for(text, async || {
            let messages = system.sandbox.direct_messages("alice").into_iter();
            messages.rev().find(|message| message.text.contains(text))
        })
        .await
    };
    let overdue = told_directly("PagerDuty hasn't accepted the page yet").await;
    system.clock.advance(TimeDelta::seconds(10));
    let told = told_directly("Payments was paged because of SEV2.").await;
    assert_eq!(told.ts, overdue.ts, "one message is edited");
    system.sandbox.faults().clear();
    system.settled().await;
    assert_eq!(
        system.notices(),
        ["Payments was paged because of SEV2. PagerDuty is calling erin."]
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_served_alone_and_two_workers_page_once() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.pagerduty = true;
    system.add_gateway();
    system.add_worker_with(|config| config.jobs.queues = vec![jobs::queues::SLACK]);
    for _ in 0..2 {
        system.add_worker_with(|config| config.jobs.queues = vec![jobs::queues::PAGERDUTY]);
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
async fn a_step_that_was_open_for_long_shows_again_who_is_called() {
    let system = System::start_with_pagerduty().await;
    Page::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    let form = open(&system, &alice).await;
    let fields = [("Team", "Payments"), ("Message", "Cards are refused")];
    let Submission::Updated(step) = alice.submit(&form, fields).await else {
        panic!("no step");
    };
    system.clock.advance(TimeDelta::minutes(3));
    let no_fields: [(&str, &str); 0] = [];
    let Submission::Updated(again) = alice.submit(&step, no_fields).await else {
        panic!("it was taken as it was");
    };
    let shown = again.content.to_string();
    assert!(shown.contains("nobody has been paged yet"), "{shown}");
    assert!(
        shown.contains("PagerDuty will page") && shown.contains("Cards are refused"),
        "{shown}"
    );
    assert_eq!(system.count("pages").await, 0);
    assert!(matches!(alice.submit(&again, no_fields).await, Submission::Closed));
    system.counted("pages", 1).await;
    system.settled().await;
    system.end().await;
}
