//! The private Postgres behind the tests (`deploy/local/postgres`).

use std::path::{Path, PathBuf};
use std::process::Stdio;

use sqlx::{Connection, PgConnection};
use tokio::process::Command;

/// A running Postgres.
///
/// Tests share one. A test that stops its server, or starves it, takes one of its own: [`Server::start`].
#[derive(Debug, Clone)]
pub struct Server {
    name: String,
    url: String,
}

impl Server {
    /// The server that tests share: `TEST_DATABASE_URL`, else a private one, started by whoever comes first.
    pub async fn shared() -> Self {
        let name = "test".to_owned();
        if let Ok(url) = std::env::var("TEST_DATABASE_URL")
            && !url.is_empty()
        {
            return Self { name, url };
        }
        // Every test comes by here in a process of its own: do not run the script when the server answers.
        if let Ok(url) = tokio::fs::read_to_string(root().join("target/postgres/test/url")).await {
            let url = url.trim().to_owned();
            if PgConnection::connect(&url).await.is_ok() {
                return Self { name, url };
            }
        }
        Self::start_named(name).await
    }

    /// A server for one test alone, named `test-<purpose>`. Its data stays until [`Server::remove`].
    pub async fn start(purpose: &str) -> Self {
        Self::start_named(format!("test-{purpose}")).await
    }

    async fn start_named(name: String) -> Self {
        let url = script("start", &name).await;
        Self { name, url }
    }

    /// The address of the database in which nothing is kept.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops the server as a crash would: connections break off at once.
    pub async fn stop(&self) {
        script("stop", &self.name).await;
    }

    /// Starts the server again, on the same port.
    pub async fn start_again(&self) {
        let url = script("start", &self.name).await;
        assert_eq!(url, self.url, "the server came back on another port");
    }

    /// Stops the server and deletes its data.
    pub async fn remove(self) {
        script("remove", &self.name).await;
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository")
}

async fn script(command: &str, name: &str) -> String {
    let output = Command::new(root().join("deploy/local/postgres"))
        .args([command, name])
        .stdin(Stdio::null())
        .output()
        .await
        .expect("deploy/local/postgres");
    assert!(
        output.status.success(),
        "deploy/local/postgres {command} {name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}
