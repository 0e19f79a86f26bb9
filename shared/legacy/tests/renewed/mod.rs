//! Incidents that 0.8.2 went on with between two imports.

use chrono::{TimeDelta, Utc};
use domain::statuspage::{Seen, SeenUpdate};
use domain::{Actor, Incident};
use incidents::Request;
use serde_json::json;

use crate::support::Legacy;

/// Open and identified in the dump.
const NAME: &str = "inc-202611271520-dashboards-empty-since-deploy-4711";
const CHANNEL: &str = "C000010EU";

impl Legacy {
    /// 0.8.2 gives the incident one status after the other.
    async fn goes_on(&self, statuses: &[&str]) {
        for (nth, status) in statuses.iter().enumerate() {
            let at = format!("2026-11-27T19:0{nth}:00 CST");
            let entry = json!([{
                "log": format!("Status was changed to {status}."), "user": null, "content": "", "ts": at
            }]);
            self.execute(&format!(
                "UPDATE public.auditlog SET data = (data::jsonb || '{entry}')::json WHERE incident_id = '{NAME}';
                 UPDATE public.incidents SET status = '{status}', updated_at = '{at}' WHERE incident_id = '{NAME}'"
            ))
            .await;
        }
    }

    async fn incident_of(&self, channel: &str) -> Incident {
        let mut conn = self.pool().acquire().await.unwrap();
        let incident = store::incidents::of_channel(&mut conn, channel).await.unwrap();
        incident.unwrap()
    }

    async fn incident(&self) -> Incident {
        self.incident_of(CHANNEL).await
    }

    /// The kinds of the jobs that wait, after what `act` does.
    async fn jobs_of(&self, act: impl AsyncFnOnce()) -> Vec<String> {
        self.execute("TRUNCATE jobs, job_keys CASCADE").await;
        act().await;
        let rows = self.rows("SELECT DISTINCT kind FROM jobs ORDER BY kind").await;
        rows.iter()
            .map(|row| row["kind"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// Somebody gives an incident another status here.
pub(crate) async fn set_status(legacy: &Legacy, channel: &str, status: &str) {
    let incident = legacy.incident_of(channel).await;
    let key = format!("{channel}/{status}");
    incidents::set_status(&legacy.pool(), &request(&key), incident.id, status, &[])
        .await
        .unwrap();
}

fn request(key: &str) -> Request {
    Request {
        key: key.to_owned(),
        actor: Actor::Slack {
            user_id: "U00000001".to_owned(),
            name: "Ada Brown".to_owned(),
        },
        now: Utc::now(),
        channel: None,
        content: None,
        audit: None,
    }
}

#[tokio::test]
async fn a_status_can_be_set_after_several_came_at_once() {
    let legacy = Legacy::new().await;
    legacy.import().await;
    legacy.goes_on(&["monitoring", "investigating", "identified"]).await;
    legacy.import().await;
    set_status(&legacy, CHANNEL, "monitoring").await;
    assert_eq!(legacy.incident().await.status, "monitoring");
}

#[tokio::test]
async fn only_people_who_change_it_keep_0_8_2_from_changing_it() {
    let legacy = Legacy::new().await;
    legacy.import().await;
    // A panel that was drawn anew, a channel that was found archived: nobody did anything.
    let id = legacy.incident().await.id;
    incidents::redraw_panel(&legacy.pool(), id, Utc::now()).await.unwrap();
    legacy.goes_on(&["monitoring"]).await;
    legacy.import().await;
    assert_eq!(legacy.incident().await.status, "monitoring");
}

#[tokio::test]
async fn what_0_8_2_changes_is_shown() {
    let legacy = Legacy::new().await;
    legacy.import().await;
    let changed = legacy
        .jobs_of(async || {
            legacy.goes_on(&["monitoring"]).await;
            legacy.import().await;
        })
        .await;
    for kind in ["slack.draw_digest", "slack.draw_panel", "slack.take_over"] {
        assert!(changed.contains(&kind.to_owned()), "{changed:?}");
    }
    let resolved = legacy
        .jobs_of(async || {
            legacy.goes_on(&["resolved"]).await;
            legacy.import().await;
        })
        .await;
    assert_eq!(resolved, ["slack.draw_digest"]);
    let reopened = legacy
        .jobs_of(async || {
            legacy.goes_on(&["investigating"]).await;
            legacy.import().await;
        })
        .await;
    assert!(reopened.contains(&"slack.take_over".to_owned()), "{reopened:?}");
    let row = legacy.incidents().await[CHANNEL].clone();
    assert!(
        row["reminders_stopped"] == true || !row["reminders_until"].is_null(),
        "{row}"
    );
}

#[tokio::test]
async fn an_incident_that_is_reopened_here_is_taken_over() {
    let legacy = Legacy::new().await;
    legacy.goes_on(&["resolved"]).await;
    legacy.import().await;
    let id = legacy.incident().await.id;
    let reopened = legacy
        .jobs_of(async || {
            incidents::reopen(&legacy.pool(), &request("1"), id).await.unwrap();
        })
        .await;
    assert!(reopened.contains(&"slack.take_over".to_owned()), "{reopened:?}");
}

#[tokio::test]
async fn an_rca_channel_of_two_incidents_is_that_of_one() {
    let legacy = Legacy::new().await;
    let entry = r#"[{"log": "RCA channel was created.", "user": null, "content": "C0000101I", "ts": "2026-11-27T19:00:00 CST"}]"#;
    legacy
        .execute(&format!(
            "UPDATE public.auditlog SET data = (data::jsonb || '{entry}')::json WHERE incident_id = '{NAME}'"
        ))
        .await;
    let report = legacy.import().await;
    assert_eq!(report.incidents.values().sum::<usize>(), 22);
    let incidents = legacy.incidents().await;
    assert_eq!(incidents.len(), 22);
    let with_it = incidents.values().filter(|one| one["rca_channel_id"] == "C0000101I");
    assert_eq!(with_it.count(), 1);
    assert!(report.json()["notes_of_incidents"].to_string().contains("C0000101I"));
}

#[tokio::test]
async fn what_stood_on_statuspage_before_is_no_news() {
    let legacy = Legacy::new().await;
    legacy.import().await;
    let mut conn = legacy.pool().acquire().await.unwrap();
    let published = store::statuspage::of_incident(&mut conn, legacy.incident().await.id).await;
    let published = published.unwrap().unwrap();
    let at = Utc::now() - TimeDelta::hours(3);
    let seen = Seen {
        id: published.statuspage_id.clone().unwrap(),
        name: "Dashboards".to_owned(),
        status: "identified".to_owned(),
        impact: "minor".to_owned(),
        url: Some("https://stspg.io/1".to_owned()),
        created_at: at,
        updated_at: at,
        scheduled_for: None,
        scheduled_until: None,
        components: Vec::new(),
        updates: vec![SeenUpdate {
            id: "u1".to_owned(),
            status: "identified".to_owned(),
            body: "We know why.".to_owned(),
            at,
        }],
        key: None,
    };
    incidents::statuspage_seen(&mut conn, published.id, &seen, None, Utc::now())
        .await
        .unwrap();
    let told = legacy.rows("SELECT count(*) FROM timeline_entries WHERE to_post").await;
    assert_eq!(told, [json!({ "count": 0 })]);
    let updates = store::statuspage::updates(&mut conn, published.id).await.unwrap();
    assert_eq!(updates[0].at.timestamp(), at.timestamp());
}

#[tokio::test]
async fn no_document_is_written_beside_one_of_0_8_2() {
    let legacy = Legacy::new().await;
    legacy
        .execute("INSERT INTO rca_destination (available, automatic) VALUES (true, true)")
        .await;
    let written = "confluence.write_document".to_owned();
    let imported = legacy.jobs_of(async || drop(legacy.import().await)).await;
    assert!(!imported.contains(&written), "{imported:?}");
    let resolve = async |channel| {
        let jobs = legacy.jobs_of(async || set_status(&legacy, channel, "resolved").await);
        jobs.await.contains(&written)
    };
    // Open, with a document of 0.8.2, and without one.
    assert!(!resolve("C000010AG").await);
    assert!(resolve(CHANNEL).await);
    // Resolved by 0.8.2, and reopened here.
    let id = legacy.incident_of("C0000103T").await.id;
    incidents::reopen(&legacy.pool(), &request("1"), id).await.unwrap();
    assert!(!resolve("C0000103T").await);
}
