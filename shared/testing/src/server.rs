//! The private Postgres behind the tests (`deploy/local/postgres`).

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use sqlx::{Connection, PgConnection};

/// The name of the server that tests share.
const SHARED: &str = "test";

/// A running Postgres.
///
/// Tests share one. A test that stops its server, or starves it, takes one of its own: [`Server::start`].
#[derive(Debug, Clone)]
pub struct Server(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    url: String,
}

impl Server {
    /// The server that tests share: `TEST_DATABASE_URL`, else a private one, started by whoever comes first.
    pub async fn shared() -> Self {
        if let Ok(url) = std::env::var("TEST_DATABASE_URL")
            && !url.is_empty()
        {
            return Self::named(SHARED.to_owned(), url);
        }
        // Every test comes by here in a process of its own: do not run the script when the server answers.
        let written = root().join("target/postgres").join(SHARED).join("url");
        if let Ok(url) = std::fs::read_to_string(written) {
            let url = url.trim().to_owned();
            if let Ok(connection) = PgConnection::connect(&url).await {
                let _ = connection.close().await;
                return Self::named(SHARED.to_owned(), url);
            }
        }
        let url = script("start", SHARED);
        Self::named(SHARED.to_owned(), url)
    }

    /// A server for one test alone. It is removed when the last clone is dropped.
    pub fn start(purpose: &str) -> Self {
        remove_left_ones();
        let name = format!("{SHARED}-{purpose}-{}", std::process::id());
        let url = script("start", &name);
        Self::named(name, url)
    }

    fn named(name: String, url: String) -> Self {
        Self(Arc::new(Inner { name, url }))
    }

    /// The address of the database in which nothing is kept.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Stops the server as a crash would: connections break off at once. Blocks until it has ended.
    pub fn stop(&self) {
        script("stop", &self.0.name);
    }

    /// Starts the server again, on the same port. Blocks until it answers.
    pub fn start_again(&self) {
        let url = script("start", &self.0.name);
        assert_eq!(url, self.0.url, "the server came back on another port");
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.name != SHARED {
            // Not a reason to fail a test, which may be failing already: the next one removes what is left.
            let _ = try_script("remove", &self.name);
        }
    }
}

/// Removes the servers of tests that were killed; the process is the last part of the name.
fn remove_left_ones() {
    let Ok(folders) = std::fs::read_dir(root().join("target/postgres")) else {
        return;
    };
    for name in folders.filter_map(|folder| folder.ok()?.file_name().into_string().ok()) {
        if let Some((_, process)) = name.strip_prefix(SHARED).and_then(|rest| rest.rsplit_once('-'))
            && Path::new("/proc/self").exists()
            && !Path::new("/proc").join(process).exists()
        {
            script("remove", &name);
        }
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository")
}

fn script(command: &str, name: &str) -> String {
    let output = try_script(command, name).expect("deploy/local/postgres");
    assert!(
        output.status.success(),
        "deploy/local/postgres {command} {name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

fn try_script(command: &str, name: &str) -> io::Result<Output> {
    Command::new(root().join("deploy/local/postgres"))
        .args([command, name])
        .stdin(Stdio::null())
        .output()
}
