//! The timeline: what people write down themselves.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock;
use store::console_users::Role;
use tonic::Code;
use web::proto::{
    AddTimelineEntryRequest, ChangeTimelineEntryRequest, DeleteTimelineEntryRequest, GetIncidentRequest, Incident,
    TimelineEntry,
};

use crate::console::{Caller, Console};
use crate::incidents::declare;

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

fn add(incident: &Incident, (date, time): (&str, &str), text: &str) -> AddTimelineEntryRequest {
    AddTimelineEntryRequest {
        incident_id: incident.id.clone(),
        date: date.to_owned(),
        time: time.to_owned(),
        text: text.to_owned(),
        request_id: new_id(),
    }
}

fn change(incident: &Incident, entry: &TimelineEntry, text: &str) -> ChangeTimelineEntryRequest {
    ChangeTimelineEntryRequest {
        incident_id: incident.id.clone(),
        entry_id: entry.id.clone(),
        date: then().0.to_owned(),
        time: then().1.to_owned(),
        text: text.to_owned(),
        request_id: new_id(),
    }
}

fn delete(incident: &Incident, entry: &TimelineEntry) -> DeleteTimelineEntryRequest {
    DeleteTimelineEntryRequest {
        incident_id: incident.id.clone(),
        entry_id: entry.id.clone(),
        request_id: new_id(),
    }
}

/// What people wrote down, as somebody sees it.
async fn notes(console: &Console, caller: &Caller, incident: &Incident) -> Vec<TimelineEntry> {
    let request = GetIncidentRequest {
        id: incident.id.clone(),
        open_private: false,
    };
    let shown = console.incidents(caller).await.get_incident(request).await.unwrap();
    let mut timeline = shown.into_inner().timeline;
    timeline.retain(|entry| entry.own_words);
    timeline
}

/// Two in the afternoon of the day before yesterday.
fn then() -> (&'static str, &'static str) {
    static DAY: LazyLock<String> = LazyLock::new(|| (Utc::now() - TimeDelta::days(2)).format("%Y-%m-%d").to_string());
    (&DAY, "14:02")
}

#[tokio::test]
async fn an_entry_is_added_once_changed_and_deleted() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let incident = declare(&console, &ada, "Checkout fails", false).await;
    let mut hers = console.incidents(&ada).await;
    let wish = add(&incident, then(), "  The deploy\0 went out ");
    for _ in 0..2 {
        let answer = hers.add_timeline_entry(wish.clone()).await.unwrap().into_inner();
        assert_eq!(answer.incident.unwrap().revision, incident.revision + 1);
    }
    let listed = notes(&console, &ada, &incident).await;
    assert_eq!(listed.len(), 1);
    let entry = &listed[0];
    assert_eq!((entry.note.as_str(), entry.mine), ("The deploy went out", true));
    let at: DateTime<Utc> = format!("{}T14:02:00Z", then().0).parse().unwrap();
    assert_eq!(
        entry.at.unwrap().seconds,
        at.timestamp(),
        "in the company's zone, UTC here"
    );
    assert_eq!(entry.edited_at, None);
    assert!(!notes(&console, &viewer, &incident).await[0].mine);

    let changed = change(&incident, entry, "The deploy was rolled back");
    hers.change_timeline_entry(changed).await.unwrap();
    let listed = notes(&console, &ada, &incident).await;
    assert_eq!(listed[0].note, "The deploy was rolled back");
    assert!(listed[0].edited_at.is_some(), "what it said before is kept");

    hers.delete_timeline_entry(delete(&incident, entry)).await.unwrap();
    assert!(notes(&console, &ada, &incident).await.is_empty());
    let gone = hers.delete_timeline_entry(delete(&incident, entry)).await.unwrap_err();
    assert_eq!(
        (gone.code(), gone.message()),
        (Code::FailedPrecondition, "This entry no longer exists.")
    );
    let actions: Vec<_> = console.audited().await.into_iter().map(|(_, action)| action).collect();
    assert!(
        actions.ends_with(
            &[
                // Asked for twice, done once.
                "add_timeline_entry",
                "change_timeline_entry",
                "delete_timeline_entry"
            ]
            .map(str::to_owned)
        ),
        "{actions:?}"
    );
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let incident = declare(&console, &ada, "Checkout fails", false).await;
    let mut hers = console.incidents(&ada).await;
    let now = console.clock.now();
    let today = now.format("%Y-%m-%d").to_string();
    for (when, text, expected) in [
        (("", "14:02"), "x", "date: Choose a date."),
        (("2025-02-30", "14:02"), "x", "date: Choose a date."),
        ((then().0, ""), "x", "time: Choose a time."),
        (
            ("0001-01-01", "14:02"),
            "x",
            "date: That is more than 30 days before the incident was declared. Check the date.",
        ),
        (
            ("2099-01-01", "00:00"),
            "x",
            "date: That time is in the future. Choose a time in the past.",
        ),
        (then(), " ", "text: Enter some text."),
        (
            then(),
            &"x".repeat(2001),
            "text: That is 2001 characters long; the limit is 2000.",
        ),
    ] {
        let refused = hers.add_timeline_entry(add(&incident, when, text)).await.unwrap_err();
        assert_eq!((refused.code(), refused.message()), (Code::InvalidArgument, expected));
    }
    // A minute before midnight there is no later time of the same day.
    if now.format("%H:%M").to_string().as_str() < "23:58" {
        let refused = hers
            .add_timeline_entry(add(&incident, (&today, "23:59"), "x"))
            .await
            .unwrap_err();
        assert!(
            refused.message().starts_with("time: That time is in the future."),
            "{}",
            refused.message()
        );
    }
    assert!(notes(&console, &ada, &incident).await.is_empty());
}

#[tokio::test]
async fn others_and_viewers_change_nothing() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let bob = console.somebody(Role::Admin, None).await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let incident = declare(&console, &ada, "Checkout fails", false).await;
    console
        .incidents(&ada)
        .await
        .add_timeline_entry(add(&incident, then(), "It is the deploy"))
        .await
        .unwrap();
    let entry = notes(&console, &ada, &incident).await.remove(0);

    let mut his = console.incidents(&bob).await;
    assert!(!notes(&console, &bob, &incident).await[0].mine);
    let changed = his
        .change_timeline_entry(change(&incident, &entry, "It is not"))
        .await
        .unwrap_err();
    let deleted = his.delete_timeline_entry(delete(&incident, &entry)).await.unwrap_err();
    for refused in [changed, deleted] {
        assert_eq!(
            refused.message(),
            "Only the author of an entry and people with a role in the incident can change or delete it."
        );
        assert_eq!(refused.code(), Code::FailedPrecondition);
    }
    let mut looks = console.incidents(&viewer).await;
    let added = looks.add_timeline_entry(add(&incident, then(), "x")).await.unwrap_err();
    assert_eq!(added.code(), Code::PermissionDenied);
    assert_eq!(notes(&console, &ada, &incident).await.len(), 1);

    // One who may not see an incident is told the same as of one that is not there.
    let secret = declare(&console, &ada, "Breach", true).await;
    let hidden = his.add_timeline_entry(add(&secret, then(), "x")).await.unwrap_err();
    assert_eq!(hidden.code(), Code::NotFound);
}
