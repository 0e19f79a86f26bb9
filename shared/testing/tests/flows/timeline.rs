//! The timeline: read, written, changed.

use sandbox::{Answer, Outcome, Person, Submission, View};
use testing::{System, wait_for};

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// Alice writes something down, by the panel's button.
pub(crate) struct Timeline;

impl Flow for Timeline {
    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }

    async fn run(system: &System) {
        let alice = system.sandbox.person("alice");
        let list = open_timeline(system, &alice).await;
        let form = press(system, &alice, &list, "Add an entry").await;
        system.submit(&alice, &form, &[("Text", "Rolled back <v2>")]).await;
        system.counted("timeline_entries WHERE kind = 'noted'", 1).await;
        // The list below is drawn anew in the end; the call itself may be the one that breaks.
        let drawn = system.sandbox.wait_for_calls(|calls| {
            let mut updates = calls.iter().filter(|call| call.method == "views.update");
            updates.any(|call| call.outcome != Outcome::Pending).then_some(())
        });
        drawn.await;
    }
}

/// Opens the timeline by the panel's button.
async fn open_timeline(system: &System, person: &Person) -> View {
    system
        .open(person, async || {
            let panel = system.panel();
            person.click(&system.incident_channel().id, &panel.ts, "Timeline").await
        })
        .await
}

/// Presses something in a modal that opens another one.
async fn press(system: &System, person: &Person, view: &View, which: &str) -> View {
    system.open(person, async || person.click_view(view, which).await).await
}

/// Chooses what to do with the entry with this text.
async fn choose(person: &Person, list: &View, text: &str, what: &str) -> Answer {
    let block = list.blocks().iter().find(|block| block.to_string().contains(text));
    let action = block.unwrap()["accessory"]["action_id"].as_str().unwrap().to_owned();
    person.select_view(list, &action, what).await
}

/// Waits until an open timeline shows a text, or does not any more.
async fn shows(system: &System, list: &View, text: &str, shown: bool) -> View {
    system
        .sandbox
        .wait_until(|state| {
            let view = state.view(&list.id)?;
            let there = view.blocks().iter().any(|block| block.to_string().contains(text));
            (there == shown).then(|| view.clone())
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn people_write_change_and_delete_what_is_theirs() {
    let system = System::start().await;
    Timeline::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    let list = open_timeline(&system, &alice).await;
    let add = press(&system, &alice, &list, "Add an entry").await;
    // Longer ago than this a date counts as a mistake.
    let day = chrono::Utc::now() - chrono::TimeDelta::days(2);
    let day = day.format("%Y-%m-%d").to_string();
    let wrong = alice
        .submit(&add, [("Text", "Not yet"), ("Date", "2099-01-01"), ("Time", "10:00")])
        .await;
    let Submission::Errors(errors) = wrong else {
        panic!("{wrong:?}")
    };
    assert!(errors["date"].contains("is in the future"), "{errors:?}");
    let blank = alice.submit(&add, [("Text", "  "), ("Date", day.as_str())]).await;
    let Submission::Errors(errors) = blank else {
        panic!("{blank:?}")
    };
    assert_eq!(errors["text"], "Enter some text.");
    system
        .submit(
            &alice,
            &add,
            &[("Text", "A deploy began"), ("Date", day.as_str()), ("Time", "10:00")],
        )
        .await;
    let list = shows(&system, &list, "A deploy began", true).await;
    // What happened first stands first, before what the bot wrote itself.
    let text = serde_json::to_string(list.blocks()).unwrap();
    let (deploy, declared) = (text.find("A deploy began"), text.find("declared the incident"));
    assert!(deploy < declared, "{text}");

    // Bob sees the entry and cannot change it.
    let bob = system.sandbox.person("bob");
    bob.join(&system.incident_channel().id);
    let seen = open_timeline(&system, &bob).await;
    let entry = seen
        .blocks()
        .iter()
        .find(|block| block.to_string().contains("A deploy began"));
    assert!(entry.unwrap()["accessory"].is_null());

    let edit = system
        .open(&alice, async || choose(&alice, &list, "A deploy began", "Edit").await)
        .await;
    system
        .submit(&alice, &edit, &[("Text", "The deploy of v2 began")])
        .await;
    shows(&system, &list, "The deploy of v2 began", true).await;
    assert_eq!(
        system
            .count("timeline_versions WHERE event->>'text' = 'A deploy began'")
            .await,
        1
    );
    // A role holder tidies what others wrote.
    system.choose("alice", "roles.assign/incident_commander", "bob").await;
    system.counted("role_holders", 1).await;
    let seen = open_timeline(&system, &bob).await;
    let edit = system
        .open(&bob, async || {
            choose(&bob, &seen, "The deploy of v2 began", "Edit").await
        })
        .await;
    system
        .submit(&bob, &edit, &[("Text", "The deploy of v2 to the EU began")])
        .await;
    let list = open_timeline(&system, &alice).await;
    shows(&system, &list, "The deploy of v2 to the EU", true).await;
    let kept = format!("timeline_entries WHERE kind = 'noted' AND version = 3 AND at = '{day}T10:00:00Z'");
    assert_eq!(system.count(&kept).await, 1);

    let ask = system
        .open(&alice, async || {
            choose(&alice, &list, "The deploy of v2", "Delete …").await
        })
        .await;
    system.submit(&alice, &ask, &[]).await;
    shows(&system, &list, "The deploy of v2", false).await;
    assert_eq!(system.count("timeline_entries WHERE deleted_at IS NOT NULL").await, 1);
    system.settled().await;
    assert_eq!(system.notices(), ["alice made bob Incident commander."]);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_shortcut_the_incident_is_chosen() {
    let system = System::start().await;
    Timeline::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    let form = system
        .open(&alice, async || alice.shortcut("open_incident_bot_timeline").await)
        .await;
    let answer = alice
        .submit(&form, [("Incident", "🟧 Payments fail for EU customers")])
        .await;
    let Submission::Updated(list) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(list.title(), "Timeline");
    let add = press(&system, &alice, &list, "Add an entry").await;
    system.submit(&alice, &add, &[("Text", "First")]).await;
    let again = press(&system, &alice, &list, "Add an entry").await;
    system.submit(&alice, &again, &[("Text", "Second")]).await;
    shows(&system, &list, "Second", true).await;
    wait_for("both entries", async || {
        (system.count("timeline_entries WHERE kind = 'noted'").await == 2).then_some(())
    })
    .await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_one_has_pages() {
    let system = System::start().await;
    Timeline::prepare(&system).await;
    system
        .execute(
            "INSERT INTO timeline_entries (id, incident_id, at, actor, kind, event)
             SELECT gen_random_uuid(), id, declared_at - n * interval '1 minute', declared_by, 'noted',
                    jsonb_build_object('kind', 'noted', 'text', 'Entry ' || n)
             FROM incidents, generate_series(1, 200) AS n",
        )
        .await;
    let alice = system.sandbox.person("alice");
    let list = open_timeline(&system, &alice).await;
    let list = shows(&system, &list, "Page 6 of 6", true).await;
    alice.click_view(&list, "Earlier").await;
    let list = shows(&system, &list, "Page 5 of 6", true).await;
    alice.click_view(&list, "Later").await;
    shows(&system, &list, "Page 6 of 6", true).await;
    system.end().await;
}
