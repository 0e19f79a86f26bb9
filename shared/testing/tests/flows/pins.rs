//! Messages and images are pinned to an incident with an emoji.

use sandbox::{Fault, Harm};
use testing::{System, wait_for};

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// Alice pins what bob wrote in a thread.
pub(crate) struct PinText;

/// Alice pins an image of bob's.
pub(crate) struct PinImage;

/// Alice takes the emoji back.
pub(crate) struct Unpin;

const PIN: &str = "pushpin";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot much of a picture";

impl Flow for PinText {
    async fn prepare(system: &System) {
        with_bob(system).await;
        let (bob, channel) = (system.sandbox.person("bob"), system.incident_channel().id);
        let question = system.sandbox.person("alice").say(&channel, "What was it?");
        bob.reply(&channel, &question, "It was <the> deploy of @alice");
    }

    async fn run(system: &System) {
        let ts = ts_of(system, "deploy");
        system
            .sandbox
            .person("alice")
            .react(&system.incident_channel().id, &ts, PIN);
        system.counted("pins", 1).await;
    }
}

impl Flow for PinImage {
    async fn prepare(system: &System) {
        with_bob(system).await;
        let bob = system.sandbox.person("bob");
        bob.share(
            &system.incident_channel().id,
            "look",
            &[("graph.png", PNG), ("plan.pdf", b"%PDF-1.7")],
        );
    }

    async fn run(system: &System) {
        let ts = ts_of(system, "look");
        system
            .sandbox
            .person("alice")
            .react(&system.incident_channel().id, &ts, PIN);
        system.counted("pins", 1).await;
    }
}

impl Flow for Unpin {
    async fn prepare(system: &System) {
        PinText::prepare(system).await;
        PinText::run(system).await;
    }

    async fn run(system: &System) {
        let ts = ts_of(system, "deploy");
        system
            .sandbox
            .person("alice")
            .unreact(&system.incident_channel().id, &ts, PIN);
        system.counted("pins", 0).await;
    }
}

async fn with_bob(system: &System) {
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    system.sandbox.person("bob").join(&system.incident_channel().id);
}

/// The message in the incident's channel with these words.
fn ts_of(system: &System, words: &str) -> String {
    let messages = system.sandbox.messages(&system.incident_channel().id);
    let found = messages.into_iter().find(|message| message.text.contains(words));
    found.expect("a message with these words").ts
}

/// The bot's reactions to a message.
fn marks(system: &System, ts: &str) -> Vec<String> {
    let messages = system.sandbox.messages(&system.incident_channel().id).into_iter();
    let message = messages.into_iter().find(|message| message.ts == ts).unwrap();
    let reactions = message.reactions.into_iter();
    let bots = reactions.filter(|reaction| reaction.users.iter().any(|user| user == sandbox::BOT_USER_ID));
    bots.map(|reaction| reaction.name).collect()
}

/// What only one person was told.
fn whispers(system: &System, who: &str) -> Vec<String> {
    let seen = system.sandbox.ephemerals(who).into_iter();
    seen.map(|seen| seen.text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_pinned_followed_and_unpinned() {
    let system = System::start().await;
    PinText::prepare(&system).await;
    PinText::run(&system).await;
    system.settled().await;
    let (channel, ts) = (system.incident_channel().id, ts_of(&system, "deploy"));
    assert_eq!(marks(&system, &ts), ["white_check_mark"]);
    let kept = "pins WHERE text = 'It was <the> deploy of @alice' AND author_name = 'bob' AND thread_ts IS NOT NULL";
    assert_eq!(system.count(kept).await, 1);
    let noted = "timeline_entries WHERE kind = 'pinned' AND event->>'author' = 'bob' AND actor->>'name' = 'alice'";
    assert_eq!(system.count(noted).await, 1);

    // A second one says that it is there already, to who put it there, and nothing else happens.
    let bob = system.sandbox.person("bob");
    bob.react(&channel, &ts, PIN);
    wait_for("the answer", async || {
        (!whispers(&system, "bob").is_empty()).then_some(())
    })
    .await;
    system.settled().await;
    assert_eq!(
        whispers(&system, "bob"),
        ["alice already pinned this message to the incident."]
    );
    assert_eq!(system.count("timeline_entries WHERE kind = 'pinned'").await, 1);

    bob.edit(&channel, &ts, "It was the deploy of v2");
    system
        .counted(
            "pins WHERE text = 'It was the deploy of v2' AND edited_at IS NOT NULL",
            1,
        )
        .await;

    // While one of the emoji is left, it stays pinned.
    let looked = "jobs WHERE kind = 'slack.follow_pin' AND state = 'completed'";
    let before = system.count(looked).await;
    system.sandbox.person("alice").unreact(&channel, &ts, PIN);
    system.counted(looked, before + 1).await;
    assert_eq!(system.count("pins").await, 1);
    bob.unreact(&channel, &ts, PIN);
    system.counted("pins", 0).await;
    system.settled().await;
    assert_eq!(marks(&system, &ts), Vec::<String>::new());
    assert_eq!(
        system
            .count("timeline_entries WHERE kind = 'unpinned' AND actor->>'name' = 'bob'")
            .await,
        1
    );

    bob.react(&channel, &ts, PIN);
    system.counted("pins WHERE pinned_by->>'name' = 'bob'", 1).await;
    system.settled().await;
    assert_eq!(marks(&system, &ts), ["white_check_mark"]);
    bob.delete(&channel, &ts);
    system.settled().await;
    assert_eq!(system.count("pins").await, 1, "what was pinned stays");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn images_are_kept_and_other_files_left_out() {
    let system = System::start().await;
    PinImage::prepare(&system).await;
    PinImage::run(&system).await;
    system.settled().await;
    let kept: Vec<u8> = sqlx::query_scalar("SELECT bytes FROM pin_images WHERE media_type = 'image/png'")
        .fetch_one(system.pool())
        .await
        .unwrap();
    assert_eq!(kept, PNG);
    let told = whispers(&system, "alice");
    assert!(
        told.len() == 1 && told[0].starts_with("The message was pinned without plan.pdf."),
        "{told:?}"
    );

    // What only says that it is an image is none, and nothing is pinned.
    let (alice, channel) = (system.sandbox.person("alice"), system.incident_channel().id);
    let fake = alice.share(&channel, "", &[("virus.png", b"MZ this is no picture")]);
    alice.react(&channel, &fake, PIN);
    wait_for("the answer", async || {
        (whispers(&system, "alice").len() == 2).then_some(())
    })
    .await;
    system.settled().await;
    assert!(whispers(&system, "alice")[1].starts_with("Nothing was pinned: virus.png"));
    assert_eq!(marks(&system, &fake), Vec::<String>::new());
    assert_eq!((system.count("pins").await, system.count("pin_images").await), (1, 1));

    // Without the permission Slack shows a page in the place of the file.
    system.sandbox.reinstall(|app| {
        app.scopes.remove("files:read");
    });
    let hidden = alice.share(&channel, "", &[("hidden.png", PNG)]);
    alice.react(&channel, &hidden, PIN);
    wait_for("the answer", async || {
        (whispers(&system, "alice").len() == 3).then_some(())
    })
    .await;
    system.settled().await;
    assert_eq!(system.count("pin_images").await, 1);

    // Where they cannot be told in the channel, they are told directly.
    let refused = Fault::new("chat.postEphemeral", Harm::Error("user_not_in_channel".to_owned()));
    system.sandbox.faults().add(refused);
    let again = alice.share(&channel, "", &[("again.png", PNG)]);
    alice.react(&channel, &again, PIN);
    wait_for("the direct message", async || {
        let told = system.sandbox.direct_messages("alice").into_iter();
        told.into_iter().find(|told| told.text.contains("again.png"))
    })
    .await;
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_emoji_in_an_incidents_channel_pins() {
    let system = System::start().await;
    PinText::prepare(&system).await;
    let (alice, channel) = (system.sandbox.person("alice"), system.incident_channel().id);
    alice.react(&channel, &ts_of(&system, "deploy"), "eyes");
    let elsewhere = alice.say("incidents", "not in an incident");
    alice.react("incidents", &elsewhere, PIN);
    // The channel is known by its id, whatever people call it.
    alice.rename_channel(&channel, "inc-war-room");
    alice.react(&channel, &ts_of(&system, "What was it"), PIN);
    system.counted("pins", 1).await;
    system.settled().await;
    assert_eq!(system.count("pins WHERE text = 'What was it?'").await, 1);
    system.end().await;
}
