//! What jobs are about.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use domain::timeline::Happening;
use domain::{Actor, Incident, IncidentId};
use store::incidents;
use store::incidents::NewIncident;
use store::job_subjects::{self, Subject};
use testing::Database;
use uuid::Uuid;

fn incident() -> Incident {
    let id = IncidentId::generate();
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    Incident {
        id,
        title: "Checkout fails".to_owned(),
        description: "Checkout fails".to_owned(),
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

#[tokio::test]
async fn every_subject_leads_to_its_incident() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let incident = incident();
    let declared = Happening::Declared {
        severity: incident.severity.clone(),
    };
    let new = NewIncident {
        incident: &incident,
        happening: &declared,
        first_reminder: None,
    };
    incidents::insert(&mut conn, &[new]).await.unwrap();
    let [request, question, page, published] = [(); 4].map(|()| Uuid::now_v7());
    for (sql, id) in [
        (
            "INSERT INTO access_requests (id, incident_id, slack_user_id, name, asked_at) VALUES ($1, $2, 'U1', 'Ada', now())",
            request,
        ),
        (
            "INSERT INTO prompts (id, incident_id, kind, asked_at) VALUES ($1, $2, 'role', now())",
            question,
        ),
        (
            "INSERT INTO pages (id, incident_id, policy_id, team, urgency, message, paged_by, paged_at)
             VALUES ($1, $2, 'P1', 'Payments', 'high', '', '{}', now())",
            page,
        ),
        (
            "INSERT INTO statuspage_published (id, incident_id, name, impact, status)
             VALUES ($1, $2, 'Checkout', 'minor', 'investigating')",
            published,
        ),
    ] {
        sqlx::query(sql)
            .bind(id)
            .bind(incident.id.0)
            .execute(&mut conn)
            .await
            .unwrap();
    }
    sqlx::query("UPDATE incidents SET channel_id = 'C1' WHERE id = $1")
        .bind(incident.id.0)
        .execute(&mut conn)
        .await
        .unwrap();
    let known = [
        Subject::AccessRequest(request),
        Subject::Question(question),
        Subject::Page(page),
        Subject::Published(published),
        Subject::Channel("C1".to_owned()),
    ];
    let known: Vec<_> = known.into_iter().map(|subject| (Uuid::now_v7(), subject)).collect();
    let unknown = [
        (Uuid::now_v7(), Subject::Page(question)),
        (Uuid::now_v7(), Subject::Channel("C2".to_owned())),
    ];
    let mut found = job_subjects::incidents(&mut conn, &[&known[..], &unknown].concat())
        .await
        .unwrap();
    found.sort_unstable();
    let mut expected: Vec<_> = known.iter().map(|(job, _)| (*job, incident.id)).collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
}
