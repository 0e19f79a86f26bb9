//! Roles, on the control panel.

use testing::System;

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// Alice makes bob commander.
pub(crate) struct Roles;

impl Flow for Roles {
    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }

    async fn run(system: &System) {
        system.choose("alice", "roles.assign/incident_commander", "bob").await;
        system.counted("role_holders", 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gets_a_role_comes_in_and_is_told_what_it_means() {
    let system = System::start().await;
    Roles::prepare(&system).await;
    Roles::run(&system).await;
    system.settled().await;

    let channel = system.incident_channel();
    let bob = system.sandbox.person("bob");
    assert!(channel.members.contains(bob.id()));
    let told = system.sandbox.direct_messages("bob");
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(
        told[0].text.starts_with("You are Incident commander of"),
        "{}",
        told[0].text
    );
    let notices = system.notices();
    assert_eq!(notices, ["alice made bob Incident commander."]);
    let panel = system.panel();
    let shown = serde_json::to_string(&panel.blocks).unwrap();
    assert!(
        shown.contains(&format!("*Incident commander*  <@{}>", bob.id())),
        "{shown}"
    );
    let digest = serde_json::to_string(&system.sandbox.messages("incidents")).unwrap();
    assert!(digest.contains("commander bob"), "{digest}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_claimed_taken_over_and_given_up() {
    let system = System::start().await;
    Roles::prepare(&system).await;
    system.sandbox.person("bob").join(&system.incident_channel().id);
    for (who, which, what) in [
        ("alice", "Claim", ""),
        ("bob", "roles.held", "Take it over"),
        ("bob", "roles.held", "Give it up"),
    ] {
        // Only one role, so that only one of each is there.
        system
            .execute("INSERT INTO settings (key, value) SELECT 'roles', '[{\"key\":\"lead\",\"label\":\"Lead\",\"description\":\"Leads.\",\"duties\":[]}]' ON CONFLICT DO NOTHING")
            .await;
        system.choose("alice", "severity.set", "sev2").await;
        system.settled().await;
        system.choose(who, which, what).await;
        system.settled().await;
    }
    assert_eq!(system.count("role_holders").await, 0);
    let notices = system.notices();
    assert_eq!(
        notices,
        [
            "alice took the role Lead.",
            "bob took the role Lead, instead of alice.",
            "bob gave up the role Lead. Nobody has it now."
        ]
    );
    system.end().await;
}
