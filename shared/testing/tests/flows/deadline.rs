//! Every envelope is answered in time, or deliberately left to be sent again, whatever the database does.

use std::time::Duration;

use domain::{Clock, IncidentId};
use gateway::FormButton;
use sandbox::{Answer, Submission, View};
use serde_json::{Value, json};
use slack::blocks::{Block, actions, button_of, one_button_of, reading};
use slack::values::{ActionId, EntryChange, EntryOf, Nothing, OnCallOption, PanelOption};
use slack::{Message, ids};
use testing::{Proxy, System, wait_for};

use crate::declare::FIELDS;

/// The deadline of the gateway in this test.
const ANSWER_WITHIN: Duration = Duration::from_millis(700);
/// Slack's own limit is 3 s; on a busy machine a task may be late.
const IN_TIME: Duration = Duration::from_secs(2);

fn assert_in_time(what: &str, answer: &Answer) {
    let after = answer.acked_after.unwrap_or_else(|| panic!("{what} was not answered"));
    assert!(after < IN_TIME, "{what} was answered after {after:?}");
}

/// A system with an incident, and the proxy between its gateway and the database.
async fn with_a_proxy_before_the_database() -> (System, Proxy) {
    let mut system = System::new(sandbox::Config::default()).await;
    let proxy = Proxy::before(system.database_url()).await;
    system.gateway_database_url = Some(proxy.url(system.database_url()));
    system.answer_within = ANSWER_WITHIN;
    system.add_gateway();
    system.add_worker();
    system.connected(2).await;
    system.channels_copied().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    (system, proxy)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_envelope_while_the_database_hangs() {
    let (system, proxy) = with_a_proxy_before_the_database().await;
    let alice = system.sandbox.person("alice");
    alice.invite_bot("general");
    system.settled().await;
    let (channel, panel) = (system.incident_channel(), system.panel());
    let form = system.open_form(&alice).await;
    let update = system
        .open(&alice, async || alice.slash("/incident", "update", "general").await)
        .await;
    system.sandbox.sockets().clear_envelopes();

    proxy.hold();
    let pressed = alice.select(&channel.id, &panel.ts, "severity.set", "sev1").await;
    assert_in_time("a press", &pressed);
    wait_for("the one who pressed to be told", async || {
        let told = system.sandbox.ephemerals("alice");
        told.iter()
            .any(|told| told.text.contains("We couldn't confirm your change."))
            .then_some(())
    })
    .await;
    let typed = alice.slash("/incident", "update Rolling back", &channel.id).await;
    assert_in_time("a slash command", &typed);
    let said = typed.payload.unwrap()["text"].as_str().unwrap().to_owned();
    assert!(
        said.contains("couldn't confirm") && said.contains("/incident update Rolling back"),
        "{said}"
    );
    let fields = [("Description", "Search is slow"), ("Severity", "🟦 SEV4")];
    let Submission::Errors(errors) = alice.submit(&form, fields).await else {
        panic!("the form did not stay open");
    };
    assert!(
        errors["description"].contains("it won't be applied twice"),
        "{errors:?}"
    );
    let offered = alice.suggest(&update, "incident", "").await;
    assert!(offered[0].to_string().contains("Type again to retry"), "{offered:?}");
    assert_in_time("a shortcut", &alice.shortcut("open_incident_modal").await);

    // An event is left alone, and dealt with when Slack sends it again.
    let ts = alice.mention("general", "version");
    wait_for("the event to be sent again", async || {
        let sent = system.sandbox.sockets().envelopes();
        let again = sent.iter().find(|sent| sent.kind == "events_api" && sent.attempt > 0)?;
        let first = sent.iter().find(|sent| sent.event_id == again.event_id)?;
        assert_eq!(first.acked_after, None);
        Some(())
    })
    .await;
    proxy.release();
    let answers = async || {
        let messages = system.sandbox.messages("general").into_iter();
        let mine = messages.filter(|said| said.from_app && said.thread_ts.as_deref() == Some(&ts));
        mine.count()
    };
    wait_for("the answer", async || (answers().await > 0).then_some(())).await;
    // Nothing of all this was applied twice.
    system.submit(&alice, &form, &fields).await;
    system.declared(2).await;
    assert_eq!(answers().await, 1);
    assert!(
        system
            .sandbox
            .sockets()
            .ack_times()
            .iter()
            .all(|after| *after < IN_TIME),
        "{:?}",
        system.sandbox.sockets().ack_times()
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_was_edited_after_it_was_recorded_is_not_applied_twice() {
    let system = System::start().await;
    let alice = system.sandbox.person("alice");
    let pool = system.pool().clone().into();
    // What stood in the form first was recorded, and nobody could be told in time.
    let recorded = |form: &View| incidents::Request {
        key: format!("view/{}/{}", form.id, form.callback_id()),
        actor: domain::Actor::Slack {
            user_id: alice.id().to_owned(),
            name: "alice".to_owned(),
        },
        now: system.clock.now(),
        channel: None,
        content: Some("as it was first".to_owned()),
        audit: None,
    };
    let form = system.open_form(&alice).await;
    let declaration = incidents::Declaration {
        description: "Search is slow".to_owned(),
        ..incidents::Declaration::default()
    };
    let incident = incidents::declare(&pool, &recorded(&form), declaration).await.unwrap();
    let Submission::Errors(errors) = alice.submit(&form, FIELDS).await else {
        panic!("the form did not stay open");
    };
    assert!(errors["description"].contains("with your first text"), "{errors:?}");
    system.declared(1).await;

    let form = system
        .open(&alice, async || {
            let panel = system.panel();
            alice
                .click(&system.incident_channel().id, &panel.ts, "Send update")
                .await
        })
        .await;
    let update = incidents::Update {
        resources: String::new(),
        message: "Rolling back".to_owned(),
    };
    incidents::send_update(&pool, &recorded(&form), incident.id, &update)
        .await
        .unwrap();
    let Submission::Errors(errors) = alice.submit(&form, [("Message", "Rolled back")]).await else {
        panic!("the form did not stay open");
    };
    let said = errors.values().next().map(String::as_str).unwrap_or_default();
    assert!(said.contains("close this form and open it again"), "{errors:?}");
    system.settled().await;
    system.counted("timeline_entries WHERE kind = 'update_sent'", 1).await;
    system.end().await;
}

/// What stands in place of a form that only the database knows.
const NOT_LOADED: &str = "We couldn't load this.";

/// Shortcuts, and buttons by their value, whose forms need nothing of the database.
const SHOWN: [&str; 4] = [
    ids::SHORTCUT_DECLARE,
    ids::SHORTCUT_UPDATE,
    ids::SHORTCUT_TIMELINE,
    ids::ACTION_DECLARE.as_str(),
];

/// The value that a button carries which opens a form about an incident.
fn value_of(button: &str, incident: IncidentId) -> Value {
    let is = |id: &str| button == id;
    if is(ids::ACTION_DECLARE.as_str()) {
        json!(null)
    } else if is(ids::ACTION_OPEN_FORM.as_str()) {
        json!({ "form": "rename", "incident": incident })
    } else if is(ids::ACTION_MORE.as_str()) {
        json!(PanelOption::Rename(incident))
    } else if is(ids::TIMELINE_ENTRY_PREFIX.as_str()) {
        let entry = incident.0;
        json!(EntryChange::Edit(EntryOf { incident, entry }))
    } else if is(ids::ON_CALL_PREFIX.as_str()) {
        json!(OnCallOption::PageTeam { team: "P1".to_owned() })
    } else {
        json!(incident)
    }
}

/// A row of every button that opens a form, on top of a modal or not.
fn form_buttons(on_top: bool, incident: IncidentId) -> Vec<Block> {
    let of_row = gateway::form_buttons().filter(|button| button.on_top == on_top);
    let elements = of_row.map(|FormButton { id, .. }| button_of(ActionId::new(id), id, &value_of(id, incident)).into());
    actions(None, elements.collect()).into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wants_a_form_sees_it_or_a_sentence_while_the_database_hangs() {
    let (system, proxy) = with_a_proxy_before_the_database().await;
    let alice = system.sandbox.person("alice");
    let channel = system.incident_channel();
    let incident = system.text("SELECT id::text FROM incidents").await.parse().unwrap();
    let guide = ids::LINK_PREFIX.with("guide");
    let mut blocks = form_buttons(false, incident);
    let link = one_button_of(ids::LINK_PREFIX, "guide", "Guide", &Nothing);
    blocks.extend(actions(None, vec![link.into()]));
    let text = "Buttons".to_owned();
    let slack = system.slack();
    let message = Message { text, blocks };
    let ts = slack
        .post_message(&channel.id, None, &message, "buttons")
        .await
        .unwrap();
    // A guide leaves its trigger to us.
    let followed = alice.click(&channel.id, &ts, &guide).await;
    let modal = reading("buttons", "", "Buttons", form_buttons(true, incident));
    slack.open_view(&followed.trigger_id, &modal).await.unwrap();
    let modal = alice.view_of(&followed).await;
    let told_before = (
        system.sandbox.ephemerals("alice").len(),
        system.sandbox.direct_messages("alice").len(),
    );

    proxy.hold();
    let shown = async |what: &str, answer: Answer| {
        assert_in_time(what, &answer);
        let view = alice.view_of(&answer).await.content.to_string();
        let expected = SHOWN.contains(&what);
        assert_eq!(!view.contains(NOT_LOADED), expected, "{what}: {view}");
    };
    let manifest = slack::manifest::yaml();
    let shortcuts: Vec<_> = manifest
        .lines()
        .filter_map(|line| line.trim().strip_prefix("callback_id: "))
        .collect();
    assert_eq!(shortcuts.len(), 4, "{manifest}");
    for shortcut in shortcuts {
        shown(shortcut, alice.shortcut(shortcut).await).await;
    }
    for button in gateway::form_buttons() {
        let pressed = if button.on_top {
            alice.click_view(&modal, button.id).await
        } else {
            alice.click(&channel.id, &ts, button.id).await
        };
        shown(button.id, pressed).await;
    }
    assert!(alice.click(&channel.id, &ts, &guide).await.is_acked());
    let told = (
        system.sandbox.ephemerals("alice").len(),
        system.sandbox.direct_messages("alice").len(),
    );
    assert_eq!(told, told_before, "{:?}", system.sandbox.ephemerals("alice"));
    proxy.release();
    system.end().await;
}
