//! An incident from a message, by an emoji on it.

use sandbox::{ChannelKind, Fault, Harm, Message, NewChannel};
use serde_json::json;
use testing::{System, wait_for};

use crate::commands::answer_to;
use crate::matrix::Flow;

/// Alice marks what bob wrote.
pub(crate) struct React;

impl Flow for React {
    async fn prepare(system: &System) {
        system.set("declare_emoji", json!("fire")).await;
        let bob = system.sandbox.person("bob");
        bob.invite_bot("general");
        bob.say("general", "Payments <fail> since @alice looked\nAll of them");
    }

    async fn run(system: &System) {
        let ts = written(system, "bob").ts;
        system.sandbox.person("alice").react("general", &ts, "fire");
        answer_to(system, "general", &ts).await;
    }
}

/// A system that knows the emoji from its start: nobody has to wait until a gateway has heard of it.
async fn started() -> System {
    let mut system = System::new(sandbox::Config::default()).await;
    system.set("declare_emoji", json!("fire")).await;
    system.add_gateway();
    system.add_worker();
    system.ready().await;
    system
}

fn written(system: &System, who: &str) -> Message {
    let id = system.sandbox.person(who).id().to_owned();
    let mut messages = system.sandbox.messages("general").into_iter();
    messages
        .find(|message| message.user == id && message.subtype.is_none())
        .expect("a message")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_message_becomes_an_incident_once() {
    let system = started().await;
    React::prepare(&system).await;
    React::run(&system).await;
    assert_eq!(system.settled().await, 1);
    let ts = written(&system, "bob").ts;
    let (alice, bob) = (system.sandbox.person("alice"), system.sandbox.person("bob"));
    let channel = system.incident_channel();
    assert_eq!(channel.topic, "Payments &lt;fail&gt; since @alice looked");
    assert!(channel.members.contains(alice.id()));
    // Whoever wrote the message knows something about it.
    assert!(channel.members.contains(bob.id()));
    let panel = serde_json::to_string(&system.panel().blocks).unwrap();
    assert!(
        panel.contains("declared by alice") && panel.contains("/archives/"),
        "{panel}"
    );
    let answers = || -> Vec<String> {
        let messages = system.sandbox.messages("general").into_iter();
        let answers = messages.filter(|m| m.from_app && m.thread_ts.as_ref() == Some(&ts));
        answers.map(|message| message.text).collect()
    };
    assert_eq!(answers().len(), 1, "{:?}", answers());
    assert!(answers()[0].contains("Declared as SEV4"), "{:?}", answers());

    // Somebody else, and again: told once of the one that is there, also when its request is long forgotten.
    system.execute("DELETE FROM idempotency_keys").await;
    for _ in 0..2 {
        bob.react("general", &ts, "fire");
        system
            .sandbox
            .wait_until(|state| state.ephemerals("bob").first().map(|_| ()))
            .await;
        system.settled().await;
        bob.unreact("general", &ts, "fire");
    }
    alice.unreact("general", &ts, "fire");
    alice.react("general", &ts, "fire");
    // Another emoji means nothing.
    bob.react("general", &ts, "eyes");
    assert_eq!(system.settled().await, 1);
    assert_eq!(answers().len(), 1, "{:?}", answers());
    let whispered = system.sandbox.ephemerals("bob");
    assert_eq!(whispered.len(), 1, "{whispered:?}");
    assert!(
        whispered[0].text.contains("There is already an incident about this"),
        "{whispered:?}"
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_the_same_instant_make_one() {
    let system = started().await;
    React::prepare(&system).await;
    let ts = written(&system, "bob").ts;
    for who in ["alice", "bob", "carol", "dave"] {
        system.sandbox.person(who).react("general", &ts, "fire");
    }
    let people = ["alice", "bob", "carol", "dave"];
    wait_for("one answer, and three that only one person sees", async || {
        let messages = system.sandbox.messages("general").into_iter();
        let answers = messages.filter(|m| m.from_app && m.thread_ts.as_ref() == Some(&ts));
        let whispered = people.iter().map(|who| system.sandbox.ephemerals(who).len());
        (answers.count() == 1 && whispered.sum::<usize>() == 3).then_some(())
    })
    .await;
    assert_eq!(system.settled().await, 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_among_few_stays_among_few() {
    let system = started().await;
    React::prepare(&system).await;
    let members = ["alice".to_owned(), "bob".to_owned()];
    let mut secret = NewChannel::public("secret").with_members(&members).with_bot();
    secret.private = true;
    let id = system.sandbox.add_channel(&secret);
    // The copy is from before it was made private.
    sqlx::query(
        "INSERT INTO slack_channels (id, name, private, archived, member, ext_shared, fetched_at)
         VALUES ($1, 'secret', false, false, true, false, now()) ON CONFLICT (id) DO UPDATE SET private = false",
    )
    .bind(&id)
    .execute(system.pool())
    .await
    .unwrap();
    let alice = system.sandbox.person("alice");
    let ts = alice.say("secret", "Salaries leaked");
    alice.react("secret", &ts, "fire");
    let answer = answer_to(&system, "secret", &ts).await;
    assert!(
        answer.text.starts_with("There is a private incident about this"),
        "{}",
        answer.text
    );
    assert_eq!(system.settled().await, 1);
    assert_eq!(system.incident_channel().kind, ChannelKind::Private);
    // Alice wrote it herself; nobody else is let in.
    assert_eq!(system.count("incident_members").await, 1);
    let digest = serde_json::to_string(&system.sandbox.messages("incidents")).unwrap();
    assert!(!digest.contains("Salaries"), "{digest}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_that_says_all_in_an_attachment_is_declared_with_what_it_says() {
    let system = started().await;
    system.sandbox.person("bob").invite_bot("general");
    let alert: sandbox::WebhookMessage = serde_json::from_value(json!({
        "username": "Alertmanager",
        "text": "",
        "attachments": [{
            "title": "[FIRING] Checkout 5xx",
            "text": "12% of requests fail, ask <!subteam^S0> in <#C0|>",
            "fallback": "Checkout 5xx",
        }],
    }))
    .unwrap();
    let ts = system.sandbox.post_webhook("general", &alert);
    system.sandbox.person("alice").react("general", &ts, "fire");
    answer_to(&system, "general", &ts).await;
    assert_eq!(system.settled().await, 1);
    let description = system.text("SELECT description FROM incidents").await;
    let said = "[FIRING] Checkout 5xx\n12% of requests fail, ask a user group in a private channel\n\nhttp://";
    assert!(description.starts_with(said), "{description}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_marked_a_message_is_told_that_nothing_was_declared() {
    let system = started().await;
    React::prepare(&system).await;
    let ts = written(&system, "bob").ts;
    let (alice, bob) = (system.sandbox.person("alice"), system.sandbox.person("bob"));
    let is_told = async |person: &str| {
        let mention = format!("<@{person}>");
        let told = wait_for("an answer", async || {
            let messages = system.sandbox.messages("general").into_iter();
            let mut answers = messages.filter(|m| m.from_app && m.thread_ts.as_ref() == Some(&ts));
            answers.find(|answer| answer.text.contains(&mention))
        })
        .await;
        assert!(told.text.contains("No incident was declared"), "{}", told.text);
        let blocks = serde_json::to_string(&told.blocks).unwrap();
        assert!(blocks.contains("Start a new incident"), "{blocks}");
    };
    // Slack refuses.
    let refused = Fault::new("chat.getPermalink", Harm::Error("message_not_found".to_owned()));
    system.sandbox.faults().add(refused);
    alice.react("general", &ts, "fire");
    is_told(alice.id()).await;
    // Its time was over long ago.
    sqlx::query(
        "INSERT INTO jobs (id, queue, kind, priority, payload, run_at, created_at, horizon, expires_at)
         SELECT gen_random_uuid(), queue, kind, priority, (payload::jsonb || jsonb_build_object('user', $1::text))::json,
                now() - interval '1 day', now() - interval '2 days', interval '1 day', now() - interval '1 day'
         FROM jobs WHERE kind = 'slack.declare_from_message'",
    )
    .bind(bob.id())
    .execute(system.pool())
    .await
    .unwrap();
    is_told(bob.id()).await;
    assert_eq!(system.settled().await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bot_or_slack_itself_wrote_declares_nothing() {
    let system = started().await;
    React::prepare(&system).await;
    React::run(&system).await;
    assert_eq!(system.settled().await, 1);
    let alice = system.sandbox.person("alice");
    let marked = async |channel: &str, ts: &str| {
        let before = system.sandbox.ephemerals("alice").len();
        alice.react(channel, ts, "fire");
        system
            .sandbox
            .wait_until(|state| state.ephemerals("alice").get(before).map(|answer| answer.text.clone()))
            .await
    };
    let of_app = |channel: &str| {
        let messages = system.sandbox.messages(channel).into_iter();
        messages.filter(|message| message.from_app).collect::<Vec<_>>()
    };
    // Its post in the digest channel, its panel, and its answer below the message.
    let channel = system.incident_channel().id;
    let panel = system.panel().ts;
    let digest = of_app("incidents").pop().expect("a post").ts;
    let answer = of_app("general").pop().expect("an answer").ts;
    for (channel, ts) in [("incidents", digest), (channel.as_str(), panel), ("general", answer)] {
        let told = marked(channel, ts.as_str()).await;
        assert!(told.contains("There is already an incident about this"), "{told}");
    }
    // Who joined is a note of Slack.
    let joined = system.sandbox.wait_until(|state| {
        let mut messages = state.channel("general")?.messages.iter();
        let note = messages.rfind(|message| !message.is_written())?;
        Some(note.ts.clone())
    });
    let joined = joined.await;
    let told = marked("general", joined.as_str()).await;
    assert!(
        told.contains("No incident was declared. Slack wrote that line itself"),
        "{told}"
    );
    assert_eq!(system.settled().await, 1);
    system.end().await;
}
