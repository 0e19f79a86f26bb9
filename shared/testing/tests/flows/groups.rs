//! User groups that are invited by themselves.

use std::collections::BTreeSet;

use sandbox::{Fault, Harm};
use testing::{System, wait_for};

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// Alice declares, and whoever is on call is invited.
pub(crate) struct InviteGroup;

impl Flow for InviteGroup {
    async fn prepare(system: &System) {
        system.sandbox.add_user_group("oncall", &["carol", "dave"]);
        system.counted("slack_groups WHERE members_at IS NOT NULL", 1).await;
        system.set("invite_groups", serde_json::json!(["oncall"])).await;
    }

    async fn run(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }
}

fn members(system: &System) -> BTreeSet<String> {
    system.incident_channel().members
}

fn id(system: &System, who: &str) -> String {
    system.sandbox.person(who).id().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_invited_to_every_new_channel() {
    let system = System::start().await;
    InviteGroup::prepare(&system).await;
    system.sandbox.clear_calls();
    InviteGroup::run(&system).await;
    for who in ["carol", "dave"] {
        assert!(members(&system).contains(&id(&system, who)), "{who} is not in");
    }
    assert_eq!(system.notices(), ["@oncall was invited (2 people)."]);
    let calls = system.sandbox.calls();
    let asked: Vec<_> = calls.iter().filter(|call| call.method.starts_with("user")).collect();
    assert!(asked.is_empty(), "the copy is there: {asked:#?}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn those_of_a_severity_come_when_it_is_raised_and_nobody_who_cannot_keeps_the_others_out() {
    let system = System::start().await;
    system.sandbox.add_people("helper", 230);
    let helpers: Vec<_> = (0..230).map(|number| format!("helper{number}")).collect();
    let helpers: Vec<_> = helpers.iter().map(String::as_str).collect();
    system.sandbox.add_user_group("everybody", &helpers);
    system
        .execute(
            "INSERT INTO settings (key, value) VALUES ('severities',
                 '[{\"key\":\"sev1\",\"label\":\"SEV1\",\"description\":\"\",\"emoji\":\"🟥\",\"invite_groups\":[\"@Everybody\"]},
                   {\"key\":\"sev2\",\"label\":\"SEV2\",\"description\":\"\",\"emoji\":\"🟧\"},
                   {\"key\":\"sev4\",\"label\":\"SEV4\",\"description\":\"\",\"emoji\":\"🟦\"}]')",
        )
        .await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    // The one left her account after the copy, the other is in the channel already.
    system.sandbox.reinstall(|app| app.events.clear());
    system.sandbox.change_person("helper7", |person| person.deleted = true);
    system.sandbox.person("helper8").join(&system.incident_channel().id);
    system.choose("alice", "severity.set", "sev1").await;
    system.counted("incidents WHERE severity = 'sev1'", 1).await;
    system.settled().await;
    // Alice, the bot, and everybody but one.
    assert_eq!(members(&system).len(), 2 + 229);
    let notices = system.notices();
    assert!(
        notices.contains(&"@everybody was invited (229 people).".to_owned()),
        "{notices:#?}"
    );
    let told = system.sandbox.messages(&system.incident_channel().id);
    let problems: Vec<_> = told.iter().filter(|message| message.text.starts_with("⚠️")).collect();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(
        problems[0].text.contains("could not be invited: U000HELPER7"),
        "{}",
        problems[0].text
    );

    // Lowered and raised again, nobody is invited twice.
    for severity in ["sev4", "sev1"] {
        system.choose("alice", "severity.set", severity).await;
        system.settled().await;
    }
    assert_eq!(system.count("timeline_entries WHERE kind = 'group_invited'").await, 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_names_nobody_is_narrowed_down() {
    let system = System::start().await;
    InviteGroup::prepare(&system).await;
    system.sandbox.faults().add(
        Fault::new("conversations.invite", Harm::Error("cant_invite".to_owned()))
            .nth(2)
            .once(),
    );
    system.sandbox.add_user_group("more", &["erin", "frank", "bob"]);
    system
        .execute("UPDATE settings SET value = '[\"oncall\", \"more\"]' WHERE key = 'invite_groups'")
        .await;
    InviteGroup::run(&system).await;
    for who in ["carol", "dave", "erin", "frank", "bob"] {
        assert!(members(&system).contains(&id(&system, who)), "{who} is not in");
    }
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_is_not_there_is_said_with_what_to_do() {
    let system = System::start().await;
    system.set("invite_groups", serde_json::json!(["oncal"])).await;
    InviteGroup::run(&system).await;
    let told = system.sandbox.messages(&system.incident_channel().id);
    let problems: Vec<_> = told.iter().filter(|message| message.text.starts_with("⚠️")).collect();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(
        problems[0]
            .text
            .contains("@oncal could not be invited. Slack has no such group."),
        "{}",
        problems[0].text
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_permission_it_is_said_which_is_missing() {
    let mut config = sandbox::Config::default();
    config.app.scopes.remove("usergroups:read");
    let mut system = System::new(config).await;
    system.add_gateway();
    system.add_worker();
    system.connected(2).await;
    system.channels_copied().await;
    system.set("invite_groups", serde_json::json!(["oncall"])).await;
    InviteGroup::run(&system).await;
    let told = system.sandbox.messages(&system.incident_channel().id);
    assert!(
        told.iter().any(|message| message.text.contains("usergroups:read")),
        "{told:#?}"
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_incident_is_left_to_its_people() {
    let system = System::start().await;
    InviteGroup::prepare(&system).await;
    let private = ("Private incident", "Only people invited to its channel can see it");
    system
        .declare("alice", &[("Description", "Salaries leaked"), private])
        .await;
    system.declared(1).await;
    assert!(!members(&system).contains(&id(&system, "carol")));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_in_a_group_is_kept_fresh() {
    let system = System::start().await;
    let group = system.sandbox.add_user_group("oncall", &["carol"]);
    system.counted("slack_group_members", 1).await;
    system.sandbox.set_user_group(&group, &["dave", "erin"]);
    wait_for("the new people", async || {
        let now = "slack_group_members WHERE slack_user_id <> ''";
        (system.count(now).await == 2).then_some(())
    })
    .await;
    system.end().await;
}
