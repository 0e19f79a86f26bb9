//! No secret stands where somebody may read it: not in what services log at the most, not in the database, not in Slack.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sandbox::{Fault, Harm};
use testing::{Child, System, picture};

use crate::matrix::Flow;

/// What nobody may read, by what it is.
fn secrets(system: &System) -> Vec<(&'static str, String)> {
    let app = system.sandbox.app();
    let database: url::Url = system.database_url().parse().unwrap();
    let confluence = format!("{}:{}", sandbox::CONFLUENCE_USERNAME, sandbox::CONFLUENCE_TOKEN);
    let mut secrets = vec![
        ("Slack's bot token", app.bot_token.clone()),
        ("Slack's app token", app.app_token.clone()),
        ("PagerDuty's token", system.sandbox.pagerduty().token),
        ("Statuspage's key", sandbox::STATUSPAGE_KEY.to_owned()),
        ("Confluence's token", sandbox::CONFLUENCE_TOKEN.to_owned()),
        ("Confluence's credentials", STANDARD.encode(confluence)),
    ];
    // A database that trusts whoever can reach it has none.
    secrets.extend(
        database
            .password()
            .map(|password| ("the database's password", password.to_owned())),
    );
    secrets
}

/// What happens to the calls: one breaks, the answer of one is lost, one is refused.
const HARMS: [Harm; 3] = [Harm::Status(500), Harm::DropAfter, Harm::Status(401)];

/// Every row of every table, as text: all that the console can show, and more.
async fn rows(system: &System) -> String {
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()")
            .fetch_all(system.pool())
            .await
            .unwrap();
    let mut rows = String::new();
    for table in tables {
        let sql = format!("SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM {table} t");
        let of_table: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(system.pool())
            .await
            .unwrap();
        rows.push_str(&of_table);
    }
    rows
}

/// Runs a flow with all that services can log, where calls break.
async fn are_kept<F: Flow>(method: &str, harms: &[Harm]) {
    let mut system = System::new(F::sandbox()).await;
    system.pagerduty = F::WITH_PAGERDUTY;
    let services = ["gateway", "worker"].map(|service| Child::start_logging(service, &system));
    system.ready().await;
    F::prepare(&system).await;
    system.settled().await;
    for (nth, harm) in harms.iter().enumerate() {
        let fault = Fault::new(method, harm.clone()).nth(nth + 1).once();
        system.sandbox.faults().add(fault);
    }
    system.tries_again = true;
    F::run(&system).await;
    system.settled().await;

    let rows = rows(&system).await;
    assert!(rows.contains("Payments"), "the rows of all tables are read");
    let mut read = vec![("the database", rows), ("Slack", picture(&system.sandbox))];
    for (service, child) in ["the gateway's log", "the worker's log"].into_iter().zip(services) {
        let log = child.log().await;
        assert!(
            log.lines().any(|line| line.contains(r#""severity":"DEBUG""#)),
            "{service}: {log}"
        );
        read.push((service, log));
    }
    for (what, secret) in secrets(&system) {
        for (place, text) in &read {
            let line = text.lines().find(|line| line.contains(&secret));
            assert_eq!(line, None, "{what} stands in {place}");
        }
    }
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_slack() {
    are_kept::<crate::declare::Declare>("chat.postMessage", &HARMS[..2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_pagerduty() {
    are_kept::<crate::paging::Page>("pagerduty.create_incident", &HARMS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_confluence() {
    are_kept::<crate::rca::WriteRca>("confluence.create_page", &HARMS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_statuspage() {
    are_kept::<crate::statuspage::Publish>("statuspage.create_incident", &HARMS).await;
}
