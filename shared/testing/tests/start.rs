//! A service that cannot start says one sentence that names cause and remedy, and ends with a code that is not zero.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests stand outside the test functions"
)]

use std::net::TcpListener;
use std::process::{Output, Stdio};
use std::time::Duration;

use testing::{Database, program, refusing_server, wait_for};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

const SERVICES: [&str; 3] = ["gateway", "worker", "web"];
/// Long enough for a machine under heavy load.
const PATIENCE: Duration = Duration::from_mins(1);

/// A service as it was built with the tests, with an environment that is complete.
fn service(name: &str, database: &str) -> Command {
    let mut command = Command::new(program(name));
    command
        .env_clear()
        .env("RUST_BACKTRACE", "1")
        .env("DATABASE_URL", database)
        .env("SLACK_BOT_TOKEN", "xoxb-wrong")
        .env("SLACK_APP_TOKEN", "xapp-wrong")
        .env("INCIDENTS_DIGEST_CHANNEL", "incidents")
        .env("DEFAULT_WEB_ADMIN_PASSWORD", "for-tests-only")
        .env(format!("{}_LISTEN", name.to_uppercase()), "127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs a service that does not start, and gives the only line in which it says so.
async fn refusal(mut command: Command) -> String {
    let Output { status, stdout, stderr } = timeout(PATIENCE, command.output())
        .await
        .expect("it ends")
        .expect("it is built with the workspace");
    let said = String::from_utf8([stdout, stderr].concat()).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(!said.contains("backtrace") && !said.contains(".rs:"), "{said}");
    let mut errors = said.lines().filter(|line| !line.contains(r#""severity":"INFO""#));
    let error = errors.next().expect("a line").to_owned();
    assert_eq!(errors.next(), None, "{said}");
    error
}

const AWAY: &str = "postgres://bot:secret@127.0.0.1:1/incidents";

#[tokio::test]
async fn an_environment_that_is_wrong() {
    for name in SERVICES {
        let mut command = service(name, "not an address");
        command.env(format!("{}_LISTEN", name.to_uppercase()), "everywhere");
        let output = timeout(PATIENCE, command.output()).await.unwrap().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(output.stdout.is_empty());
        // All at once, a line each.
        assert_eq!(said.lines().count(), 3, "{said}");
        assert!(
            said.starts_with(&format!("{name} cannot start: the environment")),
            "{said}"
        );
        assert!(said.contains("DATABASE_URL must be an address such as"), "{said}");
        assert!(said.contains("_LISTEN must be an address such as"), "{said}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for name in SERVICES {
        let mut command = service(name, AWAY);
        command.env(format!("{}_LISTEN", name.to_uppercase()), address.to_string());
        let said = refusal(command).await;
        assert!(
            said.contains(&format!("{name} stopped: cannot listen on {address}")),
            "{said}"
        );
        assert!(
            said.contains("stop what uses that port, or choose another address"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_password_that_is_wrong() {
    let database = refusing_server("28P01", "password authentication failed for user \"bot\"").await;
    for name in SERVICES {
        let said = refusal(service(name, &database)).await;
        assert!(
            said.contains("rejects the password of “bot”: correct POSTGRES_PASSWORD"),
            "{said}"
        );
        assert!(!said.contains("secret"), "{said}");
    }
}

#[tokio::test]
async fn a_token_that_slack_does_not_accept() {
    let database = Database::new().await;
    let sandbox = sandbox::Sandbox::start(sandbox::Config::default()).await.unwrap();
    let app = sandbox.app();
    for (name, variable) in [
        ("gateway", "SLACK_APP_TOKEN"),
        ("gateway", "SLACK_BOT_TOKEN"),
        ("worker", "SLACK_BOT_TOKEN"),
    ] {
        let mut command = service(name, database.url());
        command.env("SLACK_API_URL", sandbox.slack_api_url());
        for (accepted, token) in [("SLACK_APP_TOKEN", &app.app_token), ("SLACK_BOT_TOKEN", &app.bot_token)] {
            if accepted != variable {
                command.env(accepted, token);
            }
        }
        let said = refusal(command).await;
        assert!(
            said.contains(&format!("Slack rejected the token in {variable}")),
            "{said}"
        );
        assert!(!said.contains("-wrong"), "{said}");
    }
    sandbox.stop();
}

#[tokio::test]
async fn a_database_that_is_away_is_waited_for_aloud() {
    for name in SERVICES {
        let mut child = service(name, AWAY).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let waiting = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains("waiting for Postgres at 127.0.0.1:1: ") {
                    return;
                }
            }
            panic!("{name} ended");
        };
        timeout(PATIENCE, waiting).await.expect("a line");
        child.kill().await.unwrap();
    }
}

/// What `<service> check --json` says, and its exit code.
async fn checked(mut command: Command) -> (serde_json::Value, Option<i32>) {
    command.args(["check", "--json"]);
    let output = timeout(PATIENCE, command.output()).await.expect("it ends").unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    (serde_json::from_str(&said).expect(&said), output.status.code())
}

/// A service with everything that the sandbox has.
fn complete(name: &str, database: &str, sandbox: &sandbox::Sandbox) -> Command {
    let app = sandbox.app();
    let mut command = service(name, database);
    command
        .env("SLACK_API_URL", sandbox.slack_api_url())
        .env("SLACK_BOT_TOKEN", &app.bot_token)
        .env("SLACK_APP_TOKEN", &app.app_token)
        .env("WEB_URL", "https://console.example")
        .env("PAGERDUTY_INTEGRATION_ENABLED", "true")
        .env("PAGERDUTY_API_URL", sandbox.pagerduty_api_url())
        .env("PAGERDUTY_API_TOKEN", sandbox.pagerduty().token)
        .env("PAGERDUTY_API_USERNAME", "bot@example.com")
        .env("STATUSPAGE_INTEGRATION_ENABLED", "true")
        .env("STATUSPAGE_API_URL", sandbox.statuspage_url())
        .env("STATUSPAGE_API_KEY", sandbox::STATUSPAGE_KEY)
        .env("STATUSPAGE_PAGE_ID", sandbox::STATUSPAGE_PAGE_ID)
        .env("CONFLUENCE_API_URL", sandbox.confluence_url())
        .env("CONFLUENCE_API_USERNAME", sandbox::CONFLUENCE_USERNAME)
        .env("CONFLUENCE_API_TOKEN", sandbox::CONFLUENCE_TOKEN)
        .env("CONFLUENCE_SPACE", sandbox::CONFLUENCE_SPACE);
    command
}

fn failed(checked: &serde_json::Value) -> Vec<(&str, &str)> {
    let checks = checked["checks"].as_array().unwrap().iter();
    let failed = checks.filter(|check| check["ok"] == false);
    failed
        .map(|check| (check["name"].as_str().unwrap(), check["detail"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn check_looks_at_everything() {
    let database = Database::new().await;
    let sandbox = sandbox::Sandbox::start(sandbox::Config::default()).await.unwrap();
    for name in SERVICES {
        let (checked, code) = checked(complete(name, database.url(), &sandbox)).await;
        assert_eq!((failed(&checked), code), (vec![], Some(0)), "{name}");
        assert_eq!(checked["service"], name);
    }
    for (name, variable, value, check, sentence) in [
        (
            "gateway",
            "SLACK_APP_TOKEN",
            "xapp-wrong",
            "app-level token",
            "rejected the token in SLACK_APP_TOKEN",
        ),
        (
            "gateway",
            "SLACK_BOT_TOKEN",
            "xoxb-wrong",
            "bot token",
            "rejected the token in SLACK_BOT_TOKEN",
        ),
        (
            "worker",
            "SLACK_BOT_TOKEN",
            "xoxb-wrong",
            "bot token",
            "rejected the token in SLACK_BOT_TOKEN",
        ),
        (
            "worker",
            "PAGERDUTY_API_TOKEN",
            "wrong",
            "pagerduty",
            "Have the API token and its permissions checked",
        ),
        (
            "worker",
            "STATUSPAGE_API_KEY",
            "wrong",
            "statuspage",
            "rejected the credentials",
        ),
        (
            "worker",
            "CONFLUENCE_API_TOKEN",
            "wrong",
            "confluence",
            "rejected the credentials",
        ),
        (
            "worker",
            "CONFLUENCE_SPACE",
            "NOWHERE",
            "confluence",
            "there is no space “NOWHERE”",
        ),
        ("web", "DEFAULT_WEB_ADMIN_PASSWORD", "", "people", "nobody can sign in"),
        ("web", "DATABASE_URL", AWAY, "database", "Postgres at 127.0.0.1:1"),
    ] {
        let mut command = complete(name, database.url(), &sandbox);
        command.env(variable, value);
        let (checked, code) = checked(command).await;
        let failed = failed(&checked);
        let matches = |found: &(&str, &str)| found.0 == check && found.1.contains(sentence);
        assert!(failed.iter().any(matches), "{name} with {variable}: {failed:?}");
        assert_eq!(code, Some(1), "{name} with {variable}");
    }
    sandbox.stop();
}

/// The level and the detail of one check of a report.
fn found<'a>(checked: &'a serde_json::Value, name: &str) -> (&'a str, &'a str) {
    let mut checks = checked["checks"].as_array().unwrap().iter();
    let check = checks.find(|check| check["name"] == name).expect(name);
    (
        check["level"].as_str().unwrap(),
        check["detail"].as_str().unwrap_or_default(),
    )
}

#[tokio::test]
async fn check_asks_the_gateway_that_runs_who_else_is_connected() {
    let database = Database::new().await;
    let sandbox = sandbox::Sandbox::start(sandbox::Config::default()).await.unwrap();
    sandbox.sockets().set_foreign(3);
    // Free again when the gateway takes it.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gateway = || {
        let mut command = complete("gateway", database.url(), &sandbox);
        command.env("GATEWAY_LISTEN", address.to_string());
        command
    };
    let (alone, code) = checked(gateway()).await;
    let (level, detail) = found(&alone, "socket");
    assert_eq!((level, code), ("warning", Some(0)), "{alone}");
    assert!(detail.contains(&format!("no gateway answers at {address}")), "{detail}");
    assert_eq!((&alone["ok"], &alone["level"]), (&true.into(), &"warning".into()));

    let mut running = gateway().stdout(Stdio::null()).spawn().unwrap();
    wait_for("the check to tell of the others", async || {
        let (report, _) = checked(gateway()).await;
        let (level, detail) = found(&report, "socket");
        detail.contains("Another process holds 3 connections").then(|| {
            assert_eq!((level, &report["ok"]), ("warning", &true.into()), "{report}");
        })
    })
    .await;
    running.kill().await.unwrap();
    sandbox.stop();
}

#[tokio::test]
async fn a_provider_that_cannot_be_read_is_a_warning() {
    let database = Database::new().await;
    let sandbox = sandbox::Sandbox::start(sandbox::Config::default()).await.unwrap();
    let worker = |providers: &str| {
        let mut command = complete("worker", database.url(), &sandbox);
        command
            .env("WORKER_QUEUES", "status-polling")
            .env("INCIDENT_EXTERNAL_PROVIDERS_BASE_URL", sandbox.feeds_url())
            .env("INCIDENT_EXTERNAL_PROVIDERS_ENABLED", "true")
            .env("INCIDENT_EXTERNAL_PROVIDERS_LIST", providers);
        command
    };
    let (report, _) = checked(worker("github,heroku")).await;
    assert_eq!(found(&report, "providers"), ("ok", ""), "{report}");

    let fault = sandbox::Fault::new("feeds.heroku", sandbox::Harm::Status(503));
    sandbox.faults().add(fault);
    let (report, code) = checked(worker("github,heroku")).await;
    let (level, detail) = found(&report, "providers");
    assert_eq!((level, code), ("warning", Some(0)), "{report}");
    assert!(
        detail.starts_with("Heroku: ") && detail.ends_with("incidents don't show its status."),
        "{detail}"
    );

    let mut conn = database.pool().acquire().await.unwrap();
    let configured = serde_json::json!(["github"]);
    store::settings::set(&mut conn, "providers", &configured).await.unwrap();
    let (report, _) = checked(worker("github,heroku")).await;
    assert_eq!(found(&report, "providers"), ("ok", ""), "{report}");
    sandbox.stop();
}

#[tokio::test]
async fn a_queue_s_worker_needs_its_own_vendor_only() {
    let database = Database::new().await;
    let sandbox = sandbox::Sandbox::start(sandbox::Config::default()).await.unwrap();
    let mut command = complete("worker", database.url(), &sandbox);
    command
        .env("WORKER_QUEUES", "statuspage")
        .env("PAGERDUTY_API_TOKEN", "wrong");
    let (checked, code) = checked(command).await;
    assert_eq!((failed(&checked), code), (vec![], Some(0)));
    sandbox.stop();
}

#[tokio::test]
async fn an_old_schema_is_refused_until_web_has_migrated_it() {
    let database = Database::new().await;
    sqlx::raw_sql("DROP SCHEMA incident_bot CASCADE")
        .execute(database.pool())
        .await
        .unwrap();
    for name in SERVICES {
        let said = refusal(service(name, database.url())).await;
        assert!(said.contains("is older than this release"), "{said}");
    }
    for _ in 0..2 {
        let mut command = service("web", database.url());
        command.arg("migrate");
        let output = timeout(PATIENCE, command.output()).await.unwrap().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    let (checked, _) = checked(service("web", database.url())).await;
    assert_eq!(failed(&checked), []);
}

#[tokio::test]
async fn web_migrate_refuses_a_schema_from_before_the_first_release() {
    let database = Database::new().await;
    sqlx::raw_sql("DELETE FROM _sqlx_migrations WHERE version > (SELECT min(version) FROM _sqlx_migrations)")
        .execute(database.pool())
        .await
        .unwrap();
    sqlx::raw_sql("UPDATE _sqlx_migrations SET version = 34")
        .execute(database.pool())
        .await
        .unwrap();
    let mut command = service("web", database.url());
    command.arg("migrate");
    let said = refusal(command).await;
    assert!(
        said.contains("was made before the first release (its last migration is 34)"),
        "{said}"
    );
}

#[tokio::test]
async fn a_command_that_is_unknown_is_named() {
    for name in SERVICES {
        let mut command = service(name, AWAY);
        command.arg("chekc");
        let said = refusal(command).await;
        assert!(
            said.contains("there is no command “chekc”") && said.contains("check"),
            "{said}"
        );
    }
}
