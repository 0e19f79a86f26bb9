//! The chat is exported.

use testing::{System, wait_for};

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// Alice exports the chat, by the panel's overflow.
pub(crate) struct Export;

impl Flow for Export {
    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
        let (alice, channel) = (system.sandbox.person("alice"), system.incident_channel().id);
        let question = alice.say(&channel, "Who is <here> & looks?");
        alice.reply(&channel, &question, "@bob does");
    }

    async fn run(system: &System) {
        begin(system).await;
        system.counted("chat_exports WHERE ended_at IS NOT NULL", 1).await;
    }
}

/// Presses until it is recorded, as a person does who sees nothing happen.
async fn begin(system: &System) {
    let alice = system.sandbox.person("alice");
    wait_for("the export", async || {
        if system.count("chat_exports").await == 0 {
            let panel = system.panel();
            alice
                .select(&system.incident_channel().id, &panel.ts, "panel.more", "Export chat")
                .await;
        }
        (system.count("chat_exports").await == 1).then_some(())
    })
    .await;
}

/// The file that was shared in the incident's channel, as text.
fn file(system: &System) -> String {
    let shared = system.sandbox.messages(&system.incident_channel().id).into_iter();
    let files: Vec<_> = shared.flat_map(|message| message.files).collect();
    assert_eq!(files.len(), 1, "one file");
    let bytes = system.sandbox.look(|state| {
        let mut all = state.files();
        all.find(|file| file.id == files[0]).unwrap().bytes.clone()
    });
    String::from_utf8(bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_has_names_times_and_threads() {
    let system = System::start().await;
    Export::prepare(&system).await;
    Export::run(&system).await;
    system.settled().await;
    let text = file(&system);
    let question = text.find("] alice: Who is <here> & looks?").expect("the question");
    let answer = text.find("] alice: @bob does").expect("the answer");
    assert!(question < answer, "{text}");
    assert!(text.starts_with("Payments fail for EU customers\n#inc-"), "{text}");
    assert!(text.contains("Times are in UTC."), "{text}");
    assert_eq!(system.count("timeline_entries WHERE kind = 'chat_exported'").await, 1);
    assert_eq!(system.count("chat_export_messages").await, 0);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_channel_is_read_page_by_page_within_the_limits() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.add_gateway();
    // Its minutes pass as quickly as those of the sandbox.
    system.add_worker_with(|config| config.pace_speed = 60.0);
    system.ready().await;
    Export::prepare(&system).await;
    let (alice, channel) = (system.sandbox.person("alice"), system.incident_channel().id);
    for number in 0..2_100 {
        let ts = alice.say(&channel, &format!("Message {number}."));
        if number % 30 == 0 {
            alice.reply(&channel, &ts, &format!("Answer to {number}."));
        }
    }
    // A minute passes in a second: 50 calls of conversations.replies and then a pause.
    system.sandbox.set_rate_limits(sandbox::RateLimits::on(60.0));
    Export::run(&system).await;
    let text = file(&system);
    for number in 0..2_100 {
        assert!(text.contains(&format!(": Message {number}.\n")), "{number} is missing");
    }
    assert!(
        text.contains(": Message 2070.\n    [") && text.contains(": Answer to 2070.\n"),
        "no threads"
    );
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_goes_at_a_time() {
    let system = System::start().await;
    Export::prepare(&system).await;
    system
        .execute(
            "INSERT INTO chat_exports (id, incident_id, channel_id, requested_by, requested_at)
             SELECT gen_random_uuid(), id, channel_id, declared_by, now() FROM incidents",
        )
        .await;
    let alice = system.sandbox.person("alice");
    let (channel, panel) = (system.incident_channel().id, system.panel());
    alice.select(&channel, &panel.ts, "panel.more", "Export chat").await;
    wait_for("the answer", async || {
        let told = system.sandbox.ephemerals("alice");
        told.iter()
            .any(|told| told.text.starts_with("The chat is already being exported"))
            .then_some(())
    })
    .await;
    assert_eq!(system.count("chat_exports").await, 1);
    system.end().await;
}
