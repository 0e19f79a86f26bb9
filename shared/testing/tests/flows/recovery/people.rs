//! Who is in a channel, who may see its incident, and whose account is closed.

use chrono::TimeDelta;
use domain::Actor;
use incidents::{Replaces, Request};
use jobs::CheckChannels;
use sandbox::{Fault, Harm};
use serde_json::json;
use store::incident_list::Viewer;
use testing::{System, wait_for};

use super::{
    AccountClosed, BotRemoved, bot_is_in, check, declare_private, give, id, incident, place_of, private_with_bob,
    request, shown, shown_times, started,
};
use crate::declare::FIELDS;
use crate::matrix::Flow;

#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_a_private_incident_follows_slack_even_when_nobody_told_us() {
    let mut system = started().await;
    let channel = declare_private(&system).await;
    let incident = incident(&system).await;
    let pool: store::PgPool = system.pool().clone().into();
    for who in ["bob", "carol"] {
        incidents::invite_person(&pool, &request(&system, who), incident, &id(&system, who))
            .await
            .unwrap();
    }
    system.counted("incident_members WHERE in_channel", 3).await;
    system.settled().await;
    system.stop_last().await;

    // Dave is let in, and Slack does not take the invitation yet. Erin gets a role.
    let fault = Fault::new("conversations.invite", Harm::Status(500));
    let fault = system.sandbox.faults().add(fault);
    incidents::invite_person(&pool, &request(&system, "dave"), incident, &id(&system, "dave"))
        .await
        .unwrap();
    incidents::assign(
        &pool,
        &request(&system, "erin"),
        incident,
        "technical_lead",
        &id(&system, "erin"),
        Replaces::Anybody,
    )
    .await
    .unwrap();
    incidents::assign(
        &pool,
        &request(&system, "bobs"),
        incident,
        "incident_commander",
        &id(&system, "bob"),
        Replaces::Anybody,
    )
    .await
    .unwrap();
    // Bob and carol are removed, and frank comes in.
    let alice = system.sandbox.person("alice");
    alice.kick(&channel, "bob");
    alice.kick(&channel, "carol");
    alice.invite(&channel, "frank");
    // What was heard of somebody within the last minute counts more: events and answers may overtake each other.
    system
        .execute("UPDATE incident_member_moves SET at = at - interval '2 minutes'")
        .await;
    system.tick(CheckChannels::of_open(0)).await;
    system
        .counted(
            &format!("incident_members WHERE slack_user_id = '{}'", id(&system, "carol")),
            0,
        )
        .await;
    let may_see = async |who: &str| {
        let viewer = Viewer::in_slack(id(&system, who));
        let mut conn = pool.acquire().await.unwrap();
        let changed = store::incident_list::changed(&mut conn, &[incident]).await.unwrap();
        let member = store::members::contains(&mut conn, incident, &id(&system, who))
            .await
            .unwrap();
        (changed[0].is_visible_to(&viewer), member || who == "alice")
    };
    for (who, may) in [
        ("alice", true),
        // They hold a role, whether they are in the channel or not.
        ("bob", true),
        ("erin", true),
        // Was let in, and could not come yet.
        ("dave", true),
        // Is in the channel.
        ("frank", true),
        // Was removed from it.
        ("carol", false),
    ] {
        assert_eq!(may_see(who).await, (may, may), "{who}");
    }
    system.sandbox.faults().remove(fault);

    // Whoever leaves after it was resolved reads no more of it either.
    system.execute("UPDATE incidents SET resolved_at = now()").await;
    alice.kick(&channel, "frank");
    system.tick(CheckChannels::of_resolved(0)).await;
    wait_for("frank to be gone", async || {
        (may_see("frank").await == (false, false)).then_some(())
    })
    .await;
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_any_more_once_the_account_is_open_again() {
    let system = System::start().await;
    AccountClosed::prepare(&system).await;
    system.sandbox.set_deactivated("bob", true);
    let channel = system.incident_channel().id;
    let prompt = system.message_with(&channel, "Who takes over?").await;
    assert!(shown(&prompt).contains("button"), "{}", shown(&prompt));
    system.sandbox.set_deactivated("bob", false);
    system.counted("slack_users WHERE NOT active", 0).await;
    check(&system).await;
    system.settled().await;
    let messages = system.sandbox.messages(&channel);
    let prompt = messages.iter().find(|message| message.ts == prompt.ts).unwrap();
    assert!(!shown(prompt).contains("button"), "{}", shown(prompt));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_of_somebody_who_becomes_a_guest_are_handed_on() {
    let system = System::start().await;
    AccountClosed::prepare(&system).await;
    system.settled().await;
    system
        .sandbox
        .change_person("bob", |person| person.is_restricted = true);
    let channel = system.incident_channel().id;
    let prompt = system.message_with(&channel, "Who takes over?").await;
    assert!(shown(&prompt).contains("Technical lead"), "{}", shown(&prompt));
    system.settled().await;
    let said = "bob is a guest now and can't act in incidents. The role Technical lead needs somebody else.";
    let notices = system.notices().join("\n");
    assert!(notices.contains(said), "{notices}");
    assert!(shown(&system.panel()).contains("(can no longer act)"));

    // Heard of again, and checked: it is said once.
    system
        .sandbox
        .change_person("bob", |person| person.is_restricted = true);
    check(&system).await;
    system.settled().await;
    assert_eq!(system.count("timeline_entries WHERE kind = 'holder_left'").await, 1);

    // A setting lets guests act: nobody has to take over.
    system.set("guests_may_act", true.into()).await;
    check(&system).await;
    system.settled().await;
    let messages = system.sandbox.messages(&channel);
    let prompt = messages.iter().find(|message| message.ts == prompt.ts).unwrap();
    assert!(!shown(prompt).contains("button"), "{}", shown(prompt));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_of_a_closed_account_are_handed_on() {
    let system = System::start().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let pool = system.pool().clone().into();
    let incident = incident(&system).await;
    for (role, who) in [
        ("communications_liaison", "bob"),
        ("technical_lead", "bob"),
        ("incident_commander", "carol"),
    ] {
        incidents::assign(
            &pool,
            &request(&system, role),
            incident,
            role,
            &id(&system, who),
            Replaces::Anybody,
        )
        .await
        .unwrap();
    }
    system.settled().await;
    system.sandbox.change_person("bob", |person| person.deleted = true);
    let channel = system.incident_channel().id;
    let prompt = system.message_with(&channel, "Who takes over?").await;
    system.settled().await;
    let notices = system.notices().join("\n");
    assert!(
        notices.contains("bob's account was deactivated. Reassign the role Technical lead."),
        "{notices}"
    );
    assert!(shown(&system.panel()).contains("(can no longer act)"));

    // Reminders go to the next who can send an update.
    system.pass(TimeDelta::minutes(31)).await;
    let reminder = system.message_with(&channel, "An update is due").await;
    assert!(
        reminder.text.contains(&format!("<@{}>", id(&system, "carol"))),
        "{}",
        reminder.text
    );
    system.settled().await;

    // To resolve, somebody else has to be technical lead.
    let resolved = incidents::set_status(&pool, &request(&system, "resolve"), incident, "resolved", &[]).await;
    assert!(
        matches!(&resolved, Err(incidents::CommandError::MissingRoles(roles)) if roles.len() == 1),
        "{resolved:?}"
    );

    let now = || {
        let mut messages = system.sandbox.messages(&channel).into_iter();
        messages.find(|message| message.ts == prompt.ts).unwrap()
    };
    // Pressed for each role; then the buttons go.
    for left in [1, 0] {
        let open = now();
        // Several buttons say the same.
        let row = open
            .blocks
            .iter()
            .find(|block| block["accessory"]["action_id"].is_string());
        let row = row.unwrap();
        let button = format!(
            "{}/{}",
            row["block_id"].as_str().unwrap(),
            row["accessory"]["action_id"].as_str().unwrap()
        );
        system.press("alice", &channel, &open, &button).await;
        system.settled().await;
        assert_eq!(shown_times(&now(), "Take over"), left);
    }
    assert!(now().text.contains("have been taken over"), "{}", now().text);
    // Said once.
    check(&system).await;
    assert_eq!(system.count("prompts WHERE kind = 'reassign'").await, 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_removed_by_hand_is_not_invited_again_by_a_bot_that_comes_back() {
    let system = System::start().await;
    let channel = private_with_bob(&system).await;
    system
        .execute("UPDATE incident_member_moves SET at = at - interval '2 minutes'")
        .await;
    let alice = system.sandbox.person("alice");
    alice.kick_bot(&channel);
    system.counted("incidents WHERE channel_lost = 'removed'", 1).await;
    alice.kick(&channel, "bob");
    alice.invite_bot(&channel);
    system.counted("incidents WHERE channel_lost IS NULL", 1).await;
    system.settled().await;
    assert!(!system.incident_channel().members.contains(&id(&system, "bob")));
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_a_private_incident_stay_its_people_while_they_come_into_a_new_channel() {
    let system = System::start().await;
    let channel = private_with_bob(&system).await;
    let incident = incident(&system).await;
    let alice = system.sandbox.person("alice");
    alice.archive(&channel);
    system
        .counted("prompts WHERE kind = 'unarchive' AND ts IS NOT NULL", 1)
        .await;
    system.settled().await;
    let asked = system.sandbox.direct_messages("alice").pop().unwrap();
    let fault = Fault::new("conversations.invite", Harm::Status(500));
    let fault = system.sandbox.faults().add(fault);
    let direct = place_of(&system, &asked);
    system.press("alice", &direct, &asked, "Create a new channel").await;
    system
        .counted("incidents WHERE channel_number = 2 AND channel_id IS NOT NULL", 1)
        .await;
    // Slack does not take the invitations yet.
    system.tick(CheckChannels::of_open(0)).await;
    system
        .counted(
            "jobs WHERE kind = 'slack.check_channel' AND state IN ('waiting', 'running')",
            0,
        )
        .await;
    let mut conn = system.pool().acquire().await.unwrap();
    let member = store::members::contains(&mut conn, incident, &id(&system, "bob"))
        .await
        .unwrap();
    assert!(member, "bob may see it, and comes when Slack takes the invitation");
    drop(conn);
    system.sandbox.faults().remove(fault);
    wait_for("bob", async || {
        let members = system.incident_channel().members;
        members.contains(&id(&system, "bob")).then_some(())
    })
    .await;
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_whose_channel_was_lost_comes_with_the_recovery() {
    let system = System::start().await;
    system.sandbox.add_user_group("oncall", &["carol"]);
    system.counted("slack_groups WHERE members_at IS NOT NULL", 1).await;
    BotRemoved::prepare(&system).await;
    let channel = system.incident_channel().id;
    let alice = system.sandbox.person("alice");
    alice.archive(&channel);
    system.counted("incidents WHERE archived_at IS NOT NULL", 1).await;
    system.set("invite_groups", json!(["oncall"])).await;
    alice.unarchive(&channel);
    system.counted("incidents WHERE archived_at IS NULL", 1).await;
    let carol = id(&system, "carol");
    wait_for("carol", async || {
        system.incident_channel().members.contains(&carol).then_some(())
    })
    .await;
    system.settled().await;
    // Whoever is in is not invited once more.
    alice.kick(&channel, "carol");
    alice.kick_bot(&channel);
    bot_is_in(&system, true).await;
    system.settled().await;
    assert!(!system.incident_channel().members.contains(&carol));
    assert_eq!(system.count("timeline_entries WHERE kind = 'group_invited'").await, 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_left_a_public_channel_is_not_invited_again_by_a_bot_that_comes_back() {
    let system = System::start().await;
    BotRemoved::prepare(&system).await;
    give(&system, "technical_lead", "bob").await;
    system.settled().await;
    let channel = system.incident_channel().id;
    let alice = system.sandbox.person("alice");
    let is_in = |who: &str| system.incident_channel().members.contains(&id(&system, who));
    assert!(is_in("alice") && is_in("bob"));
    system.sandbox.person("bob").leave(&channel);
    alice.leave(&channel);
    system.counted("incident_members", 0).await;
    system.sandbox.person("carol").join(&channel);
    system.sandbox.person("carol").archive(&channel);
    system.counted("incidents WHERE archived_at IS NOT NULL", 1).await;
    // Dave gets a role meanwhile.
    give(&system, "communications_liaison", "dave").await;
    system.settled().await;
    system.sandbox.person("carol").unarchive(&channel);
    system.counted("incidents WHERE archived_at IS NULL", 1).await;
    system.settled().await;
    assert!(is_in("dave"), "who was added meanwhile is invited");
    assert!(!is_in("alice") && !is_in("bob"), "who left stays away");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_who_archives_a_private_channel_does_not_come_to_see_the_incident() {
    let system = System::start().await;
    let channel = declare_private(&system).await;
    let incident = incident(&system).await;
    let request = Request {
        actor: Actor::Slack {
            user_id: id(&system, "carol"),
            name: "carol".to_owned(),
        },
        channel: Some(channel),
        ..request(&system, "archived")
    };
    incidents::archived_in_slack(&system.pool().clone().into(), &request, incident)
        .await
        .unwrap();
    system.counted("incidents WHERE archived_at IS NOT NULL", 1).await;
    let mut conn = system.pool().acquire().await.unwrap();
    let is_member = store::members::contains(&mut conn, incident, &id(&system, "carol"))
        .await
        .unwrap();
    assert!(!is_member);
    drop(conn);
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_of_another_workspace_gets_a_role_only_where_they_may_act() {
    let system = System::start().await;
    BotRemoved::prepare(&system).await;
    system
        .execute("UPDATE slack_users SET stranger = true WHERE name = 'bob'")
        .await;
    system.counted("slack_users WHERE stranger", 1).await;
    let pool: store::PgPool = system.pool().clone().into();
    let (incident, bob) = (incident(&system).await, id(&system, "bob"));
    let assign = async |key: &str| {
        let request = request(&system, key);
        incidents::assign(&pool, &request, incident, "technical_lead", &bob, Replaces::Anybody).await
    };
    let refused = assign("refused").await.unwrap_err().to_string();
    assert!(refused.contains("from another workspace"), "{refused}");
    let refused = incidents::invite_person(&pool, &request(&system, "invite"), incident, &bob).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("bob can't be invited"), "{refused}");

    system.set("outsiders_may_act", true.into()).await;
    wait_for("the setting to be in force", async || assign("taken").await.ok()).await;
    system.settled().await;
    system.end().await;
}
