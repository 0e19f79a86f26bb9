//! The RCA document: written in Confluence, written again, and shared as a file.

use std::time::Duration;

use sandbox::{ConfluencePage, Fault, Harm};
use serde_json::json;
use testing::{System, wait_for};

use crate::declare::FIELDS;
use crate::matrix::Flow;
use crate::status::{Resolve, resolve};

/// Alice has the document written of a resolved incident, by the panel's overflow.
pub(crate) struct WriteRca;

impl Flow for WriteRca {
    async fn prepare(system: &System) {
        Resolve::prepare(system).await;
        let (alice, channel) = (system.sandbox.person("alice"), system.incident_channel().id);
        let ts = alice.share(&channel, "Look at <this> & that", &[("graph.png", PNG)]);
        alice.react(&channel, &ts, "pushpin");
        system.counted("pin_images", 1).await;
        Resolve::run(system).await;
    }

    async fn run(system: &System) {
        let writings = "jobs WHERE kind = 'confluence.write_document'";
        wait_for("the wish", async || {
            if system.count(writings).await == 0 {
                system.choose("alice", "panel.more", "RCA document").await;
            }
            (system.count(writings).await == 1).then_some(())
        })
        .await;
        system.settled().await;
        system.counted("rca_documents", 1).await;
    }
}

/// Alice has it written again after more has happened, by the button below its link.
pub(crate) struct WriteAgain;

impl Flow for WriteAgain {
    async fn prepare(system: &System) {
        WriteRca::prepare(system).await;
        WriteRca::run(system).await;
        system.settled().await;
        system.choose("bob", "severity.set", "sev1").await;
        system.settled().await;
    }

    async fn run(system: &System) {
        let writings = "jobs WHERE kind = 'confluence.write_document'";
        let channel = rca_channel(system);
        let told = system.message_with(&channel, "The RCA document").await;
        wait_for("the wish", async || {
            if system.count(writings).await == 1 {
                let alice = system.sandbox.person("alice");
                alice.click(&channel, &told.ts, "rca.write").await;
            }
            (system.count(writings).await == 2).then_some(())
        })
        .await;
        system.settled().await;
        system
            .counted("timeline_entries WHERE kind = 'rca_document_written'", 2)
            .await;
    }
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

fn page(system: &System) -> ConfluencePage {
    let mut pages = system.sandbox.confluence_pages();
    assert_eq!(pages.len(), 1, "{pages:#?}");
    pages.remove(0)
}

pub(crate) fn rca_channel(system: &System) -> String {
    let mut channels = system.sandbox.channels().into_iter();
    let rca = channels.find(|channel| channel.name.ends_with("-rca"));
    rca.expect("an RCA channel").id
}

/// Has it written again by the button below its link.
async fn again(system: &System) {
    let channel = rca_channel(system);
    let told = system.message_with(&channel, "The RCA document").await;
    system.press("bob", &channel, &told, "rca.write").await;
    system.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_has_it_all_and_is_linked_everywhere() {
    let system = System::start().await;
    WriteRca::prepare(&system).await;
    WriteRca::run(&system).await;
    system.settled().await;
    let page = page(&system);
    assert!(
        page.title.ends_with(" - Payments fail for EU customers"),
        "{}",
        page.title
    );
    assert_eq!(page.editor(), Some("v2"), "people get today's editor");
    assert!(page.body.contains("declared the incident as"), "{}", page.body);
    assert!(page.body.contains("Look at &lt;this&gt; &amp; that"), "{}", page.body);
    assert!(page.body.contains("ri:account-id"), "bob is mentioned: {}", page.body);
    let image = &page.attachments[0];
    assert!(
        page.body.contains(&format!("ri:filename=\"{}\"", image.name)),
        "{image:?}"
    );
    assert_eq!((image.bytes.as_slice(), image.media_type.as_str()), (PNG, "image/png"));

    let told = system.message_with(&rca_channel(&system), "The RCA document").await;
    assert!(serde_json::to_string(&told.blocks).unwrap().contains(&page.id));
    let bookmarks = system.incident_channel().bookmarks;
    assert!(
        bookmarks.len() == 1 && bookmarks[0].link.ends_with(&page.id),
        "{bookmarks:?}"
    );
    let digest = &system.sandbox.messages("incidents")[0];
    assert!(serde_json::to_string(&digest.blocks).unwrap().contains("RCA document"));
    assert!(
        system
            .notices()
            .iter()
            .any(|notice| notice.contains("created the RCA document"))
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn again_changes_only_what_people_have_not() {
    let system = System::start().await;
    WriteRca::prepare(&system).await;
    WriteRca::run(&system).await;
    system.settled().await;
    system.choose("bob", "severity.set", "sev1").await;
    system.settled().await;
    again(&system).await;
    let second = page(&system);
    assert_eq!(second.version, 2);
    assert!(second.body.contains("raised the severity"), "{}", second.body);
    assert_eq!(second.body.matches("<h2>Timeline</h2>").count(), 1);

    system
        .sandbox
        .edit_confluence_page(&second.id, |body| body.push_str("<p>It was the gateway.</p>"));
    let edited = page(&system).body;
    again(&system).await;
    let third = page(&system);
    assert!(third.body.starts_with(&edited), "what people wrote stays");
    assert!(third.body.contains("<h3>Timeline</h3>"), "{}", third.body);
    system
        .message_with(&rca_channel(&system), "People have edited it")
        .await;
    assert_eq!(third.attachments.len(), 1);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resolving_writes_it_and_a_title_of_others_is_numbered() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.add_gateway();
    system.add_worker_with(|config| config.vendors.confluence.as_mut().unwrap().automatic = true);
    system.connected(2).await;
    system.channels_copied().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let today = domain::Clock::now(&system.clock).format("%Y-%m-%d");
    let title = format!("{today} - Payments fail for EU customers");
    system.sandbox.add_confluence_page(&title);
    let unsaid = Fault::new("chat.postMessage", Harm::Status(500)).once();
    system.sandbox.faults().add(unsaid);
    resolve(&system, &[("Technical lead", "bob")]).await;
    system.counted("rca_documents", 1).await;
    system.settled().await;
    // Whatever is slow or fails, it is first said that the incident is resolved.
    let said = system.sandbox.messages(&system.incident_channel().id);
    let resolved = said.iter().position(|said| said.text.starts_with("✅ Resolved by"));
    let written = said.iter().position(|said| said.text.contains("RCA document"));
    assert!(resolved.is_some() && resolved < written, "{said:#?}");
    // It is written already, so nobody is asked to.
    let greeting = system
        .message_with(&rca_channel(&system), "Post-incident review of")
        .await;
    let shown = serde_json::to_string(&greeting.blocks).unwrap();
    assert!(!shown.contains("Write RCA document"), "{shown}");
    let titles: Vec<_> = system
        .sandbox
        .confluence_pages()
        .into_iter()
        .map(|page| page.title)
        .collect();
    assert_eq!(titles, [title.clone(), format!("{title} (2)")]);
    system.message_with(&rca_channel(&system), "The RCA document").await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said_and_can_be_tried_again() {
    let system = System::start().await;
    Resolve::prepare(&system).await;
    Resolve::run(&system).await;
    system.sandbox.remove_confluence_page(sandbox::CONFLUENCE_PARENT);
    system.choose("alice", "panel.more", "RCA document").await;
    let channel = rca_channel(&system);
    let said = system
        .message_with(&channel, "does not exist. Create it in Confluence")
        .await;
    assert_eq!(system.count("incidents WHERE resolved_at IS NOT NULL").await, 1);
    system.sandbox.add_confluence_page(sandbox::CONFLUENCE_PARENT);
    system.sandbox.let_write_confluence(false);
    system.press("alice", &channel, &said, "problems.retry").await;
    let said = system.message_with(&channel, "may not write there").await;
    system.sandbox.let_write_confluence(true);
    system.press("alice", &channel, &said, "problems.retry").await;
    system.counted("rca_documents", 1).await;
    system.settled().await;
    // What incident-bot could not do is no cause of the incident.
    let mut pages = system.sandbox.confluence_pages().into_iter();
    let body = pages.find(|page| page.title.ends_with("Payments fail for EU customers"));
    let body = body.expect("the document").body;
    assert!(!body.contains("could not") && !body.contains("retried"), "{body}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_for_whoever_has_no_confluence_and_of_private_ones() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.add_gateway();
    system.add_worker_with(|config| config.vendors.confluence = None);
    system.connected(2).await;
    system.channels_copied().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let (alice, channel) = (system.sandbox.person("alice"), system.incident_channel().id);
    let answer = alice.slash("/incident", "rca", &channel).await;
    assert!(answer.is_acked());
    system.settled().await;
    let told = wait_for("the answer", async || {
        let told = system.sandbox.ephemerals("alice").into_iter();
        told.rev().find(|told| told.text.contains("Confluence is not set up"))
    })
    .await;
    for which in ["rca.markdown", "rca.html"] {
        assert!(alice.click(&channel, &told.ts, which).await.is_acked());
    }
    let files = wait_for("the files", async || {
        let files: Vec<_> = system
            .sandbox
            .messages(&channel)
            .into_iter()
            .flat_map(|message| message.files)
            .collect();
        (files.len() == 2).then_some(files)
    })
    .await;
    let texts: Vec<_> = system.sandbox.look(|state| {
        let all = state.files().filter(|file| files.contains(&file.id));
        all.map(|file| String::from_utf8(file.bytes.clone()).unwrap()).collect()
    });
    assert!(
        texts
            .iter()
            .any(|text| text.starts_with("# Payments fail for EU customers")),
        "{texts:?}"
    );
    assert!(
        texts.iter().any(|text| text.starts_with("<!DOCTYPE html>")),
        "{texts:?}"
    );
    assert!(system.sandbox.confluence_pages().is_empty());
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confluence_that_hangs_slows_nothing() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.add_gateway();
    system.add_worker_with(|config| config.vendors.confluence.as_mut().unwrap().automatic = true);
    system.connected(2).await;
    system.channels_copied().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let hangs = ["find_space", "find_page", "search_people", "create_page"].map(|call| {
        let fault = Fault::new(&format!("confluence.{call}"), Harm::HangBefore);
        system.sandbox.faults().add(fault)
    });
    let began = std::time::Instant::now();
    resolve(&system, &[("Technical lead", "bob")]).await;
    system.counted("incidents WHERE resolved_at IS NOT NULL", 1).await;
    system
        .message_with(&system.incident_channel().id, "✅ Resolved by alice")
        .await;
    wait_for("the greeting", async || {
        let mut channels = system.sandbox.channels().into_iter();
        let rca = channels.find(|channel| channel.name.ends_with("-rca"))?;
        (!system.sandbox.messages(&rca.id).is_empty()).then_some(())
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(system.count("rca_documents").await, 0);
    for fault in hangs {
        system.sandbox.faults().remove(fault);
    }
    system.counted("rca_documents", 1).await;
    system.settled().await;
    page(&system);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_channel_is_the_incidents_too() {
    let system = System::start().await;
    WriteRca::prepare(&system).await;
    let (alice, channel) = (system.sandbox.person("alice"), rca_channel(&system));
    let ts = alice.say(&channel, "The pool was too small");
    alice.react(&channel, &ts, "pushpin");
    system
        .counted("pins WHERE text = 'The pool was too small' AND channel_id <> ''", 1)
        .await;

    alice.slash("/incident", "severity sev1", &channel).await;
    system.counted("incidents WHERE severity = 'sev1'", 1).await;
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_its_channel_nobody_learns_of_a_private_incident_who_may_not_see_it() {
    let system = System::start().await;
    let private = ("Private incident", "Only people invited to its channel can see it");
    system
        .declare("alice", &[("Description", "Salaries leaked"), private])
        .await;
    system.declared(1).await;
    resolve(&system, &[("Technical lead", "bob")]).await;
    system.settled().await;
    let (alice, erin, channel) = (
        system.sandbox.person("alice"),
        system.sandbox.person("erin"),
        rca_channel(&system),
    );
    alice.invite(&channel, "erin");
    let asked = erin.slash("/incident", "severity", &channel).await;
    let form = erin.view_of(&asked).await.content.to_string();
    assert!(form.contains("Which incident") && !form.contains("Salaries"), "{form}");
    let ts = erin.say(&channel, "I was there");
    erin.react(&channel, &ts, "pushpin");
    let answer = alice.slash("/incident", "severity sev1", &channel).await;
    assert!(json!(answer.payload).to_string().contains("SEV1"), "{answer:?}");
    system.settled().await;
    assert_eq!(system.count("pins").await, 0);
    system.end().await;
}
