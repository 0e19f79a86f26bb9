//! Reminders of updates, and the reminder to assign roles.

use chrono::{TimeDelta, Utc};
use domain::Actor;
use incidents::{CommandError, Planned, Request};
use sandbox::{Fault, Harm, Message};
use store::incident_list::Viewer;
use testing::System;

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// Nobody sends an update and nobody takes a role: people are asked for both.
pub(crate) struct Reminder;

impl Flow for Reminder {
    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }

    async fn run(system: &System) {
        system.pass(TimeDelta::minutes(31)).await;
        system.counted("prompts WHERE ts IS NOT NULL", 2).await;
    }
}

/// Bob puts the reminders off.
pub(crate) struct Snooze;

impl Flow for Snooze {
    async fn prepare(system: &System) {
        Reminder::prepare(system).await;
        Reminder::run(system).await;
    }

    async fn run(system: &System) {
        system
            .press("bob", &channel(system), &reminder(system).await, "Snooze 60 min")
            .await;
        system
            .counted("timeline_entries WHERE kind = 'reminders_paused'", 1)
            .await;
    }
}

/// Bob becomes the technical lead after the nudge.
pub(crate) struct Nudge;

impl Flow for Nudge {
    async fn prepare(system: &System) {
        Reminder::prepare(system).await;
        Reminder::run(system).await;
    }

    async fn run(system: &System) {
        system.choose("alice", "roles.assign/technical_lead", "bob").await;
        system.counted("role_holders", 1).await;
    }
}

fn channel(system: &System) -> String {
    system.incident_channel().id
}

async fn reminder(system: &System) -> Message {
    system.message_with(&channel(system), "An update is due").await
}

/// How many messages of the incident's channel contain this text.
fn how_many(system: &System, text: &str) -> usize {
    let messages = system.sandbox.messages(&channel(system)).into_iter();
    messages.filter(|message| message.text.contains(text)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_comes_every_time_an_update_is_due() {
    let system = System::start().await;
    Reminder::prepare(&system).await;
    system.pass(TimeDelta::minutes(24)).await;
    system.settled().await;
    assert_eq!(how_many(&system, "update"), 0, "not before half an hour has passed");
    system.pass(TimeDelta::minutes(7)).await;
    let first = reminder(&system).await;
    assert!(first.text.starts_with("⏰ <!here> "), "{}", first.text);
    system.settled().await;
    system.pass(TimeDelta::minutes(26)).await;
    system
        .counted("prompts WHERE kind = 'update' AND ts IS NOT NULL", 2)
        .await;
    system.settled().await;
    assert_eq!(how_many(&system, "An update is due"), 1);
    assert_eq!(
        how_many(&system, "nobody sent one"),
        1,
        "the first has no buttons any more"
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_moves_the_next_reminder() {
    let system = System::start().await;
    Snooze::prepare(&system).await;
    system.settled().await;
    crate::update::Update::run(&system).await;
    system.settled().await;
    assert_eq!(how_many(&system, "alice sent one"), 1);
    system.pass(TimeDelta::minutes(19)).await;
    system.settled().await;
    assert_eq!(how_many(&system, "An update is due"), 0);
    system.pass(TimeDelta::minutes(7)).await;
    let again = reminder(&system).await;
    assert!(again.text.contains("The last update was sent"), "{}", again.text);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn put_off_and_stopped_it_says_so() {
    let system = System::start().await;
    Snooze::prepare(&system).await;
    Snooze::run(&system).await;
    system.settled().await;
    assert_eq!(how_many(&system, "bob snoozed reminders until"), 1);
    system.pass(TimeDelta::minutes(54)).await;
    system.settled().await;
    assert_eq!(how_many(&system, "An update is due"), 0);
    system.pass(TimeDelta::minutes(7)).await;
    let message = reminder(&system).await;
    system
        .press("alice", &channel(&system), &message, "Stop reminders")
        .await;
    system
        .counted("incidents WHERE reminders_stopped AND reminders_until IS NULL", 1)
        .await;
    system.settled().await;
    assert_eq!(how_many(&system, "alice stopped reminders"), 1);
    system.pass(TimeDelta::hours(3)).await;
    system.settled().await;
    assert_eq!(how_many(&system, "An update is due"), 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn they_follow_severity_and_status() {
    let system = System::start().await;
    Reminder::prepare(&system).await;
    system.choose("alice", "severity.set", "sev3").await;
    system.counted("incidents WHERE reminders_until IS NULL", 1).await;
    system.choose("alice", "severity.set", "sev1").await;
    system.counted("incidents WHERE reminders_until IS NOT NULL", 1).await;
    system.settled().await;
    system.pass(TimeDelta::minutes(26)).await;
    reminder(&system).await;
    system.settled().await;
    crate::status::resolve(&system, &[("Technical lead", "bob")]).await;
    system.counted("incidents WHERE reminders_until IS NULL", 1).await;
    system.settled().await;
    assert_eq!(how_many(&system, "it's no longer needed"), 1);
    system.choose("bob", "status.set", "investigating").await;
    system.counted("incidents WHERE reminders_until IS NOT NULL", 1).await;
    system.settled().await;
    system.pass(TimeDelta::minutes(26)).await;
    reminder(&system).await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nudge_goes_when_a_role_is_taken() {
    let system = System::start().await;
    Reminder::prepare(&system).await;
    system.pass(TimeDelta::minutes(11)).await;
    let nudge = system.message_with(&channel(&system), "Nobody has a role").await;
    let alice = system.sandbox.person("alice");
    assert!(nudge.text.contains(&format!("<@{}>", alice.id())), "{}", nudge.text);
    system.settled().await;
    let claims = nudge
        .blocks
        .iter()
        .filter(|block| block["accessory"]["action_id"] == "roles.claim");
    let block = claims.clone().next().unwrap()["block_id"].as_str().unwrap().to_owned();
    assert_eq!(claims.count(), 3);
    system
        .press("bob", &channel(&system), &nudge, &format!("{block}/roles.claim"))
        .await;
    system.counted("role_holders", 1).await;
    system.settled().await;
    assert_eq!(how_many(&system, "Nobody has a role"), 0);
    assert_eq!(system.notices(), ["bob is now Incident commander."]);
    system.end().await;
}

async fn planned(system: &System, who: &str) -> Vec<Planned> {
    let viewer = Viewer::in_slack(system.sandbox.person(who).id());
    let mut conn = system.pool().acquire().await.unwrap();
    incidents::planned(&mut conn, &viewer, Utc::now()).await.unwrap()
}

fn request(system: &System, key: &str) -> Request {
    Request {
        key: format!("test/{key}"),
        actor: Actor::Slack {
            user_id: system.sandbox.person("bob").id().to_owned(),
            name: "bob".to_owned(),
        },
        now: Utc::now(),
        channel: None,
        content: None,
        audit: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_planned_is_listed_and_deleted() {
    let system = System::start().await;
    Reminder::prepare(&system).await;
    let plans = planned(&system, "bob").await;
    let whats: Vec<_> = plans.iter().map(|plan| plan.what.as_str()).collect();
    for what in ["reminder to assign roles", "update reminder", "sync people"] {
        assert!(whats.contains(&what), "{whats:?}");
    }
    let reminder = plans.iter().find(|plan| plan.what == "update reminder").unwrap();
    let (title, id) = (&reminder.incident.as_ref().unwrap().title, reminder.id.unwrap());
    assert_eq!(title, "Payments fail for EU customers");
    let deleted = incidents::delete_planned(&system.pool().clone().into(), &request(&system, "1"), id)
        .await
        .unwrap();
    assert_eq!(deleted, "update reminder");
    system.settled().await;
    assert_eq!(system.notices(), ["bob stopped update reminders."]);
    let again = incidents::delete_planned(&system.pool().clone().into(), &request(&system, "2"), id).await;
    assert!(matches!(again, Err(CommandError::NothingPlanned)), "{again:?}");
    let nudge = plans
        .iter()
        .find_map(|plan| plan.what.starts_with("reminder to assign").then_some(plan.id?));
    incidents::delete_planned(&system.pool().clone().into(), &request(&system, "3"), nudge.unwrap())
        .await
        .unwrap();
    system.pass(TimeDelta::hours(1)).await;
    system.settled().await;
    assert_eq!(system.count("prompts").await, 0);
    assert_eq!(system.count("timeline_entries WHERE kind = 'plan_deleted'").await, 1);
    // Of a private incident only those hear who are in it.
    system.execute("UPDATE incidents SET private = true").await;
    crate::update::Update::run(&system).await;
    let of_incidents = |plans: Vec<Planned>| plans.into_iter().filter(|plan| plan.incident.is_some()).count();
    assert_eq!(of_incidents(planned(&system, "bob").await), 0);
    assert_eq!(of_incidents(planned(&system, "alice").await), 1);
    // What nobody needs any more is not planned.
    system.execute("UPDATE incidents SET resolved_at = now()").await;
    let planned = planned(&system, "alice").await;
    let whats: Vec<_> = planned
        .iter()
        .filter(|plan| plan.incident.is_some())
        .map(|plan| &plan.what)
        .collect();
    assert!(whats.is_empty(), "{whats:?}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_settled_before_it_could_be_posted_is_not_asked_any_more() {
    let system = System::start().await;
    Reminder::prepare(&system).await;
    system.settled().await;
    let away = Fault::new("chat.postMessage", Harm::Status(500));
    let away = system.sandbox.faults().add(away);
    system.pass(TimeDelta::minutes(31)).await;
    system.counted("prompts", 2).await;
    system.choose("alice", "roles.assign/incident_commander", "alice").await;
    system.choose("alice", "roles.assign/technical_lead", "bob").await;
    crate::update::Update::run(&system).await;
    system.counted("prompts WHERE outcome IS NOT NULL", 2).await;
    system.sandbox.faults().remove(away);
    system.settled().await;
    let asked = system.sandbox.messages(&channel(&system)).into_iter();
    let asked: Vec<_> = asked
        .filter(|message| message.text.contains("An update is due") || message.text.contains("Nobody has a role"))
        .map(|message| message.text)
        .collect();
    assert_eq!(asked, Vec::<String>::new());
    system.end().await;
}
