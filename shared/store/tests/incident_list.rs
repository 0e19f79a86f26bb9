//! Lists of incidents: filters, paging, and who may see what.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use chrono::{DateTime, TimeDelta, Utc};
use domain::timeline::Happening;
use domain::{Actor, Incident, IncidentId};
use store::incident_list::{self, Cursor, Filter, Viewer};
use store::incidents::NewIncident;
use store::{PgConnection, incidents, timeline};
use testing::Database;
use uuid::Uuid;

fn start() -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn incident(title: &str, at: DateTime<Utc>) -> Incident {
    let id = IncidentId::generate();
    Incident {
        id,
        title: title.to_owned(),
        description: format!("{title}\nmore"),
        severity: "sev4".to_owned(),
        status: "investigating".to_owned(),
        private: false,
        declared_by: Actor::System,
        declared_at: at,
        updated_at: at,
        resolved_at: None,
        revision: 1,
        channel_name: format!("inc-{id}"),
        channel_id: None,
        panel_ts: None,
        digest: None,
        channel_number: 1,
        archived_at: None,
        channel_lost: None,
        rca_channel: None,
        rca_channel_lost: None,
        rca_document_url: None,
        last_update: None,
        roles: Vec::new(),
    }
}

async fn insert(conn: &mut PgConnection, incident: &Incident) {
    let declared = Happening::Declared {
        severity: incident.severity.clone(),
    };
    let new = NewIncident {
        incident,
        happening: &declared,
        first_reminder: None,
    };
    assert_eq!(incidents::insert(conn, &[new]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_channel_name_is_one_incidents_own() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let first = incident("first", start());
    insert(&mut conn, &first).await;
    let second = Incident {
        channel_name: first.channel_name.clone(),
        ..incident("second", start())
    };
    let declared = Happening::Declared {
        severity: second.severity.clone(),
    };
    let new = NewIncident {
        incident: &second,
        happening: &declared,
        first_reminder: None,
    };
    assert!(incidents::insert(&mut conn, &[new]).await.unwrap().is_empty());
    assert_eq!(incidents::get(&mut conn, second.id).await.unwrap(), None);
    let entries = timeline::of_incident(&mut conn, second.id).await.unwrap();
    assert!(entries.is_empty(), "{entries:?}");
    let entries = timeline::of_incident(&mut conn, first.id).await.unwrap();
    assert_eq!(entries.len(), 1, "{entries:?}");
}

#[tokio::test]
async fn nothing_goes_back_in_time_although_the_clock_of_a_replica_is_behind() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let changed = start() + TimeDelta::seconds(10);
    let incident = incident("first", start());
    insert(&mut conn, &incident).await;
    incidents::touch(&mut conn, incident.id, changed).await.unwrap();

    let behind = start() + TimeDelta::seconds(3);
    incidents::touch(&mut conn, incident.id, behind).await.unwrap();
    let now = incidents::get(&mut conn, incident.id).await.unwrap().unwrap();
    assert_eq!((now.updated_at, now.revision), (changed, incident.revision + 2));

    let problem = Happening::Problem {
        sentence: "It did not work.".to_owned(),
        job: None,
        in_rca: false,
    };
    timeline::append(&mut conn, incident.id, behind, &Actor::System, &problem, false)
        .await
        .unwrap();
    let entries = timeline::of_incident(&mut conn, incident.id).await.unwrap();
    assert_eq!(entries.last().map(|entry| entry.at), Some(changed));
    // A clock that is ahead is believed.
    let ahead = changed + TimeDelta::seconds(5);
    timeline::append(&mut conn, incident.id, ahead, &Actor::System, &problem, false)
        .await
        .unwrap();
    let entries = timeline::of_incident(&mut conn, incident.id).await.unwrap();
    assert_eq!(entries.last().map(|entry| entry.at), Some(ahead));
}

fn nobody() -> Viewer {
    Viewer {
        console_user_id: Some(Uuid::now_v7()),
        slack_user_id: None,
    }
}

async fn titles(conn: &mut PgConnection, viewer: &Viewer, filter: &Filter) -> Vec<String> {
    let found = incident_list::page(conn, viewer, filter, None, 100).await.unwrap();
    let total = incident_list::count(conn, viewer, filter).await.unwrap();
    assert_eq!(
        usize::try_from(total).unwrap(),
        found.len(),
        "the total is that of the same filter"
    );
    found.into_iter().map(|incident| incident.title).collect()
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_while_incidents_are_declared() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let mut wanted = Vec::new();
    for number in 0..10 {
        // Three at a time in the same instant.
        let incident = incident(&format!("{number}"), start() + TimeDelta::seconds(number / 3));
        insert(&mut conn, &incident).await;
        wanted.push((incident.declared_at, incident.id));
    }
    wanted.sort_unstable_by(|one, other| other.cmp(one));

    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = incident_list::page(&mut conn, &nobody(), &Filter::default(), after, 2)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        after = Some(Cursor {
            declared_at: last.declared_at,
            id: last.id,
        });
        seen.extend(page.iter().map(|incident| (incident.declared_at, incident.id)));
        insert(&mut conn, &incident("newer", start() + TimeDelta::days(1))).await;
    }
    assert_eq!(seen, wanted);
}

#[tokio::test]
async fn filters_are_all_fulfilled() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let mut checkout = incident("Checkout is 100% down", start());
    checkout.severity = "sev1".to_owned();
    checkout.channel_name = "inc-checkout".to_owned();
    let mut search = incident("Search is slow", start() + TimeDelta::seconds(1));
    search.status = "resolved".to_owned();
    search.description.push_str("\nhttps://acme.slack.com/archives/C1/p123");
    let odd = incident(r"C:\temp_files", start() + TimeDelta::seconds(2));
    for incident in [&checkout, &search, &odd] {
        insert(&mut conn, incident).await;
    }
    sqlx::query("UPDATE incidents SET resolved_at = now() WHERE id = $1")
        .bind(search.id.0)
        .execute(&mut conn)
        .await
        .unwrap();

    let (checkout, search, odd) = (checkout.title.as_str(), search.title.as_str(), odd.title.as_str());
    let words = |words: &[&str]| Filter {
        words: words.iter().map(ToString::to_string).collect(),
        ..Filter::default()
    };
    let cases = [
        (Filter::default(), vec![odd, search, checkout]),
        (
            Filter {
                severities: vec!["sev1".into(), "sev2".into()],
                ..Filter::default()
            },
            vec![checkout],
        ),
        (
            Filter {
                statuses: vec!["resolved".into()],
                ..Filter::default()
            },
            vec![search],
        ),
        (
            Filter {
                resolved: Some(true),
                ..Filter::default()
            },
            vec![search],
        ),
        (
            Filter {
                resolved: Some(false),
                ..Filter::default()
            },
            vec![odd, checkout],
        ),
        (
            Filter {
                severities: vec!["sev1".into()],
                resolved: Some(true),
                ..Filter::default()
            },
            vec![],
        ),
        (words(&["DOWN", "check"]), vec![checkout]),
        (words(&["down", "slow"]), vec![]),
        (words(&["more"]), vec![odd, search, checkout]),
        // What means something to Postgres means itself.
        (words(&["100%"]), vec![checkout]),
        (words(&["%"]), vec![checkout]),
        (words(&["_"]), vec![odd]),
        (words(&[r"\temp"]), vec![odd]),
        // The address of the message that it was declared from is no word of it, but leads to it.
        (words(&["archive"]), vec![]),
        (words(&["acme.slack.com"]), vec![]),
        (words(&["https://acme.slack.com/archives/C1/p123"]), vec![search]),
        // As people type it: the words in any order, or the channel.
        (Filter::search("down checkout"), vec![checkout]),
        (Filter::search("“DOWN”, checkout!"), vec![checkout]),
        (Filter::search("#inc-checkout"), vec![checkout]),
        (Filter::search("#inc-checkout slow"), vec![]),
        (Filter::search("inc files"), vec![odd]),
        (Filter::search(" # … "), vec![odd, checkout]),
    ];
    for (filter, wanted) in cases {
        assert_eq!(titles(&mut conn, &nobody(), &filter).await, wanted, "{filter:?}");
    }
}

/// The rule stands in SQL twice and once in Rust: all must say the same.
#[tokio::test]
async fn private_incidents_are_for_their_declarer_and_their_members() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let (ada, bob) = (Uuid::now_v7(), Uuid::now_v7());
    let slack = |id: &str| Actor::Slack {
        user_id: id.to_owned(),
        name: id.to_owned(),
    };
    let console = |id, slack: Option<&str>| Actor::Console {
        user_id: id,
        name: "n".to_owned(),
        slack_user_id: slack.map(ToOwned::to_owned),
    };
    let add = |private, by: Actor, title: &str| Incident {
        private,
        declared_by: by,
        ..incident(title, start())
    };
    let all = [
        add(false, slack("U1"), "public"),
        add(true, slack("U1"), "by U1"),
        add(true, console(ada, None), "by Ada"),
        add(true, console(bob, Some("U2")), "by Bob, who is U2"),
        add(true, Actor::System, "of nobody"),
        add(true, Actor::System, "of members U1 and U2"),
    ];
    for incident in &all {
        insert(&mut conn, incident).await;
    }
    for member in ["U1", "U2"] {
        sqlx::query("INSERT INTO incident_members (incident_id, slack_user_id) VALUES ($1, $2)")
            .bind(all[5].id.0)
            .bind(member)
            .execute(&mut conn)
            .await
            .unwrap();
    }
    let ids: Vec<_> = all.iter().map(|incident| incident.id).collect();
    let changed = incident_list::changed(&mut conn, &ids).await.unwrap();
    assert_eq!(changed.len(), all.len());

    let viewer = |id, slack: Option<&str>| Viewer {
        console_user_id: Some(id),
        slack_user_id: slack.map(ToOwned::to_owned),
    };
    let cases = [
        (nobody(), vec!["public"]),
        (
            viewer(Uuid::now_v7(), Some("U1")),
            vec!["public", "by U1", "of members U1 and U2"],
        ),
        (
            viewer(Uuid::now_v7(), Some("U2")),
            vec!["public", "by Bob, who is U2", "of members U1 and U2"],
        ),
        (viewer(Uuid::now_v7(), Some("U3")), vec!["public"]),
        (viewer(ada, None), vec!["public", "by Ada"]),
        (viewer(bob, None), vec!["public", "by Bob, who is U2"]),
    ];
    for (viewer, mut wanted) in cases {
        wanted.sort_unstable();
        let mut listed = titles(&mut conn, &viewer, &Filter::default()).await;
        listed.sort_unstable();
        assert_eq!(listed, wanted, "listed to {viewer:?}");
        let with_sealed = incident_list::page_with_sealed(&mut conn, &viewer, &Filter::default(), None, 100)
            .await
            .unwrap();
        assert_eq!(with_sealed.len(), all.len());
        let seen = with_sealed.iter().filter(|listed| !listed.is_sealed);
        assert_eq!(seen.count(), wanted.len(), "not sealed to {viewer:?}");
        let words = incident_list::page_with_sealed(&mut conn, &viewer, &Filter::search("of"), None, 100)
            .await
            .unwrap();
        assert!(
            words.iter().all(|listed| !listed.is_sealed),
            "a word tells what is sealed"
        );
        for changed in &changed {
            let title = changed.incident.title.as_str();
            let is_visible = wanted.contains(&title);
            assert_eq!(
                changed.is_visible_to(&viewer),
                is_visible,
                "“{title}” streamed to {viewer:?}"
            );
            let got = incident_list::get(&mut conn, &viewer, changed.incident.id)
                .await
                .unwrap();
            assert_eq!(got.is_some(), is_visible, "“{title}” given to {viewer:?}");
            let listed = incident_list::get_with_sealed(&mut conn, &viewer, changed.incident.id)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(listed.is_sealed, !is_visible, "“{title}” sealed to {viewer:?}");
            if listed.is_sealed {
                assert_eq!(listed, changed.sealed());
                assert!(!format!("{listed:?}").contains(title), "{listed:?}");
            }
        }
    }
}
