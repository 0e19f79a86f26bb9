//! Services as processes of their own, so that they can be killed.

use std::process::Stdio;

use tokio::io::AsyncReadExt;
use tokio::process::{Child as Process, Command};
use tokio::task::JoinHandle;

use crate::{SHORT, System};

/// A service that runs as a process of its own; killed when it is dropped.
pub struct Child {
    process: Process,
    log: Option<JoinHandle<String>>,
}

impl Child {
    /// Starts a service, `gateway` or `worker`, as it was built with the tests.
    pub fn start(service: &str, system: &System) -> Self {
        Self::start_with(service, system, "ERROR", Stdio::inherit())
    }

    /// The same, where everything is logged that a service can log, to be read with [`Self::log`].
    pub fn start_logging(service: &str, system: &System) -> Self {
        let mut child = Self::start_with(service, system, "TRACE", Stdio::piped());
        let mut output = child.process.stdout.take().expect("its output");
        child.log = Some(tokio::spawn(async move {
            let mut log = Vec::new();
            output.read_to_end(&mut log).await.expect("its log");
            String::from_utf8_lossy(&log).into_owned()
        }));
        child
    }

    fn start_with(service: &str, system: &System, log_level: &str, output: Stdio) -> Self {
        let tests = std::env::current_exe().expect("the path of the tests");
        // target/<profile>/deps/<tests> beside target/<profile>/<service>
        let folder = tests
            .parent()
            .and_then(|deps| deps.parent())
            .expect("the build's folder");
        let app = system.sandbox.app();
        let mut command = Command::new(folder.join(service));
        command.env_clear();
        if system.pagerduty {
            command
                .env("PAGERDUTY_INTEGRATION_ENABLED", "true")
                .env("PAGERDUTY_API_URL", system.sandbox.pagerduty_api_url())
                .env("PAGERDUTY_API_TOKEN", system.sandbox.pagerduty().token)
                .env("PAGERDUTY_API_USERNAME", "bot@example.com")
                .env("PAGERDUTY_POLL_SECONDS", "86400")
                .env("PAGERDUTY_TIMEOUT_MS", SHORT.call.as_millis().to_string());
        }
        if let Some(connections) = system.connections {
            command.env("DATABASE_MAX_CONNECTIONS", connections.to_string());
        }
        let process = command
            .env("DATABASE_URL", system.database_url())
            .env("SLACK_API_URL", system.sandbox.slack_api_url())
            .env("SLACK_BOT_TOKEN", &app.bot_token)
            .env("SLACK_APP_TOKEN", &app.app_token)
            .env("SLACK_TIMEOUT_MS", SHORT.call.as_millis().to_string())
            .env("SLACK_SETTLE_MS", SHORT.settle.as_millis().to_string())
            .env("SLACK_NOTICE_PAUSE_MS", SHORT.notice_pause.as_millis().to_string())
            .env(
                "SLACK_WAIT_FOR_CHANNEL_MS",
                SHORT.wait_for_channel.as_millis().to_string(),
            )
            .env("WORKER_LEASE_MS", SHORT.lease.as_millis().to_string())
            .env("WORKER_BACKOFF_MIN_MS", "20")
            .env("WORKER_BACKOFF_MAX_MS", "500")
            .env("INCIDENTS_DIGEST_CHANNEL", "incidents")
            .env("WEB_URL", "https://console.example")
            .env("MEETING_LINK", "https://meet.example/incident")
            .env("INCIDENT_EXTERNAL_PROVIDERS_BASE_URL", system.sandbox.feeds_url())
            .env("INCIDENT_EXTERNAL_PROVIDERS_ALLOW_PRIVATE", "true")
            .env("INCIDENT_EXTERNAL_PROVIDERS_POLL_SECONDS", "86400")
            .env(
                "INCIDENT_EXTERNAL_PROVIDERS_TIMEOUT_MS",
                SHORT.call.as_millis().to_string(),
            )
            .env(
                "STATUSPAGE_INTEGRATION_ENABLED",
                system.sandbox.has_statuspage().to_string(),
            )
            .env("STATUSPAGE_API_URL", system.sandbox.statuspage_url())
            .env("STATUSPAGE_API_KEY", sandbox::STATUSPAGE_KEY)
            .env("STATUSPAGE_PAGE_ID", sandbox::STATUSPAGE_PAGE_ID)
            .env("STATUSPAGE_URL", "https://status.example.com")
            .env("STATUSPAGE_POLL_SECONDS", "86400")
            .env("STATUSPAGE_TIMEOUT_MS", SHORT.call.as_millis().to_string())
            .env("STATUSPAGE_PACE_MS", "1")
            .env("CONFLUENCE_API_URL", system.sandbox.confluence_url())
            .env("CONFLUENCE_API_USERNAME", sandbox::CONFLUENCE_USERNAME)
            .env("CONFLUENCE_API_TOKEN", sandbox::CONFLUENCE_TOKEN)
            .env("CONFLUENCE_SPACE", sandbox::CONFLUENCE_SPACE)
            .env("CONFLUENCE_PARENT_PAGE", sandbox::CONFLUENCE_PARENT)
            .env("CONFLUENCE_TIMEOUT_MS", SHORT.call.as_millis().to_string())
            .env("CHECKS_EVERY_SECONDS", "0")
            .env("GATEWAY_LISTEN", "127.0.0.1:0")
            .env("WORKER_LISTEN", "127.0.0.1:0")
            .env("LOGLEVEL", log_level)
            .stdin(Stdio::null())
            .stdout(output)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{service} is built with the workspace: {error}"));
        Self { process, log: None }
    }

    /// `kill -9`.
    pub async fn kill(&mut self) {
        self.process.kill().await.expect("a process to kill");
    }

    /// Kills it and gives all that it has logged.
    pub async fn log(mut self) -> String {
        self.kill().await;
        self.log.expect("a service that logs").await.expect("its log")
    }
}
