//! Incidents that 0.8.2 went on with between two imports.

use chrono::Utc;
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

    async fn incident(&self) -> Incident {
        let mut conn = self.pool().acquire().await.unwrap();
        let incident = store::incidents::of_channel(&mut conn, CHANNEL).await.unwrap();
        incident.unwrap()
    }
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
        console: None,
    }
}

#[tokio::test]
async fn a_status_can_be_set_after_several_came_at_once() {
    let legacy = Legacy::new().await;
    legacy.import().await;
    legacy.goes_on(&["monitoring", "investigating", "identified"]).await;
    legacy.import().await;
    let incident = legacy.incident().await;
    incidents::set_status(&legacy.pool(), &request("1"), incident.id, "monitoring", &[])
        .await
        .unwrap();
    assert_eq!(legacy.incident().await.status, "monitoring");
}
