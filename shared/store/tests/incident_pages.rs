//! Lists of incidents that people turn the pages of: what needs somebody comes first.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use domain::{Incident, IncidentId, ListPlace};
use store::PgConnection;
use store::incident_list::Viewer;
use store::incident_pages::{self, Page, Which};
use testing::Database;

/// Forty incidents, three in each minute; every fourth is resolved, and some have a severity that is no more.
const INCIDENTS: &str = "
    INSERT INTO incidents (id, title, description, severity, status, private, declared_by, declared_at, updated_at,
                           resolved_at, channel_name)
    SELECT gen_random_uuid(), 'Shop ' || n, 'It sells nothing', (ARRAY['sev2', 'sev1', 'old', 'sev3'])[1 + n * 7 % 5 % 4],
           'investigating', false, '{\"kind\":\"system\"}', timestamptz '2026-01-01' + n / 3 * interval '1 minute', now(),
           CASE WHEN n % 4 = 0 THEN now() END, 'shop-' || n
    FROM generate_series(1, 40) n";

/// The order in which they are listed.
fn rank(incident: &Incident) -> impl Ord + use<> {
    let severity = match (incident.resolved_at, incident.severity.as_str()) {
        (Some(_), _) => 9,
        (None, "sev1") => 1,
        (None, "sev2") => 2,
        (None, "sev3") => 3,
        (None, _) => 8,
    };
    (severity, std::cmp::Reverse((incident.declared_at, incident.id)))
}

async fn page(conn: &mut PgConnection, open: bool, place: ListPlace) -> Page {
    let severities = ["sev1", "sev2", "sev3"].map(str::to_owned);
    let viewer = Viewer::anybody();
    let which = Which {
        viewer: &viewer,
        open,
        not_of: None,
        severities: &severities,
    };
    let (page, total) = incident_pages::listed(conn, which, place, 7).await.unwrap();
    assert_eq!(total, if open { 30 } else { 40 });
    page
}

fn ids(page: &Page) -> Vec<IncidentId> {
    page.incidents.iter().map(|incident| incident.id).collect()
}

#[tokio::test]
async fn pages_go_from_worst_to_mildest_forth_and_back() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    sqlx::query(INCIDENTS).execute(&mut conn).await.unwrap();
    for open in [true, false] {
        let mut pages = vec![page(&mut conn, open, ListPlace::Newest).await];
        while let Some(last) = pages.last().filter(|page| page.older) {
            let place = ListPlace::OlderThan(last.incidents.last().unwrap().id);
            pages.push(page(&mut conn, open, place).await);
        }
        let seen: Vec<_> = pages.iter().flat_map(|page| &page.incidents).collect();
        assert_eq!(seen.len(), if open { 30 } else { 40 });
        assert!(seen.is_sorted_by_key(|incident| rank(incident)), "{seen:#?}");
        assert!(!pages[0].newer && pages[1..].iter().all(|page| page.newer));
        for at in (1..pages.len()).rev() {
            let before = page(&mut conn, open, ListPlace::NewerThan(pages[at].incidents[0].id)).await;
            assert_eq!(ids(&before), ids(&pages[at - 1]), "the page before page {at}");
        }
    }
}

#[tokio::test]
async fn what_changes_while_somebody_reads_moves_no_other_incident() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    sqlx::query(INCIDENTS).execute(&mut conn).await.unwrap();
    let first = page(&mut conn, true, ListPlace::Newest).await;
    let second = page(&mut conn, true, ListPlace::OlderThan(first.incidents[6].id)).await;
    // One of the first page is over, and a worse one is new: the next page stays.
    sqlx::query("UPDATE incidents SET resolved_at = now() WHERE id = $1")
        .bind(first.incidents[2].id.0)
        .execute(&mut conn)
        .await
        .unwrap();
    sqlx::query(
        "UPDATE incidents SET severity = 'sev1', resolved_at = NULL, declared_at = now() WHERE title = 'Shop 4'",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    let again = page(&mut conn, true, ListPlace::OlderThan(first.incidents[6].id)).await;
    assert_eq!(ids(&again), ids(&second));
}
