//! Open incidents of incident-bot 0.8.2 are taken over: people in their channels notice one message.

use domain::IncidentId;
use jobs::{DrawPanel, Invite, PollStatuspage};
use queue::Job;
use sandbox::{Fault, Harm};
use slack::Message;
use testing::System;
use web::Import;

use crate::matrix::Flow;
use crate::statuspage::with_page;

/// The tables of 0.8.2 that an import needs at least.
const TABLES: &str = "
    CREATE TABLE public.incidents (
        incident_id text PRIMARY KEY, channel_id text, channel_name text, status text, severity text, bp_message_ts text,
        dig_message_ts text, sp_message_ts text, sp_incident_id text, created_at text, updated_at text, last_update_sent text,
        tags json, commander text, technical_lead text, communications_liaison text, rca text
    );
    CREATE TABLE public.auditlog (incident_id text PRIMARY KEY, data json);
    CREATE TABLE public.opdata (id text PRIMARY KEY, data text, json_data json, updated_at text);";

fn said(text: &str) -> Message {
    Message {
        text: text.to_owned(),
        blocks: Vec::new(),
    }
}

/// A channel as 0.8.2 leaves it: its panel is pinned, its post is in the digest channel, its row in the table.
async fn declared_by_0_8_2(system: &System, name: &str) -> (String, String) {
    let channel = system.slack().create_channel(name, false).await.unwrap().id;
    let panel = declared_in(system, &channel, name).await;
    (channel, panel)
}

/// The same in a channel that is there; gives the panel.
async fn declared_in(system: &System, channel: &str, name: &str) -> String {
    let slack = system.slack();
    let digest = system.sandbox.channel("incidents").unwrap().id;
    let post = async |channel: &str, text: &str| {
        let key = format!("old/{name}/{text}");
        slack.post_message(channel, None, &said(text), &key).await.unwrap()
    };
    let (panel, post) = (
        post(channel, "The old panel").await,
        post(&digest, "The old post").await,
    );
    slack.pin(channel, &panel).await.unwrap();
    let sql = format!(
        "INSERT INTO public.incidents (incident_id, channel_id, channel_name, status, severity, bp_message_ts, dig_message_ts,
             created_at, tags)
         VALUES ('{name}', '{channel}', '{name}', 'identified', 'sev3', '{panel}', '{post}',
                 to_char(to_timestamp({post}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') || ' CST', '[]')"
    );
    system.execute(sql.leak()).await;
    panel
}

async fn import(system: &System) {
    let pool = store::PgPool::from(system.pool().clone());
    Import::default().import(&web::Config::default(), &pool).await.unwrap();
}

/// An open incident is imported, and its channel taken over.
pub(crate) struct TakeOver;

impl Flow for TakeOver {
    async fn prepare(system: &System) {
        system.execute(TABLES).await;
        declared_by_0_8_2(system, "inc-2026111115-card-payments-declined").await;
    }

    async fn run(system: &System) {
        import(system).await;
        system
            .counted("legacy_incidents WHERE taken_over_at IS NOT NULL", 1)
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_is_noticed() {
    let system = System::start().await;
    system.execute(TABLES).await;
    let (channel, old_panel) = declared_by_0_8_2(&system, "inc-2026111115-card-payments-declined").await;
    let before = system.sandbox.messages(&channel).len();
    TakeOver::run(&system).await;
    system.settled().await;

    let messages = system.sandbox.messages(&channel);
    let old = messages.iter().find(|message| message.ts == old_panel).unwrap();
    assert!(old.text.starts_with("This control panel was replaced."), "{}", old.text);
    let new: Vec<_> = messages.iter().skip(before).map(|message| &message.text).collect();
    let posted: Vec<_> = messages
        .iter()
        .skip(before)
        .filter(|message| message.subtype.is_none())
        .collect();
    assert_eq!(posted.len(), 1, "{new:?}");
    assert!(posted[0].text.contains("card payments declined"), "{new:?}");
    let pins = system.sandbox.pins(&channel);
    assert_eq!(pins.iter().map(|pin| &pin.ts).collect::<Vec<_>>(), [&posted[0].ts]);
    assert!(old.text.contains(&posted[0].ts.replace('.', "")), "{}", old.text);

    // The post is where it was, and ours.
    let digest = system.sandbox.messages("incidents");
    let posts: Vec<_> = digest.iter().filter(|message| message.from_app).collect();
    assert_eq!(posts.len(), 1, "{posts:#?}");
    assert!(posts[0].text.contains("card payments declined"), "{}", posts[0].text);

    // Again: nothing more.
    import(&system).await;
    system.settled().await;
    assert_eq!(system.sandbox.messages(&channel).len(), messages.len());
    system.end().await;
}

/// What the bot posted in the digest channel.
fn posts(system: &System) -> Vec<String> {
    let digest = system.sandbox.messages("incidents").into_iter();
    digest.filter(|post| post.from_app).map(|post| post.text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_cannot_be_used_is_asked_about() {
    let system = System::start().await;
    system.execute(TABLES).await;
    let (archived, _) = declared_by_0_8_2(&system, "inc-2026111116-warehouse-offline").await;
    system.slack().archive_channel(&archived).await.unwrap();
    let (deleted, _) = declared_by_0_8_2(&system, "inc-2026111117-search-is-slow").await;
    system.sandbox.person("alice").delete_channel(&deleted);
    import(&system).await;
    system.counted("incidents WHERE archived_at IS NOT NULL", 1).await;
    system.counted("incidents WHERE channel_lost = 'deleted'", 1).await;
    system.settled().await;
    assert_eq!(system.count("prompts WHERE kind = 'unarchive'").await, 2);
    assert_eq!(system.count("legacy_incidents WHERE taken_over_at IS NULL").await, 2);

    // Their posts are updated where they are.
    let mut posts = posts(&system);
    posts.retain(|post| post.contains("SEV3"));
    assert_eq!(posts.len(), 2, "{posts:?}");
    assert!(
        posts[0].contains("warehouse offline") && posts[1].contains("search is slow"),
        "{posts:?}"
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panel_that_slack_refuses_is_one_problem() {
    let system = System::start().await;
    system.execute(TABLES).await;
    let (channel, _) = declared_by_0_8_2(&system, "inc-2026111118-exports-are-empty").await;
    let refused = Fault::new("chat.postMessage", Harm::Error("restricted_action".to_owned()));
    system.sandbox.faults().add(refused.argument("channel", &channel));
    import(&system).await;
    system
        .counted("jobs WHERE kind = 'slack.draw_panel' AND state = 'discarded'", 1)
        .await;
    // It has looked for the panel again.
    system
        .counted("jobs WHERE kind = 'slack.take_over' AND attempt >= 3", 1)
        .await;
    assert_eq!(
        system
            .count("jobs WHERE kind = 'slack.draw_panel' AND state = 'discarded'")
            .await,
        1
    );

    // Posted in the end, it takes the channel over.
    system.sandbox.faults().clear();
    let id = system.text("SELECT id::text FROM incidents").await.parse().unwrap();
    system
        .tick(
            DrawPanel {
                incident: IncidentId(id),
            }
            .job(),
        )
        .await;
    system
        .counted("legacy_incidents WHERE taken_over_at IS NOT NULL", 1)
        .await;
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_in_a_private_channel_is_private() {
    let system = System::start().await;
    system.execute(TABLES).await;
    let name = "inc-2026111119-stolen-laptop";
    let channel = system.slack().create_channel(name, true).await.unwrap().id;
    declared_in(&system, &channel, name).await;
    TakeOver::run(&system).await;
    system.settled().await;
    assert_eq!(system.count("incidents WHERE private").await, 1);
    let posts = posts(&system);
    assert_eq!(posts.len(), 1, "{posts:?}");
    assert!(!posts[0].contains("laptop"), "{posts:?}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_left_is_not_invited() {
    let system = System::start().await;
    system.execute(TABLES).await;
    let (alice, bob) = (system.sandbox.person("alice"), system.sandbox.person("bob"));
    let (channel, _) = declared_by_0_8_2(&system, "inc-2026111120-printers-on-fire").await;
    alice.join(&channel);
    let sql = format!(
        r#"INSERT INTO public.opdata (id, json_data) VALUES ('slack_users', '[{{"id": "{}", "name": "bob", "real_name": "Bob"}}]');
           UPDATE public.incidents SET commander = 'bob'"#,
        bob.id()
    );
    system.execute(sql.leak()).await;
    system.slack().archive_channel(&channel).await.unwrap();
    import(&system).await;
    system.counted("incidents WHERE archived_at IS NOT NULL", 1).await;
    system.settled().await;
    assert_eq!(system.count("role_holders").await, 1);

    alice.unarchive(&channel);
    system
        .counted("legacy_incidents WHERE taken_over_at IS NOT NULL", 1)
        .await;
    system.settled().await;
    let invited = format!("jobs WHERE kind = '{}'", Invite::KIND);
    assert_eq!(system.count(&invited).await, 0);
    let members = system.sandbox.channel(&channel).unwrap().members;
    assert!(
        members.contains(alice.id()) && !members.contains(bob.id()),
        "{members:?}"
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_0_8_2_published_goes_on_in_its_message() {
    let system = System::start_with(with_page()).await;
    system.execute(TABLES).await;
    let (channel, _) = declared_by_0_8_2(&system, "inc-2026111121-cards-are-declined").await;
    let published = system.sandbox.begin_on_statuspage("Cards are declined", false);
    assert!(
        system
            .sandbox
            .write_on_statuspage(&published, "identified", "A bad deploy.")
    );
    let slack = system.slack();
    let form = said("The old form");
    let old = slack
        .post_message(&channel, None, &form, "old/statuspage")
        .await
        .unwrap();
    slack.pin(&channel, &old).await.unwrap();
    let sql = format!("UPDATE public.incidents SET sp_message_ts = '{old}', sp_incident_id = '{published}'");
    system.execute(sql.leak()).await;
    TakeOver::run(&system).await;
    system.settled().await;
    system.tick(PollStatuspage {}.job()).await;
    system.settled().await;

    let shown = || {
        let messages = system.sandbox.messages(&channel).into_iter();
        messages
            .filter(|message| message.text.contains("Statuspage:"))
            .map(|message| (message.ts, serde_json::to_string(&message.blocks).unwrap()))
            .collect::<Vec<_>>()
    };
    let messages = shown();
    assert_eq!(messages.len(), 1, "{messages:#?}");
    assert_eq!(messages[0].0, old, "updated where it stands");
    for part in ["Cards are declined", "A bad deploy."] {
        assert!(messages[0].1.contains(part), "{}", messages[0].1);
    }
    assert!(system.sandbox.pins(&channel).iter().any(|pin| pin.ts == old));
    let told = "timeline_entries WHERE kind LIKE 'statuspage%'";
    assert_eq!(system.count(told).await, 0, "what was said before is no news");

    assert!(
        system
            .sandbox
            .write_on_statuspage(&published, "monitoring", "Rolled back.")
    );
    system.tick(PollStatuspage {}.job()).await;
    system.counted(told, 1).await;
    system.settled().await;
    let messages = shown();
    assert!(
        messages.len() == 1 && messages[0].1.contains("Rolled back."),
        "{messages:#?}"
    );
    system.end().await;
}
