//! Roles, on the control panel.

use chrono::Utc;
use domain::Actor;
use incidents::{Declaration, Replaces, Request};
use sandbox::{Fault, Harm, Outcome, Side};
use testing::{System, wait_for};

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

/// Alice declares in the console, makes bob commander and invites dave, all before Slack has made the channel.
pub(crate) struct BeforeTheChannel;

impl Flow for BeforeTheChannel {
    async fn prepare(_: &System) {}

    async fn run(system: &System) {
        declare_with_people(system, true).await;
        system.counted("incidents WHERE channel_id IS NOT NULL", 1).await;
    }
}

/// What the console does when somebody declares, gives a role and invites somebody within a moment.
async fn declare_with_people(system: &System, private: bool) {
    let pool = system.pool().clone().into();
    let id = |who: &str| system.sandbox.person(who).id().to_owned();
    let request = |key: &str| Request {
        key: format!("test/{key}"),
        actor: Actor::Slack {
            user_id: id("alice"),
            name: "alice".to_owned(),
        },
        now: Utc::now(),
        channel: None,
        content: None,
        audit: None,
    };
    let declaration = Declaration {
        description: "Payments fail".to_owned(),
        private,
        ..Declaration::default()
    };
    let incident = incidents::declare(&pool, &request("declare"), declaration)
        .await
        .unwrap();
    incidents::assign(
        &pool,
        &request("role"),
        incident.id,
        "incident_commander",
        &id("bob"),
        Replaces::Nobody,
    )
    .await
    .unwrap();
    incidents::invite_person(&pool, &request("invite"), incident.id, &id("dave"))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_role_or_was_invited_before_the_channel_is_in_it() {
    for private in [false, true] {
        let system = System::start().await;
        let creation = system.sandbox.barrier("conversations.create", 1, Side::Before);
        declare_with_people(&system, private).await;
        creation.reached().await;
        creation.release();
        system.declared(1).await;
        let channel = system.incident_channel();
        for who in ["alice", "bob", "dave"] {
            assert!(
                channel.members.contains(system.sandbox.person(who).id()),
                "{who}: {channel:#?}"
            );
        }
        assert_eq!(system.sandbox.direct_messages("bob").len(), 1);
        assert!(system.problems().await.is_empty());
        system.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_slack_down_nobody_is_forgotten() {
    let system = System::start().await;
    let down = system.sandbox.faults().add(Fault::new("*", Harm::DropBefore));
    declare_with_people(&system, true).await;
    system
        .sandbox
        .wait_for_calls(|calls| {
            let dropped = calls
                .iter()
                .filter(|call| matches!(call.outcome, Outcome::Dropped { .. }));
            (dropped.count() >= 5).then_some(())
        })
        .await;
    system.sandbox.faults().remove(down);
    system.declared(1).await;
    let channel = system.incident_channel();
    for who in ["alice", "bob", "dave"] {
        assert!(
            channel.members.contains(system.sandbox.person(who).id()),
            "{who}: {channel:#?}"
        );
    }
    system.end().await;
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
        ("bob", "roles.held", "Take over"),
        ("bob", "roles.held", "Step down or remove"),
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
            "alice is now Lead.",
            "bob is now Lead, replacing alice.",
            "bob stepped down as Lead. The role is open."
        ]
    );
    system.end().await;
}

/// A system with an incident, one role, and three people in its channel beside alice.
async fn with_one_role() -> System {
    let system = System::start().await;
    let role = serde_json::json!([{ "key": "lead", "label": "Lead", "description": "Leads.", "duties": [] }]);
    system.set("roles", role).await;
    Roles::prepare(&system).await;
    for who in PEOPLE {
        system.sandbox.person(who).join(&system.incident_channel().id);
    }
    system
}

const PEOPLE: [&str; 3] = ["bob", "carol", "dave"];

/// The one of them who has the role, after all of them wanted it at the same moment; the others heard who.
async fn one_has_it_and_the_others_hear_who(system: &System, wanted: &[&'static str]) -> &'static str {
    system.settled().await;
    let holder = system
        .sandbox
        .person(&system.text("SELECT slack_user_id FROM role_holders").await);
    let winner = wanted
        .iter()
        .copied()
        .find(|who| system.sandbox.person(who).id() == holder.id())
        .expect("one of them has it");
    for loser in wanted.iter().copied().filter(|who| *who != winner) {
        let told = wait_for("who was faster", async || {
            let told = system.sandbox.ephemerals(system.sandbox.person(loser).id()).into_iter();
            told.rev()
                .find(|told| told.text == format!("{winner} is already Lead."))
        })
        .await;
        let buttons = serde_json::to_string(&told.blocks).unwrap();
        assert!(buttons.contains("Take over"), "{buttons}");
    }
    winner
}

#[tokio::test(flavor = "multi_thread")]
async fn of_three_who_claim_at_once_the_first_has_the_role() {
    let system = with_one_role().await;
    let (channel, panel) = (system.incident_channel().id, system.panel().ts);
    let claims = PEOPLE.map(|who| {
        let (person, channel, panel) = (system.sandbox.person(who), channel.clone(), panel.clone());
        async move { person.click(&channel, &panel, "Claim").await }
    });
    futures_util::future::join_all(claims).await;
    let winner = one_has_it_and_the_others_hear_who(&system, &PEOPLE).await;
    assert_eq!(system.notices(), [format!("{winner} is now Lead.")]);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_a_role_is_told_and_a_press_takes_it_only_from_whom_it_showed() {
    let system = with_one_role().await;
    system.choose("alice", "roles.assign/lead", "bob").await;
    system.settled().await;
    let (channel, panel) = (system.incident_channel().id, system.panel().ts);
    let wanted = ["carol", "dave"];
    let presses = wanted.map(|who| {
        let (person, channel, panel) = (system.sandbox.person(who), channel.clone(), panel.clone());
        async move { person.select(&channel, &panel, "roles.held", "Take over").await }
    });
    futures_util::future::join_all(presses).await;
    let winner = one_has_it_and_the_others_hear_who(&system, &wanted).await;
    let told = system.sandbox.direct_messages("bob");
    assert_eq!(
        told.last().unwrap().text,
        format!("{winner} is now Lead of “Payments fail for EU customers”.")
    );
    // Nobody is told that they lost what they never had.
    let loser = wanted.into_iter().find(|who| *who != winner).unwrap();
    assert!(system.sandbox.direct_messages(loser).is_empty());

    system.choose("alice", "roles.held", "Step down or remove").await;
    system.settled().await;
    let told = system.sandbox.direct_messages(winner);
    assert_eq!(
        told.last().unwrap().text,
        "You are no longer Lead of “Payments fail for EU customers”."
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_or_a_closed_account_holds_no_role() {
    let system = with_one_role().await;
    let channel = system.incident_channel().id;
    let alice = system.sandbox.person("alice");
    system.sandbox.change_person("dave", |user| user.deleted = true);
    wait_for("the account is known to be closed", async || {
        (system.count("slack_users WHERE name = 'dave' AND NOT active").await == 1).then_some(())
    })
    .await;
    system.choose("alice", "roles.assign/lead", "dave").await;
    let told = wait_for("why not", async || {
        system.sandbox.ephemerals(alice.id()).into_iter().next_back()
    })
    .await;
    assert!(told.text.starts_with("dave can't hold a role"), "{}", told.text);
    assert_eq!(system.count("role_holders").await, 0);
    assert!(!channel.is_empty());
    system.end().await;
}
