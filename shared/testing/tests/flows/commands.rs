//! The bot asked in words: by a mention and by the slash command.

use sandbox::{Answer, Message, Person, Submission};
use serde_json::{Value, json};
use testing::System;

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// Alice raises the severity by a mention in the incident's channel.
pub(crate) struct Mention;

impl Flow for Mention {
    async fn prepare(system: &System) {
        system.declare("alice", &FIELDS).await;
        system.declared(1).await;
    }

    async fn run(system: &System) {
        let channel = system.incident_channel().id;
        ask(system, "alice", &channel, "sev sev1").await;
    }
}

/// Mentions the bot, waits for its answer in the thread, and gives it.
pub(crate) async fn ask(system: &System, who: &str, channel: &str, words: &str) -> Message {
    let ts = system.sandbox.person(who).mention(channel, words);
    answer_to(system, channel, &ts).await
}

/// Waits for what the bot answers in a thread.
pub(crate) async fn answer_to(system: &System, channel: &str, ts: &str) -> Message {
    let is_answer = |message: &&Message| message.from_app && message.thread_ts.as_deref() == Some(ts);
    system
        .sandbox
        .wait_until(|state| state.messages(channel).into_iter().find(is_answer).cloned())
        .await
}

/// What the slash command was answered with.
fn said(answer: &Answer) -> &str {
    let payload = answer.payload.as_ref().expect("an answer");
    payload["text"].as_str().expect("a text")
}

async fn slash(person: &Person, words: &str, channel: &str) -> String {
    said(&person.slash("/incident", words, channel).await).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_in_the_incidents_channel_means_that_incident() {
    let system = System::start().await;
    Mention::prepare(&system).await;
    let channel = system.incident_channel().id;
    let answer = ask(&system, "alice", &channel, "SEV Sev1").await;
    assert_eq!(answer.text, "🟥 The severity is now *SEV1*.");
    let answer = ask(&system, "alice", &channel, "status monitoring").await;
    assert_eq!(answer.text, "The status is now *Monitoring*.");
    let answer = ask(&system, "alice", &channel, "role ic @bob").await;
    assert_eq!(answer.text, "bob is now *Incident commander*.");
    let answer = ask(&system, "alice", &channel, "update Rolling back, thanks to @bob").await;
    assert!(answer.text.starts_with("Sent."), "{}", answer.text);
    system.settled().await;
    assert_eq!(
        system.notices(),
        [
            "alice raised the severity from SEV2 to SEV1.",
            "alice set the status to Monitoring.",
            "alice made bob Incident commander.",
            "alice sent an update: “Rolling back, thanks to @bob”",
        ]
    );
    let bob = system.sandbox.person("bob");
    assert!(system.incident_channel().members.contains(bob.id()));

    // What is wrong is answered with what there is, and changes nothing.
    let answer = ask(&system, "alice", &channel, "sev sev9").await;
    assert_eq!(
        answer.text,
        "There is no severity “sev9”. Options: SEV1, SEV2, SEV3 and SEV4."
    );
    let answer = ask(&system, "alice", &channel, "timeline").await;
    assert!(
        answer.text.contains("raised the severity from SEV2 to SEV1"),
        "{}",
        answer.text
    );
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resolving_by_a_mention_takes_a_press() {
    let system = System::start().await;
    Mention::prepare(&system).await;
    let channel = system.incident_channel().id;
    let answer = ask(&system, "alice", &channel, "status resolved").await;
    assert_eq!(system.count("incidents WHERE resolved_at IS NOT NULL").await, 0);
    let alice = system.sandbox.person("alice");
    let pressed = alice.click(&channel, &answer.ts, "Resolve").await;
    assert_eq!(alice.view_of(&pressed).await.title(), "Resolve incident");
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_buttons_do_has_words() {
    let system = System::start().await;
    Mention::prepare(&system).await;
    let channel = system.incident_channel().id;
    let alice = system.sandbox.person("alice");
    let answer = ask(&system, "alice", &channel, "rename Cards are refused").await;
    assert_eq!(
        answer.text,
        "The title is now “Cards are refused”. The channel keeps its name."
    );
    let answer = slash(&alice, "archive", &channel).await;
    assert!(answer.starts_with("The incident is open"), "{answer}");
    let answer = slash(&alice, "reopen", &channel).await;
    assert_eq!(answer, "The incident is already open.");
    let answer = ask(&system, "alice", &channel, "close").await;
    let pressed = alice.click(&channel, &answer.ts, "Resolve").await;
    let dialog = alice.view_of(&pressed).await;
    assert!(dialog.content.to_string().contains("Cards are refused"));
    system
        .submit(
            &alice,
            &dialog,
            &[("Incident commander", "alice"), ("Technical lead", "bob")],
        )
        .await;
    system.counted("incidents WHERE resolved_at IS NOT NULL", 1).await;
    assert_eq!(
        slash(&alice, "resolve", &channel).await,
        "The incident is already resolved."
    );
    let answer = ask(&system, "alice", &channel, "archive").await;
    let pressed = alice.click(&channel, &answer.ts, "Archive channel…").await;
    assert_eq!(alice.view_of(&pressed).await.title(), "Archive channel");
    let answer = ask(&system, "alice", &channel, "reopen").await;
    assert_eq!(answer.text, "The incident was reopened: *Investigating*.");
    let answer = ask(&system, "alice", &channel, "export").await;
    assert!(answer.text.starts_with("Reading the channel."), "{}", answer.text);
    let answer = ask(&system, "alice", &channel, "frobnicate <it>").await;
    assert!(
        answer
            .text
            .starts_with("`/incident frobnicate` isn't a command. Type `/incident`"),
        "{}",
        answer.text
    );
    let asked = alice.slash("/incident", "rename", &channel).await;
    assert_eq!(alice.view_of(&asked).await.title(), "Rename incident");
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_direct_message_is_answered_as_a_mention_is() {
    let system = System::start().await;
    Mention::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    let answered = async |text: &'static str| {
        system
            .sandbox
            .wait_until(|state| {
                let messages = state.direct_messages("alice").into_iter();
                messages
                    .rev()
                    .find(|message| message.from_app && message.text.contains(text))
                    .cloned()
            })
            .await
    };
    alice.tell_bot("list");
    let list = answered("1 open incident").await;
    assert_eq!(list.thread_ts, None);
    alice.tell_bot("Database is on fire");
    answered("`/incident Database` isn't a command.").await;
    alice.tell_bot("new");
    answered("What is happening?").await;
    alice.tell_bot("new Search is slow");
    system.declared(2).await;
    system.settled().await;
    let channel = system.incident_channel().id;
    let told = system.sandbox.direct_messages("alice");
    // Whoever declares is told once, by the message that all declarers get; and no answer is answered.
    let of_app: Vec<_> = told.iter().filter(|message| message.from_app).collect();
    assert_eq!(of_app.len(), 5, "{of_app:#?}");
    assert!(of_app[4].text.contains(&channel), "{of_app:#?}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn elsewhere_a_mention_says_how_and_the_slash_command_asks() {
    let system = System::start().await;
    Mention::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    alice.invite_bot("general");
    let answer = ask(&system, "alice", "general", "sev sev1").await;
    assert!(answer.text.contains("`/incident sev`"), "{}", answer.text);

    let asked = alice.slash("/incident", "sev sev1", "general").await;
    let form = alice.view_of(&asked).await;
    assert_eq!(form.title(), "Set the severity");
    let incident = [("Incident", "🟧 Payments fail for EU customers")];
    assert!(matches!(alice.submit(&form, incident).await, Submission::Closed));
    system.counted("incidents WHERE severity = 'sev1'", 1).await;

    let asked = alice.slash("/incident", "role technical me", "general").await;
    let form = alice.view_of(&asked).await;
    let incident = [("Incident", "🟥 Payments fail for EU customers")];
    assert!(matches!(alice.submit(&form, incident).await, Submission::Closed));
    system.counted("role_holders WHERE role = 'technical_lead'", 1).await;

    // A status that resolves asks in the place of the form.
    let asked = alice.slash("/incident", "status resolved", "general").await;
    let form = alice.view_of(&asked).await;
    let Submission::Updated(dialog) = alice.submit(&form, incident).await else {
        panic!("no dialog");
    };
    assert_eq!(dialog.title(), "Resolve incident");
    let commander = [("Incident commander", "bob")];
    assert!(matches!(alice.submit(&dialog, commander).await, Submission::Closed));
    system.counted("incidents WHERE resolved_at IS NOT NULL", 1).await;

    // The form finds resolved ones too, by words in any order; the other forms do not.
    let asked = alice.slash("/incident", "reopen", "general").await;
    let form = alice.view_of(&asked).await;
    let offered = alice.suggest(&form, "incident/incident", "customers fail").await;
    assert_eq!(offered[0]["text"]["text"], "✅ Payments fail for EU customers");
    let resolved = [("Incident", "✅ Payments fail for EU customers")];
    assert!(matches!(alice.submit(&form, resolved).await, Submission::Closed));
    system
        .counted("incidents WHERE status = 'investigating' AND resolved_at IS NULL", 1)
        .await;
    let asked = alice.slash("/incident", "update", "general").await;
    let form = alice.view_of(&asked).await;
    let channel = format!("#{}", system.incident_channel().name);
    let offered = alice.suggest(&form, "incident/incident", &channel).await;
    assert_eq!(offered[0]["text"]["text"], "🟥 Payments fail for EU customers");

    let asked = alice.slash("/incident", "update Rolling back", "general").await;
    let form = alice.view_of(&asked).await.content.to_string();
    assert!(form.contains("Rolling back"), "{form}");
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_with_a_whole_incident_asks_elsewhere_which_one() {
    let system = System::start().await;
    Mention::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    let form = async |words: &str| {
        let asked = alice.slash("/incident", words, "general").await;
        alice.view_of(&asked).await
    };
    let renamed = form("rename Cards fail").await;
    let incident = [("Incident", "🟧 Payments fail for EU customers")];
    assert!(matches!(alice.submit(&renamed, incident).await, Submission::Closed));
    system.counted("incidents WHERE title = 'Cards fail'", 1).await;

    // What needs more words or a second look shows its own form in the place of this one.
    let incident = [("Incident", "🟧 Cards fail")];
    for (words, title) in [("rename", "Rename incident"), ("archive", "Archive channel")] {
        let asked = form(words).await;
        let next = match alice.submit(&asked, incident).await {
            Submission::Updated(next) => next.title().to_owned(),
            Submission::Errors(errors) => format!("{errors:?}"),
            other => panic!("{words}: {other:?}"),
        };
        match words {
            // It is open.
            "archive" => assert!(next.contains("Resolve it"), "{next}"),
            _ => assert_eq!(next, title),
        }
    }

    let exported = form("export").await;
    assert!(matches!(alice.submit(&exported, incident).await, Submission::Closed));
    system.counted("jobs WHERE kind = 'slack.read_chat'", 1).await;
    let written = form("rca").await;
    assert!(matches!(alice.submit(&written, incident).await, Submission::Closed));
    system.counted("jobs WHERE kind = 'confluence.write_document'", 1).await;
    system.settled().await;
    let told = system.sandbox.direct_messages("alice");
    assert!(
        told.iter()
            .any(|told| told.text.contains("RCA document is being created")),
        "{told:#?}"
    );
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slash_command_answers_at_once_and_to_one_person() {
    let system = System::start().await;
    Mention::prepare(&system).await;
    let alice = system.sandbox.person("alice");
    let channel = system.incident_channel().id;
    let before = system.sandbox.messages(&channel).len();
    assert_eq!(slash(&alice, "sev 4", &channel).await, "🟦 The severity is now *SEV4*.");
    assert!(
        slash(&alice, "status", &channel)
            .await
            .starts_with("The status is *Investigating*.")
    );
    assert_eq!(
        slash(&alice, "role tl me", &channel).await,
        "You are now *Technical lead*."
    );
    assert_eq!(
        slash(&alice, "role lead none", &channel).await,
        "The role *Technical lead* is now open."
    );
    assert_eq!(
        slash(&alice, "role lead none", &channel).await,
        "Nobody has the role Technical lead."
    );
    assert!(
        slash(&alice, "role", &channel)
            .await
            .contains("*Incident commander*: nobody yet")
    );
    assert!(
        slash(&alice, "role lead @zoe", &channel)
            .await
            .starts_with("Slack doesn't know @zoe.")
    );
    assert!(slash(&alice, "ping", "general").await.contains("Pong"));
    assert!(slash(&alice, "version", "general").await.starts_with("incident-bot "));
    assert!(!slash(&alice, "joke", "general").await.is_empty());
    assert_eq!(
        slash(&alice, "pager", "general").await,
        "PagerDuty is not enabled, so on-call data isn't available."
    );
    assert!(slash(&alice, "help", "general").await.starts_with("Type `/incident`"));
    assert!(
        slash(&alice, "dance with me", "general")
            .await
            .starts_with("`/incident dance` isn't a command. Type `/incident`")
    );
    let planned = slash(&alice, "scheduler list", "general").await;
    assert!(planned.contains("sync people, every 1 h"), "{planned}");
    let wrong = slash(&alice, "scheduler delete 0123456789", "general").await;
    assert!(wrong.starts_with("Nothing with this ID is scheduled"), "{wrong}");
    let asked = alice.slash("/incident", "status resolved", &channel).await;
    assert_eq!(alice.view_of(&asked).await.title(), "Resolve incident");
    let asked = alice.slash("/incident", "update", &channel).await;
    assert_eq!(alice.view_of(&asked).await.title(), "Send an update");
    system.settled().await;
    // The notices are all that others see of it.
    let lines = system.notices();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(system.sandbox.messages(&channel).len() <= before + 3);
    system.end().await;
}

/// What alice is told of how incident-bot is set up.
pub(crate) async fn diag(system: &System) -> String {
    let alice = system.sandbox.person("alice");
    alice.slash("/incident", "diag", "general").await;
    system
        .sandbox
        .wait_until(|state| {
            let seen = state.ephemerals("alice").into_iter();
            seen.map(|seen| seen.text.clone())
                .find(|text| text.contains("incident-bot"))
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn diag_tells_what_there_is_and_what_is_missing() {
    let system = System::start().await;
    system.sandbox.reinstall(|app| {
        app.scopes.remove("pins:write");
    });
    let report = diag(&system).await;
    assert!(report.contains("✅ The database answers."), "{report}");
    assert!(report.contains("`pins:write`"), "{report}");
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_incident_is_named_to_nobody_who_is_not_in_it() {
    let system = System::start().await;
    let fields = [
        ("Description", "Salaries leaked"),
        ("Private incident", "Only people invited to its channel can see it"),
    ];
    system.declare("alice", &fields).await;
    system.declared(1).await;
    let (alice, bob) = (system.sandbox.person("alice"), system.sandbox.person("bob"));
    bob.invite_bot("general");
    // In a thread nobody reads of it, not even when its declarer asks.
    let answer = ask(&system, "alice", "general", "list all").await;
    let shown = serde_json::to_string(&answer).unwrap();
    assert!(!shown.contains("Salaries"), "{shown}");
    let list = async |person: &Person| {
        let answer = person.slash("/incident", "list", "general").await;
        answer.payload.unwrap_or(Value::Null).to_string()
    };
    assert!(!list(&bob).await.contains("Salaries"));
    assert!(list(&alice).await.contains("Salaries"));
    // In its own channel the words mean it.
    let channel = system.incident_channel().id;
    let answer = ask(&system, "alice", &channel, "sev sev2").await;
    assert_eq!(answer.text, "🟧 The severity is now *SEV2*.");
    system.settled().await;
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_planned_is_called_off_by_who_may_see_it() {
    let system = System::start().await;
    let fields = [
        ("Description", "Salaries leaked"),
        ("Private incident", "Only people invited to its channel can see it"),
    ];
    system.declare("alice", &fields).await;
    system.declared(1).await;
    system
        .execute(
            "INSERT INTO jobs (id, queue, kind, priority, payload, run_at, created_at, horizon, expires_at,
                               subject_incident)
             SELECT '0193a5f0-0000-7000-8000-0000000000ab', 'slack', 'slack.nudge', 9,
                    json_build_object('incident', id), now() + interval '1 hour', now(), interval '1 day',
                    now() + interval '1 day', id
             FROM incidents",
        )
        .await;
    let (alice, bob) = (system.sandbox.person("alice"), system.sandbox.person("bob"));
    // What is answered in a thread others read.
    bob.invite_bot("general");
    for words in ["scheduler list", "scheduler delete 000000ab"] {
        let answer = ask(&system, "alice", "general", words).await;
        assert!(!json!(answer).to_string().contains("Salaries"), "{answer:#?}");
    }
    let planned = slash(&bob, "scheduler list", "general").await;
    assert!(
        !planned.contains("Salaries") && !planned.contains("000000ab"),
        "{planned}"
    );
    let refused = slash(&bob, "scheduler delete 000000ab", "general").await;
    assert!(refused.starts_with("Nothing with this ID is scheduled"), "{refused}");
    let planned = slash(&alice, "scheduler", "general").await;
    assert!(
        planned.contains("`000000ab`") && planned.contains("reminder to assign roles: Salaries leaked"),
        "{planned}"
    );
    // It is asked first, naming the incident; its channel is told what was done.
    let question = slash(&alice, "scheduler delete 000000ab", "general").await;
    assert!(
        question.starts_with("Delete the reminder to assign roles of *Salaries leaked* (<#"),
        "{question}"
    );
    assert_eq!(system.count("timeline_entries WHERE kind = 'plan_deleted'").await, 0);
    let asked = ask(
        &system,
        "alice",
        &system.incident_channel().id,
        "scheduler delete 000000ab",
    )
    .await;
    system
        .press("alice", &system.incident_channel().id, &asked, "Delete")
        .await;
    system.counted("timeline_entries WHERE kind = 'plan_deleted'", 1).await;
    system.settled().await;
    let notices = system.notices();
    assert_eq!(notices, ["alice deleted the scheduled reminder to assign roles."]);
    system.end().await;
}
