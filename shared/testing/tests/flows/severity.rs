//! The severity, on the control panel.

use std::time::Duration;

use chrono::Utc;
use domain::{Actor, IncidentId};
use incidents::Request;
use testing::{System, wait_for};

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// Alice raises the severity.
pub(crate) struct Severity;

impl Flow for Severity {
    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }

    async fn run(system: &System) {
        system.choose("alice", "severity.set", "sev1").await;
        system.counted("incidents WHERE severity = 'sev1'", 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn panel_digest_and_channel_follow() {
    let system = System::start().await;
    Severity::prepare(&system).await;
    Severity::run(&system).await;
    system.settled().await;
    assert_eq!(system.notices(), ["alice raised the severity from SEV2 to SEV1."]);
    assert!(system.panel().text.starts_with("🟥 SEV1"), "{}", system.panel().text);
    let digest = system.sandbox.messages("incidents");
    assert_eq!(digest.len(), 1);
    assert!(digest[0].text.starts_with("🟥 SEV1"), "{}", digest[0].text);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_right_after_is_told_together() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.add_gateway();
    // Long enough for a slow machine to record three changes.
    system.add_worker_with(|config| config.notice_pause = Duration::from_secs(4));
    system.ready().await;
    Severity::prepare(&system).await;
    let channel = system.incident_channel();
    let incident = sqlx::query_scalar("SELECT id FROM incidents").fetch_one(system.pool());
    let (incident, pool) = (IncidentId(incident.await.unwrap()), system.pool().clone().into());
    // Recorded at once, as presses are: how fast Slack takes them is another matter on a slow machine.
    let change = async |severity: &str| {
        let request = Request {
            key: format!("test/{severity}"),
            actor: Actor::Slack {
                user_id: system.sandbox.person("alice").id().to_owned(),
                name: "alice".to_owned(),
            },
            now: Utc::now(),
            channel: None,
            content: None,
            audit: None,
        };
        let changed = incidents::set_severity(&pool, &request, incident, severity);
        changed.await.unwrap();
    };
    change("sev1").await;
    wait_for("what is told at once", async || {
        (system.notices().len() == 1).then_some(())
    })
    .await;
    for severity in ["sev3", "sev4", "sev2"] {
        change(severity).await;
    }
    system.settled().await;
    let messages = system.sandbox.messages(&channel.id);
    // The panel, the first notice, and what came after it.
    assert_eq!(messages.len(), 3, "{messages:#?}");
    assert_eq!(system.notices().len(), 4);
    system.end().await;
}
