//! What people do by hand to the channel of an incident, to its messages and to accounts, and how it comes right again.

mod channels;
mod messages;
mod people;
mod rca_channel;

use chrono::Utc;
use domain::{Actor, IncidentId};
use incidents::{Replaces, Request};
use jobs::CheckChannels;
use sandbox::{BOT_USER_ID, Message};
use serde_json::json;
use testing::{System, wait_for};

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// Bob removes the bot from the channel of a public incident, and the severity is raised.
pub(crate) struct BotRemoved;

impl Flow for BotRemoved {
    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }

    async fn run(system: &System) {
        let channel = system.incident_channel().id;
        system.sandbox.person("alice").kick_bot(&channel);
        bot_is_in(system, true).await;
        // Which of both comes first would be a matter of luck.
        system.settled().await;
        raise(system).await;
    }
}

/// The account of somebody who has a role is closed, and carol takes the role over.
pub(crate) struct AccountClosed;

impl Flow for AccountClosed {
    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
        give(system, "technical_lead", "bob").await;
        let channel = system.incident_channel().id;
        system.sandbox.person("carol").join(&channel);
    }

    async fn run(system: &System) {
        system.sandbox.change_person("bob", |person| person.deleted = true);
        let channel = system.incident_channel().id;
        let prompt = system.message_with(&channel, "Who takes over?").await;
        system.settled().await;
        system.press("carol", &channel, &prompt, "Take over").await;
        system.counted("prompts WHERE outcome IS NOT NULL", 1).await;
    }
}

/// Gives a role in the console.
async fn give(system: &System, role: &str, who: &str) {
    let pool = system.pool().clone().into();
    incidents::assign(
        &pool,
        &request(system, &format!("{role}/{who}")),
        incident(system).await,
        role,
        &id(system, who),
        Replaces::Anybody,
    )
    .await
    .unwrap();
}

/// The channel of an open incident is archived by hand, and bob has a new one made.
pub(crate) struct ArchivedByHand;

impl Flow for ArchivedByHand {
    async fn prepare(system: &System) {
        BotRemoved::prepare(system).await;
    }

    async fn run(system: &System) {
        let channel = system.incident_channel().id;
        system.sandbox.person("alice").archive(&channel);
        let prompt = system.message_with("incidents", "is archived").await;
        system.settled().await;
        system.press("bob", "incidents", &prompt, "Create a new channel").await;
        system
            .counted("incidents WHERE channel_number = 2 AND channel_id IS NOT NULL", 1)
            .await;
    }
}

/// A system whose gateway was added last, so that it can be stopped by itself.
async fn started() -> System {
    let mut system = System::new(sandbox::Config::default()).await;
    system.add_worker();
    system.add_gateway();
    system.ready().await;
    system
}

const PRIVATE: [(&str, &str); 2] = [
    ("Description", "Salaries leaked"),
    ("Private incident", "Only people invited to its channel can see it"),
];

async fn declare_private(system: &System) -> String {
    system.declare("alice", &PRIVATE).await;
    system.declared(1).await;
    system.incident_channel().id
}

/// A private incident to whose channel bob was invited; gives the channel.
async fn private_with_bob(system: &System) -> String {
    let channel = declare_private(system).await;
    let pool = system.pool().clone().into();
    let request = request(system, "bob");
    incidents::invite_person(&pool, &request, incident(system).await, &id(system, "bob"))
        .await
        .unwrap();
    system.counted("incident_members WHERE in_channel", 2).await;
    system.settled().await;
    channel
}

async fn incident(system: &System) -> IncidentId {
    let id = sqlx::query_scalar("SELECT id FROM incidents")
        .fetch_one(system.pool())
        .await;
    IncidentId(id.unwrap())
}

fn request(system: &System, key: &str) -> Request {
    Request {
        key: format!("test/{key}"),
        actor: Actor::Slack {
            user_id: id(system, "alice"),
            name: "alice".to_owned(),
        },
        now: Utc::now(),
        channel: None,
        content: None,
        audit: None,
    }
}

fn id(system: &System, who: &str) -> String {
    system.sandbox.person(who).id().to_owned()
}

/// Raises the severity in the console.
async fn raise(system: &System) {
    let pool = system.pool().clone().into();
    incidents::set_severity(&pool, &request(system, "raise"), incident(system).await, "sev1")
        .await
        .unwrap();
}

async fn bot_is_in(system: &System, is_in: bool) {
    wait_for("the bot", async || {
        let members = system.incident_channel().members;
        (members.contains(BOT_USER_ID) == is_in).then_some(())
    })
    .await;
}

/// Has all channels checked, as happens every few minutes.
async fn check(system: &System) {
    system.tick(CheckChannels::of_open(0)).await;
    system.settled().await;
}

fn shown(message: &Message) -> String {
    format!("{} {}", message.text, json!(message.blocks))
}

fn shown_times(message: &Message, text: &str) -> usize {
    json!(message.blocks).to_string().matches(text).count()
}

/// The id of the conversation in which a message stands.
fn place_of(system: &System, message: &Message) -> String {
    let place = system.sandbox.look(|state| {
        let mut channels = state.conversations();
        channels
            .find(|channel| channel.message(&message.ts).is_some())
            .map(|channel| channel.id.clone())
    });
    place.expect("a conversation")
}

/// The messages of a channel that hold this text.
fn with_text(system: &System, channel: &str, text: &str) -> Vec<Message> {
    let messages = system.sandbox.messages(channel).into_iter();
    messages.filter(|message| shown(message).contains(text)).collect()
}
