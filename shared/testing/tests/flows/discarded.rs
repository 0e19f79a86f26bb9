//! Jobs that are discarded: nobody is left without a word that was meant for them.

use sandbox::{Fault, Harm};
use serde_json::{Value, json};
use testing::{System, wait_for};

use crate::declare::FIELDS;

/// What every payload names: each kind reads of it what it needs.
async fn payload(system: &System, kind: &str) -> Value {
    let incident: uuid::Uuid = sqlx::query_scalar("SELECT id FROM incidents")
        .fetch_one(system.pool())
        .await
        .unwrap();
    let alice = system.sandbox.person("alice").id().to_owned();
    let actor = json!({ "kind": "slack", "user_id": alice, "name": "alice" });
    // A person who acts is named by what the kind needs of them.
    let by = match kind {
        "confluence.write_document" => actor.clone(),
        _ => json!(alice),
    };
    json!({
        "incident": incident, "page": incident, "request": incident, "question": incident, "published": incident,
        "update": incident, "export": incident, "writing": incident,
        "user": alice, "by": by, "actor": actor, "bot": "U0", "channel": "C0", "ts": "1.2", "cause": "added",
        "event": "E0", "group": "S0", "role": "incident_commander", "severity": "sev1", "revision": 1, "version": 1,
        "below": false, "with_pages": false, "format": "markdown", "file": "F0", "text": "Looking", "resources": "",
        "message": "Looking", "sender": "alice", "at": "2026-11-23T14:00:00Z",
    })
}

/// The rows that payloads name, all by the incident's own id.
async fn rows(system: &System) {
    system
        .execute(
            r#"INSERT INTO pages (id, incident_id, policy_id, team, urgency, message, paged_by, paged_at)
                   SELECT id, id, 'P1', 'Payments', 'high', '', '{"kind":"system"}', now() FROM incidents;
               INSERT INTO access_requests (id, incident_id, slack_user_id, name, asked_at)
                   SELECT id, id, 'U0', 'Zoe', now() FROM incidents;
               INSERT INTO prompts (id, incident_id, kind, asked_at)
                   SELECT id, id, 'unarchive', now() FROM incidents;
               INSERT INTO chat_exports (id, incident_id, channel_id, requested_by, requested_at)
                   SELECT id, id, 'C0', '{"kind":"system"}', now() FROM incidents;
               INSERT INTO statuspage_published (id, incident_id, name, impact, status)
                   SELECT id, id, 'Payments fail', 'major', 'investigating' FROM incidents;
               INSERT INTO statuspage_updates (id, published_id, status, body, components, notify, actor, at)
                   SELECT id, id, 'investigating', 'x', '{}', true, '{"kind":"system"}', now() FROM incidents;"#,
        )
        .await;
}

/// Every kind whose discarding is a problem of the incident: it is in the timeline, and the channel is told.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_discarded_is_told() {
    let system = System::start().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    system.settled().await;
    rows(&system).await;
    let channel = system.incident_channel().id;
    let mut lost = Vec::new();
    let mut problems = 0;
    let told = worker::on_discard().filter(|(_, on_discard)| on_discard.is_problem());
    for (kind, _) in told.collect::<Vec<_>>() {
        let queue = kind.split('.').next().unwrap();
        let payload = payload(&system, kind).await;
        // Its time was over long ago.
        sqlx::query(
            "INSERT INTO jobs (id, queue, kind, priority, payload, run_at, created_at, horizon, expires_at,
                               subject_incident)
             VALUES (gen_random_uuid(), $1, $2, 2, $3::text::json, now() - interval '1 day', now() - interval '2 days',
                     interval '1 day', now() - interval '1 day', (SELECT id FROM incidents))",
        )
        .bind(queue)
        .bind(kind)
        .bind(payload.to_string())
        .execute(system.pool())
        .await
        .unwrap();
        system.settled().await;
        let noted = system.count("timeline_entries WHERE kind = 'problem'").await;
        if noted == problems {
            lost.push(kind);
        }
        problems = noted;
    }
    assert!(lost.is_empty(), "discarded without a word: {lost:?}");
    wait_for("the channel to be told of all", async || {
        let messages = system.sandbox.messages(&channel).into_iter();
        let told = messages.filter(|message| message.text.starts_with("⚠️")).count();
        (i64::try_from(told) == Ok(problems)).then_some(())
    })
    .await;
    system.end().await;
}

/// The channel does not take the problem: those who lead, and the declarer, are told directly.
#[tokio::test(flavor = "multi_thread")]
async fn a_problem_that_the_channel_does_not_take_is_told_directly() {
    let system = System::start().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    system.settled().await;
    let channel = system.incident_channel().id;
    let refused = Fault::new("chat.postMessage", Harm::Error("restricted_action".to_owned()));
    system.sandbox.faults().add(refused.argument("channel", &channel));
    system.sandbox.faults().add(Fault::new(
        "conversations.setTopic",
        Harm::Error("restricted_action".to_owned()),
    ));
    let incident: uuid::Uuid = sqlx::query_scalar("SELECT id FROM incidents")
        .fetch_one(system.pool())
        .await
        .unwrap();
    system
        .tick(
            jobs::SetTopic {
                incident: domain::IncidentId(incident),
            }
            .job(),
        )
        .await;
    let told = wait_for("the direct message", async || {
        let messages = system.sandbox.direct_messages("alice").into_iter();
        messages.into_iter().find(|message| message.text.starts_with("⚠️"))
    })
    .await;
    assert!(told.text.contains("topic of the channel"), "{}", told.text);
    assert!(told.text.contains("Payments fail for EU customers"), "{}", told.text);
    system.settled().await;
    system.end().await;
}

/// The bot may not speak where it was mentioned.
#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_answered_in_a_thread_is_answered_directly() {
    let system = System::start().await;
    // Slack tells a bot of mentions where it is a member.
    system.sandbox.person("alice").invite_bot("general");
    let refused = Fault::new("chat.postMessage", Harm::Error("restricted_action".to_owned()));
    system.sandbox.faults().add(refused.once());
    system.sandbox.person("alice").mention("general", "help");
    let answer = wait_for("the direct message", async || {
        system.sandbox.direct_messages("alice").into_iter().next()
    })
    .await;
    assert!(answer.text.contains("incident"), "{}", answer.text);
    system.settled().await;
    system.end().await;
}
