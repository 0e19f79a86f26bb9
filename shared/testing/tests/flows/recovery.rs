//! What people do by hand to the channel of an incident, to its messages and to accounts, and how it comes right again.

use chrono::{TimeDelta, Utc};
use domain::{Actor, IncidentId};
use incidents::{Replaces, Request};
use jobs::NewJob;
use jobs::payloads::slack::CheckChannels;
use sandbox::{BOT_USER_ID, Fault, Harm, Message};
use serde_json::json;
use store::incident_list::Viewer;
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
        let prompt = system.message_with(&channel, "An account was deactivated").await;
        system.settled().await;
        system.press("carol", &channel, &prompt, "Take over").await;
        system.counted("questions WHERE settled IS NOT NULL", 1).await;
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
        system.press("bob", "incidents", &prompt, "Make a new channel").await;
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
    ("Private incident", "Only people invited to its channel may see it"),
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
        console: None,
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
    system.tick(NewJob::new(&CheckChannels { resolved: false })).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_bot_comes_back_into_a_public_channel_and_catches_up() {
    let system = System::start().await;
    BotRemoved::prepare(&system).await;
    BotRemoved::run(&system).await;
    system.settled().await;
    assert!(system.panel().text.contains("SEV1"), "{}", system.panel().text);
    let notices = system.notices();
    assert!(
        notices.iter().any(|notice| notice.contains("raised the severity")),
        "{notices:#?}"
    );
    assert_eq!(system.count("incidents WHERE channel_lost IS NOT NULL").await, 0);
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_a_private_channel_people_are_told_and_what_was_missed_is_said() {
    let system = System::start().await;
    let channel = declare_private(&system).await;
    let alice = system.sandbox.person("alice");
    alice.kick_bot(&channel);
    system.counted("incidents WHERE channel_lost = 'removed'", 1).await;
    raise(&system).await;
    system.settled().await;
    let told = system.sandbox.direct_messages("alice").pop().unwrap();
    assert!(shown(&told).contains("Please invite it back"), "{}", told.text);
    assert!(shown(&told).contains("Make a new channel"), "{}", told.text);

    alice.invite_bot(&channel);
    system.counted("incidents WHERE channel_lost IS NULL", 1).await;
    system.settled().await;
    assert!(system.panel().text.contains("SEV1"), "{}", system.panel().text);
    let notices = system.notices().join("\n");
    assert!(
        notices.contains("raised the severity") && notices.contains("was removed from"),
        "{notices}"
    );
    let told = system.sandbox.direct_messages("alice").pop().unwrap();
    assert_eq!(told.text, "The channel can be used again.");
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_incident_without_a_usable_channel_is_offered_a_new_one() {
    for deleted in [false, true] {
        let system = System::start().await;
        BotRemoved::prepare(&system).await;
        let (alice, channel) = (system.sandbox.person("alice"), system.incident_channel().id);
        if deleted {
            alice.delete_channel(&channel);
        } else {
            alice.archive(&channel);
        }
        let gone = if deleted { "was deleted" } else { "is archived" };
        let prompt = system
            .message_with("incidents", &format!("<@{}> The incident is open, but", alice.id()))
            .await;
        assert!(prompt.text.contains(gone), "{}", prompt.text);
        system.settled().await;
        let post = &system.sandbox.messages("incidents")[0];
        assert!(
            !shown(post).contains("Join channel") && shown(post).contains(gone),
            "{}",
            shown(post)
        );

        system.press("bob", "incidents", &prompt, "Make a new channel").await;
        system
            .counted("incidents WHERE channel_number = 2 AND channel_id IS NOT NULL", 1)
            .await;
        system.settled().await;
        let new = system.incident_channel();
        assert_ne!(new.id, channel);
        for who in ["alice", "bob"] {
            assert!(new.members.contains(&id(&system, who)), "{who}: {new:#?}");
        }
        assert_eq!(system.panel().ts, system.sandbox.messages(&new.id)[0].ts);
        assert!(shown(&system.sandbox.messages("incidents")[0]).contains("Join channel"));
        system.message_with("incidents", "bob had a new channel made.").await;
        assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
        system.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_kept_up_to_date_comes_along_into_a_new_channel() {
    let system = System::start_with(crate::statuspage::with_page()).await;
    system.set("providers", json!(["github"])).await;
    BotRemoved::prepare(&system).await;
    // The reminder of the next update stands in the old channel, open.
    system.pass(TimeDelta::minutes(31)).await;
    system.counted("questions WHERE ts IS NOT NULL", 2).await;
    system.settled().await;
    ArchivedByHand::run(&system).await;
    system.settled().await;
    let new = system.incident_channel().id;
    let messages = system.sandbox.messages(&new);
    assert_eq!(system.panel().ts, messages[0].ts, "{messages:#?}");
    for text in [
        "*Upstream:*",
        "Statuspage",
        "It is time for an update",
        "Nobody has taken a role yet",
    ] {
        assert!(!with_text(&system, &new, text).is_empty(), "{text}: {messages:#?}");
    }
    let stale = system
        .count(
            "posted_messages p JOIN incidents i ON i.id = p.incident_id
        WHERE p.kind IN ('panel', 'upstream', 'statuspage') AND p.channel_id <> i.channel_id",
        )
        .await;
    assert_eq!(stale, 0);
    // And what is drawn next changes the new ones.
    raise(&system).await;
    system.settled().await;
    assert!(system.panel().text.contains("SEV1"));
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_access_comes_along_and_may_be_made_again() {
    let system = System::start().await;
    let channel = declare_private(&system).await;
    let (alice, post) = (
        system.sandbox.person("alice"),
        system.sandbox.messages("incidents")[0].clone(),
    );
    system.press("bob", "incidents", &post, "Request access").await;
    let asked = system.message_with(&channel, "🔑").await;
    assert!(asked.text.contains(&format!("<@{}>", alice.id())), "{}", asked.text);

    // Somebody deletes it: asking again brings it back.
    alice.delete(&channel, &asked.ts);
    system.press("bob", "incidents", &post, "Request access").await;
    let again = wait_for("the request", async || with_text(&system, &channel, "Let in").pop()).await;
    assert_ne!(again.ts, asked.ts);

    // After a day nobody has decided: a new request, whose message is the only one.
    system
        .execute("UPDATE access_requests SET expires_at = now() - interval '1 minute'")
        .await;
    system.press("bob", "incidents", &post, "Request access").await;
    wait_for("the new request", async || {
        let messages = with_text(&system, &channel, "Let in");
        (messages.len() == 1 && messages[0].ts != again.ts).then_some(())
    })
    .await;
    assert_eq!(system.count("access_requests").await, 1);

    alice.archive(&channel);
    let prompt = wait_for("the prompt", async || {
        let mut told = system.sandbox.direct_messages("alice").into_iter();
        told.rfind(|message| shown(message).contains("Make a new channel"))
    })
    .await;
    system.settled().await;
    let direct = place_of(&system, &prompt);
    system.press("alice", &direct, &prompt, "Make a new channel").await;
    system
        .counted("incidents WHERE channel_number = 2 AND channel_id IS NOT NULL", 1)
        .await;
    system.settled().await;
    let new = system.incident_channel().id;
    let asked = with_text(&system, &new, "Let in").pop().unwrap();
    system.press("alice", &new, &asked, "Let in").await;
    system.counted("access_requests WHERE granted", 1).await;
    system.settled().await;
    assert!(system.incident_channel().members.contains(&id(&system, "bob")));
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_somebody_deleted_is_posted_anew() {
    let system = System::start_with(crate::statuspage::with_page()).await;
    system.set("providers", json!(["github"])).await;
    BotRemoved::prepare(&system).await;
    let channel = system.incident_channel().id;
    let alice = system.sandbox.person("alice");
    let places = [
        (channel.as_str(), "*Upstream:*"),
        (channel.as_str(), "*Statuspage:*"),
        (channel.as_str(), "Send update"),
        ("incidents", "Join channel"),
    ];
    let mut before = Vec::new();
    for (place, text) in places {
        let message = with_text(&system, place, text).pop().unwrap();
        system.sandbox.person("alice").join("incidents");
        // One message may hold several of these texts.
        if !before.contains(&message.ts) {
            alice.delete(place, &message.ts);
        }
        before.push(message.ts);
    }
    let id = incident(&system).await;
    let pool = system.pool().clone().into();
    incidents::reload_upstream(&pool, &request(&system, "reload"), id)
        .await
        .unwrap();
    system
        .tick(jobs::payloads::slack::DrawStatuspage { incident: id }.job())
        .await;
    raise(&system).await;
    system.settled().await;
    for (place, text) in places {
        let anew = with_text(&system, place, text);
        assert_eq!(anew.len(), 1, "{text}: {anew:#?}");
        assert!(!before.contains(&anew[0].ts), "{text}");
    }
    assert_eq!(system.sandbox.pins(&channel).len(), 1, "the panel is pinned again");
    // What is drawn next changes the new ones.
    system.choose("alice", "status.set", "identified").await;
    system.counted("incidents WHERE status = 'identified'", 1).await;
    system.settled().await;
    assert!(system.panel().text.contains("Identified"));
    for (place, text) in places {
        assert_eq!(with_text(&system, place, text).len(), 1, "{text}");
    }
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_renamed_while_we_were_down_is_known_by_its_new_name() {
    let mut system = started().await;
    BotRemoved::prepare(&system).await;
    let channel = system.incident_channel();
    // Nobody hears of the renaming.
    system.stop_last().await;
    system.sandbox.person("alice").rename_channel(&channel.id, "war-room");
    check(&system).await;
    assert_eq!(system.count("incidents WHERE channel_name = 'war-room'").await, 1);
    assert_eq!(system.count("timeline_entries WHERE kind = 'channel_renamed'").await, 1);
    system.end().await;
}

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
    system.tick(NewJob::new(&CheckChannels { resolved: false })).await;
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
        let declared = who == "alice";
        assert_eq!(changed[0].is_visible_to(&viewer), member || declared, "{who}");
        changed[0].is_visible_to(&viewer)
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
        assert_eq!(may_see(who).await, may, "{who}");
    }
    system.sandbox.faults().remove(fault);

    // Whoever leaves after it was resolved reads no more of it either.
    system.execute("UPDATE incidents SET resolved_at = now()").await;
    alice.kick(&channel, "frank");
    system.tick(NewJob::new(&CheckChannels { resolved: true })).await;
    wait_for("frank to be gone", async || (!may_see("frank").await).then_some(())).await;
    system.settled().await;
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
    let prompt = system.message_with(&channel, "An account was deactivated").await;
    system.settled().await;
    let notices = system.notices().join("\n");
    assert!(
        notices.contains("bob's account was deactivated. The role Technical lead needs somebody else."),
        "{notices}"
    );
    assert!(shown(&system.panel()).contains("(account deactivated)"));

    // Reminders go to the next who can send an update.
    system.pass(TimeDelta::minutes(31)).await;
    let reminder = system.message_with(&channel, "It is time for an update").await;
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
    assert_eq!(system.count("questions WHERE kind = 'reassign'").await, 1);
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
        .counted("questions WHERE kind = 'unarchive' AND ts IS NOT NULL", 1)
        .await;
    system.settled().await;
    let asked = system.sandbox.direct_messages("alice").pop().unwrap();
    let fault = Fault::new("conversations.invite", Harm::Status(500));
    let fault = system.sandbox.faults().add(fault);
    let direct = place_of(&system, &asked);
    system.press("alice", &direct, &asked, "Make a new channel").await;
    system
        .counted("incidents WHERE channel_number = 2 AND channel_id IS NOT NULL", 1)
        .await;
    // Slack does not take the invitations yet.
    system.tick(NewJob::new(&CheckChannels { resolved: false })).await;
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
async fn a_name_that_another_incident_has_is_not_noted_again_and_again() {
    let system = System::start().await;
    BotRemoved::prepare(&system).await;
    system.settled().await;
    let channel = system.incident_channel();
    system
        .execute("UPDATE incidents SET channel_name = 'inc-of-another' WHERE id IN (SELECT id FROM incidents LIMIT 1)")
        .await;
    sqlx::query(
        "INSERT INTO incidents (id, title, description, severity, status, private, declared_by, declared_at, updated_at,
                                channel_name)
         SELECT '0193a5f0-0000-7000-8000-0000000000aa', title, description, severity, status, private, declared_by,
                declared_at, updated_at, $1
         FROM incidents LIMIT 1",
    )
    .bind(&channel.name)
    .execute(system.pool())
    .await
    .unwrap();
    for _ in 0..2 {
        check(&system).await;
    }
    assert_eq!(system.count("timeline_entries WHERE kind = 'channel_renamed'").await, 0);
    system.end().await;
}

/// Sends an update as the console does.
async fn send_update(system: &System, message: &str) {
    let update = incidents::Update {
        resources: String::new(),
        message: message.to_owned(),
    };
    let pool = system.pool().clone().into();
    incidents::send_update(&pool, &request(system, message), incident(system).await, &update)
        .await
        .unwrap();
    system.settled().await;
}

/// The update with this text in the digest channel, and the incident's post there.
fn update_and_post(system: &System, text: &str) -> (Message, Message) {
    let mut update = with_text(system, "incidents", text).into_iter();
    let update = update.rfind(|message| message.thread_ts.is_some());
    let post = with_text(system, "incidents", "Join channel").pop();
    (update.expect("the update"), post.expect("the post"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_comes_where_people_look() {
    let system = System::start().await;
    BotRemoved::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    alice.join("incidents");
    // The first deletion leaves nothing, the second one a tombstone with the answers.
    for text in ["Rolling back", "Still rolling back"] {
        let post = with_text(&system, "incidents", "Join channel").pop().unwrap();
        alice.delete("incidents", &post.ts);
        send_update(&system, text).await;
        let (update, now) = update_and_post(&system, text);
        assert_ne!(now.ts, post.ts);
        assert_eq!(update.thread_ts, Some(now.ts), "{text}");
    }
    alice.kick_bot("incidents");
    send_update(&system, "Rolled back").await;
    let (update, now) = update_and_post(&system, "Rolled back");
    assert_eq!(update.thread_ts, Some(now.ts));

    // The channel is archived, and another one takes its place.
    let old = system.sandbox.channel("incidents").unwrap().id;
    alice.rename_channel("incidents", "incidents-old");
    alice.archive(&old);
    let new = system.slack().create_channel("incidents", false).await.unwrap();
    system.tick(jobs::payloads::slack::CopyChannels::all()).await;
    system.settled().await;
    send_update(&system, "Watching").await;
    let (update, now) = update_and_post(&system, "Watching");
    assert_eq!(place_of(&system, &now), new.id);
    assert_eq!(update.thread_ts, Some(now.ts));
    assert_eq!(system.count("jobs WHERE state = 'discarded'").await, 0);
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
async fn what_somebody_stopped_stays_stopped_and_what_was_said_before_is_said_again() {
    let system = System::start().await;
    BotRemoved::prepare(&system).await;
    give(&system, "communications_liaison", "bob").await;
    let pool = system.pool().clone().into();
    let incident = incident(&system).await;
    incidents::stop_reminders(&pool, &request(&system, "stop"), incident)
        .await
        .unwrap();
    let channel = system.incident_channel().id;
    let alice = system.sandbox.person("alice");
    alice.archive(&channel);
    system.counted("incidents WHERE archived_at IS NOT NULL", 1).await;
    alice.unarchive(&channel);
    system.counted("incidents WHERE archived_at IS NULL", 1).await;
    system.settled().await;
    assert_eq!(system.count("incidents WHERE reminders_stopped").await, 1);

    let told = async |times| {
        system
            .counted("timeline_entries WHERE kind = 'holder_left'", times)
            .await;
    };
    system.sandbox.change_person("bob", |person| person.deleted = true);
    told(1).await;
    let carol = id(&system, "carol");
    let leads = ["incident_commander", "technical_lead"].map(|role| (role.to_owned(), carol.clone()));
    for (status, given) in [("resolved", &leads[..]), ("investigating", &[])] {
        incidents::set_status(&pool, &request(&system, status), incident, status, given)
            .await
            .unwrap();
    }
    told(2).await;
    // Opened and closed again.
    system.sandbox.change_person("bob", |person| person.deleted = false);
    system.counted("slack_users WHERE NOT active", 0).await;
    system.sandbox.change_person("bob", |person| person.deleted = true);
    told(3).await;
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_opened_again_comes_back_into_its_public_channel_without_asking() {
    let system = System::start().await;
    BotRemoved::prepare(&system).await;
    let pool = system.pool().clone().into();
    let incident = incident(&system).await;
    let alice = id(&system, "alice");
    let leads = ["incident_commander", "technical_lead"].map(|role| (role.to_owned(), alice.clone()));
    incidents::set_status(&pool, &request(&system, "resolve"), incident, "resolved", &leads)
        .await
        .unwrap();
    system.settled().await;
    let channel = system.incident_channel().id;
    system.sandbox.person("alice").kick_bot(&channel);
    system.counted("incidents WHERE channel_lost = 'removed'", 1).await;
    system.settled().await;
    incidents::set_status(&pool, &request(&system, "reopen"), incident, "investigating", &[])
        .await
        .unwrap();
    bot_is_in(&system, true).await;
    system.settled().await;
    assert_eq!(system.count("incidents WHERE channel_lost IS NOT NULL").await, 0);
    assert_eq!(system.count("questions WHERE kind = 'unarchive'").await, 0);
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
