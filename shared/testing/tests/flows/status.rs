//! The status: set, resolved, opened again.

use sandbox::Submission;
use testing::System;

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// Alice says that the cause is found.
pub(crate) struct Status;

impl Flow for Status {
    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }

    async fn run(system: &System) {
        system.choose("alice", "status.set", "identified").await;
        system.counted("incidents WHERE status = 'identified'", 1).await;
    }
}

/// Alice resolves, with bob as the technical lead.
pub(crate) struct Resolve;

impl Flow for Resolve {
    async fn prepare(system: &System) {
        Status::prepare(system).await;
    }

    async fn run(system: &System) {
        resolve(system, &[("Technical lead", "bob")]).await;
        system.counted("incidents WHERE resolved_at IS NOT NULL", 1).await;
        system.settled().await;
    }
}

/// Resolves by the dialog, as a person does who tries again when nothing happens. Where the dialog asks for somebody that
/// `fields` do not name, alice chooses herself.
pub(crate) async fn resolve(system: &System, fields: &[(&str, &str)]) {
    let alice = system.sandbox.person("alice");
    let dialog = system
        .open(&alice, async || {
            let panel = system.panel();
            alice
                .select(&system.incident_channel().id, &panel.ts, "status.set", "resolved")
                .await
        })
        .await;
    let asked = |label: &&&str| dialog.blocks().iter().any(|block| block["label"]["text"] == **label);
    let unnamed = |label: &&&str| fields.iter().all(|(field, _)| field != *label);
    let roles = ["Incident commander", "Technical lead"];
    let herself = roles
        .iter()
        .filter(asked)
        .filter(unnamed)
        .map(|label| (*label, "alice"));
    let fields: Vec<_> = fields.iter().copied().chain(herself).collect();
    system.submit(&alice, &dialog, &fields).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_set_and_stamped() {
    let system = System::start().await;
    Status::prepare(&system).await;
    Status::run(&system).await;
    system.settled().await;
    assert_eq!(system.notices(), ["alice set the status to Identified."]);
    assert_eq!(system.count("status_changes WHERE status = 'identified'").await, 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resolving_tells_everybody_and_makes_the_rca_channel() {
    let system = System::start().await;
    Resolve::prepare(&system).await;
    Resolve::run(&system).await;

    let channels = system.sandbox.channels();
    let rca = channels.iter().find(|channel| channel.name.ends_with("-rca")).unwrap();
    for who in ["alice", "bob"] {
        assert!(rca.members.contains(system.sandbox.person(who).id()), "{rca:#?}");
    }
    let greeting = &system.sandbox.messages(&rca.id)[0];
    assert!(
        greeting.text.starts_with("Post-incident review of"),
        "{}",
        greeting.text
    );
    let digest = &system.sandbox.messages("incidents")[0];
    assert!(digest.text.starts_with("✅"), "{}", digest.text);
    let told = system.sandbox.messages(&system.incident_channel().id);
    assert!(
        told.iter()
            .any(|message| message.text.starts_with("✅ Resolved by alice after")),
        "{told:#?}"
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opened_again_and_resolved_again_what_is_there_is_used() {
    let system = System::start().await;
    Resolve::prepare(&system).await;
    Resolve::run(&system).await;
    system.choose("bob", "status.set", "investigating").await;
    system.counted("incidents WHERE resolved_at IS NULL", 1).await;
    system.settled().await;
    assert!(
        system
            .notices()
            .contains(&"bob reopened the incident: Investigating.".to_owned())
    );
    resolve(&system, &[]).await;
    system.counted("incidents WHERE resolved_at IS NOT NULL", 1).await;
    system.settled().await;
    let channels = system.sandbox.channels();
    let rca = channels.iter().filter(|channel| channel.name.contains("-rca"));
    assert_eq!(rca.count(), 1);
    let told = system.sandbox.messages(&system.incident_channel().id);
    let resolutions = told.iter().filter(|message| message.text.starts_with("✅ Resolved"));
    assert_eq!(resolutions.count(), 2);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gave_up_a_role_meanwhile_is_asked_for_in_the_dialog() {
    let system = System::start().await;
    Resolve::prepare(&system).await;
    system.choose("alice", "roles.assign/incident_commander", "bob").await;
    system.choose("alice", "roles.assign/technical_lead", "bob").await;
    system.counted("role_holders", 2).await;
    let alice = system.sandbox.person("alice");
    let dialog = system
        .open(&alice, async || {
            let panel = system.panel();
            alice
                .select(&system.incident_channel().id, &panel.ts, "status.set", "resolved")
                .await
        })
        .await;
    system
        .execute("DELETE FROM role_holders WHERE role = 'technical_lead'")
        .await;
    let no_fields: [(&str, &str); 0] = [];
    let answer = alice.submit(&dialog, no_fields).await;
    let Submission::Updated(dialog) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(system.count("incidents WHERE resolved_at IS NOT NULL").await, 0);
    // Nobody is filled in.
    let answer = alice.submit(&dialog, no_fields).await;
    assert!(matches!(answer, Submission::Errors(_)), "{answer:?}");
    system.submit(&alice, &dialog, &[("Technical lead", "alice")]).await;
    system.counted("incidents WHERE resolved_at IS NOT NULL", 1).await;
    system.settled().await;
    system.end().await;
}
