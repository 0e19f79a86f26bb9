//! Every envelope is answered in time, or deliberately left to be sent again, whatever the database does.

use std::time::Duration;

use sandbox::{Answer, Submission};
use testing::{Line, System, wait_for};

use crate::declare::FIELDS;

/// The deadline of the gateway in this test.
const ANSWER_WITHIN: Duration = Duration::from_millis(700);
/// Slack's own limit is 3 s; on a busy machine a task may be late.
const IN_TIME: Duration = Duration::from_secs(2);

fn assert_in_time(what: &str, answer: &Answer) {
    let after = answer.acked_after.unwrap_or_else(|| panic!("{what} was not answered"));
    assert!(after < IN_TIME, "{what} was answered after {after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_envelope_while_the_database_hangs() {
    let mut system = System::new(sandbox::Config::default()).await;
    let line = Line::to(system.database_url()).await;
    system.gateway_database_url = Some(line.url().to_owned());
    system.answer_within = ANSWER_WITHIN;
    system.add_gateway();
    system.add_worker();
    system.connected(2).await;
    system.channels_copied().await;
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    let alice = system.sandbox.person("alice");
    alice.invite_bot("general");
    system.settled().await;
    let (channel, panel) = (system.incident_channel(), system.panel());
    let form = system.open_form(&alice).await;
    let update = system
        .open(&alice, async || alice.slash("/incident", "update", "general").await)
        .await;
    system.sandbox.sockets().clear_envelopes();

    line.hold();
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
    line.release();
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
