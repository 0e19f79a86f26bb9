//! Several people changing one incident at the same instant: nothing is lost, nothing is told twice.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use sandbox::Person;
use serde_json::{Value, json};
use testing::{System, wait_for};

const ROUNDS: usize = 20;
const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "dave"];
/// How often each of them changes what: three times the severity, three times the status, two roles of their own, two
/// updates.
const SEVERITIES: usize = 3;
const STATUSES: usize = 3;
const ROLES: usize = 2;
const UPDATES: usize = 2;
/// What they do in all in one round.
const CHANGES: usize = PEOPLE.len() * (SEVERITIES + STATUSES + ROLES + UPDATES);

/// An incident of one round, where its people work.
struct Place {
    incident: String,
    channel: String,
    panel: String,
}

/// Everybody sets a severity, a status, a role and an update that nobody else sets, so that each must leave its entry.
fn severity(who: usize, number: usize) -> String {
    format!("s{}", who * SEVERITIES + number)
}

fn role(who: usize, number: usize) -> String {
    match who * ROLES + number {
        0 => "incident_commander".to_owned(),
        other => format!("r{other}"),
    }
}

fn status(who: usize, number: usize) -> String {
    format!("t{}", who * STATUSES + number)
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_changes_by_four_people_lose_nothing() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.sandbox.add_people("helper", ROUNDS * PEOPLE.len() * ROLES);
    for _ in 0..2 {
        system.add_gateway();
        system.add_worker();
    }
    system.connected(4).await;
    system.channels_copied().await;
    settings(&system).await;
    let mut places = Vec::new();
    for round in 0..ROUNDS {
        let place = declared(&system, round).await;
        join_all((0..PEOPLE.len()).map(|who| change(&system, &place, round, who))).await;
        every_change_has_its_entry(&system, &place, round).await;
        places.push(place);
    }
    system.settled().await;
    for place in &places {
        everybody_sees_the_last_state(&system, place).await;
        every_entry_was_told_once(&system, place).await;
    }
    system.end().await;
}

/// As many severities and statuses as people set, so that no change is none.
async fn settings(system: &System) {
    let key = |prefix: &str, number: usize| {
        let label = format!("{}{number}", prefix.to_uppercase());
        json!({ "key": format!("{prefix}{number}"), "label": label, "description": "", "emoji": "🟧" })
    };
    let severities = (0..=PEOPLE.len() * SEVERITIES).map(|number| key("s", number));
    let mut statuses: Vec<_> = (0..=PEOPLE.len() * STATUSES).map(|number| key("t", number)).collect();
    // A new incident begins with the first, which nobody sets.
    statuses.rotate_right(1);
    statuses.push(json!({ "key": "resolved", "label": "Resolved", "resolved": true }));
    let roles = (0..PEOPLE.len() * ROLES).map(|number| {
        let key = role(number / ROLES, number % ROLES);
        json!({ "key": key, "label": format!("Role {number}"), "description": "", "duties": [] })
    });
    for (key, value) in [
        ("roles", roles.collect()),
        ("severities", severities.collect()),
        ("statuses", Value::Array(statuses)),
        ("default_severity", json!(format!("s{}", PEOPLE.len() * SEVERITIES))),
    ] {
        system.set(key, value).await;
    }
}

/// An incident with its four people in its channel.
async fn declared(system: &System, round: usize) -> Place {
    let title = format!("Shop {round} sells nothing");
    let alice = system.sandbox.person("alice");
    let form = system.open_form(&alice).await;
    system.submit(&alice, &form, &[("Description", &title)]).await;
    let (incident, channel, panel): (String, String, String) = wait_for("the panel", async || {
        sqlx::query_as(
            "SELECT i.id::text, i.channel_id, p.ts FROM incidents i
             JOIN posted_messages p ON p.subject = i.id AND p.kind = 'panel' WHERE i.title = $1",
        )
        .bind(&title)
        .fetch_optional(system.pool())
        .await
        .unwrap()
    })
    .await;
    for who in &PEOPLE[1..] {
        system.sandbox.person(who).join(&channel);
    }
    Place {
        incident,
        channel,
        panel,
    }
}

/// What one of them does.
async fn change(system: &System, place: &Place, round: usize, who: usize) {
    let person = system.sandbox.person(PEOPLE[who]);
    let choose = async |which: String, value: String| {
        let answer = person.select(&place.channel, &place.panel, &which, value).await;
        assert!(answer.is_acked(), "{which} was not acknowledged");
    };
    for number in 0..SEVERITIES {
        choose("severity.set".to_owned(), severity(who, number)).await;
        choose("status.set".to_owned(), status(who, number)).await;
        if number < ROLES {
            choose(
                format!("roles.assign/{}", role(who, number)),
                helper(round, who, number),
            )
            .await;
        }
        if number < UPDATES {
            send_update(system, &person, place, who, number).await;
        }
    }
}

fn helper(round: usize, who: usize, number: usize) -> String {
    format!("helper{}", (round * PEOPLE.len() + who) * ROLES + number)
}

async fn send_update(system: &System, person: &Person, place: &Place, who: usize, number: usize) {
    let form = system
        .open(person, async || {
            person.click(&place.channel, &place.panel, "Send update").await
        })
        .await;
    let message = format!("update {who}/{number}");
    system.submit(person, &form, &[("Message", &message)]).await;
}

async fn number(system: &System, sql: &'static str, place: &Place) -> i64 {
    sqlx::query_scalar(sql)
        .bind(&place.incident)
        .fetch_one(system.pool())
        .await
        .unwrap()
}

/// Each change that was accepted left exactly one entry, and each begins where the one before it ended.
async fn every_change_has_its_entry(system: &System, place: &Place, round: usize) {
    let entries: Vec<(String, Value)> = sqlx::query_as(
        "SELECT kind, event FROM timeline_entries WHERE incident_id = $1::uuid
         AND kind NOT IN ('declared', 'channel_created') ORDER BY at, id",
    )
    .bind(&place.incident)
    .fetch_all(system.pool())
    .await
    .unwrap();
    let of = |kind: &str, field: &str| -> Vec<String> {
        let entries = entries.iter().filter(|(of, _)| of == kind);
        entries
            .map(|(_, happening)| happening[field].as_str().unwrap().to_owned())
            .collect()
    };
    let everybody = |count: usize, of: &dyn Fn(usize, usize) -> String| -> BTreeSet<String> {
        (0..PEOPLE.len())
            .flat_map(|who| (0..count).map(move |number| (who, number)))
            .map(|(who, number)| of(who, number))
            .collect()
    };
    for (kind, field, wanted) in [
        ("severity_changed", "to", everybody(SEVERITIES, &severity)),
        ("status_changed", "to", everybody(STATUSES, &status)),
        (
            "role_taken",
            "name",
            everybody(ROLES, &|who, number| helper(round, who, number)),
        ),
        (
            "update_sent",
            "message",
            everybody(UPDATES, &|who, number| format!("update {who}/{number}")),
        ),
    ] {
        let found = of(kind, field);
        assert_eq!(found.len(), wanted.len(), "{kind} in round {round}: {found:#?}");
        assert_eq!(
            found.into_iter().collect::<BTreeSet<_>>(),
            wanted,
            "{kind} in round {round}"
        );
    }
    for kind in ["severity_changed", "status_changed"] {
        let (from, to) = (of(kind, "from"), of(kind, "to"));
        assert_eq!(
            from[1..],
            to[..to.len() - 1],
            "{kind} in round {round}, in the order of time"
        );
    }
    let now: (String, String) = sqlx::query_as("SELECT severity, status FROM incidents WHERE id = $1::uuid")
        .bind(&place.incident)
        .fetch_one(system.pool())
        .await
        .unwrap();
    assert_eq!(Some(&now.0), of("severity_changed", "to").last());
    assert_eq!(Some(&now.1), of("status_changed", "to").last());
}

/// Panel and digest show what the database holds.
async fn everybody_sees_the_last_state(system: &System, place: &Place) {
    let (severity, status, title, update): (String, String, String, String) =
        sqlx::query_as("SELECT severity, status, title, last_update FROM incidents WHERE id = $1::uuid")
            .bind(&place.incident)
            .fetch_one(system.pool())
            .await
            .unwrap();
    let holders: Vec<(String,)> =
        sqlx::query_as("SELECT slack_user_id FROM role_holders WHERE incident_id = $1::uuid ORDER BY role")
            .bind(&place.incident)
            .fetch_all(system.pool())
            .await
            .unwrap();
    let (severity, status) = (severity.to_uppercase(), status.to_uppercase());
    let messages = system.sandbox.messages(&place.channel);
    let panel = messages.iter().find(|message| message.ts == place.panel).unwrap();
    assert_eq!(panel.text, format!("🟧 {severity} · {status} · {title}"));
    let shown = serde_json::to_string(&panel.blocks).unwrap();
    assert_eq!(holders.len(), PEOPLE.len() * ROLES);
    for (holder,) in &holders {
        assert!(
            shown.contains(&format!("<@{holder}>")),
            "{holder} is not on the panel: {shown}"
        );
        let channel = system.sandbox.channel(&place.channel).unwrap();
        assert!(channel.members.contains(holder));
    }
    let posts = system.sandbox.messages("incidents").into_iter();
    let mut posts = posts.filter(|post| post.thread_ts.is_none() && post.text.contains(&title));
    let post = posts.next().unwrap();
    assert!(posts.next().is_none(), "{title} is posted twice");
    let shown = serde_json::to_string(&post.blocks).unwrap();
    assert!(post.text.starts_with(&format!("🟧 {severity} · ")), "{}", post.text);
    assert!(shown.contains(&format!("{status} · commander helper")), "{shown}");
    assert!(shown.contains(&update), "{shown}");
    let updates = system.sandbox.messages("incidents").into_iter();
    let updates = updates.filter(|update| update.thread_ts.as_ref() == Some(&post.ts));
    assert_eq!(updates.count(), PEOPLE.len() * UPDATES, "updates of {title}");
}

/// The lines in the channel, and what a long message only counts, are all the changes, none of them twice.
async fn every_entry_was_told_once(system: &System, place: &Place) {
    let untold = "SELECT count(*) FROM timeline_entries e LEFT JOIN notices n ON n.id = e.notice_id
                  WHERE e.incident_id = $1::uuid AND e.to_post AND n.posted_at IS NULL";
    assert_eq!(number(system, untold, place).await, 0);
    let messages = system.sandbox.messages(&place.channel);
    let notices = messages
        .iter()
        .filter(|message| message.blocks.iter().all(|block| block["type"] == "context"));
    let mut lines = BTreeSet::new();
    let mut told = 0;
    for line in notices.flat_map(|message| message.text.lines()) {
        let more = line.strip_prefix("… and ").and_then(|rest| rest.split(' ').next());
        if let Some(more) = more {
            told += more.parse::<usize>().unwrap();
        } else {
            told += 1;
            assert!(lines.insert(line.to_owned()), "told twice: {line}");
        }
    }
    assert_eq!(told, CHANGES, "{lines:#?}");
}
