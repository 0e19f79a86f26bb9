//! Services as processes of their own, so that they can be killed.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Stdio;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child as Process, Command};
use tokio::task::JoinHandle;

use crate::{ADMIN_PASSWORD, SHORT, System, program, vendors, wait_for};

/// A service that runs as a process of its own; killed when it is dropped.
pub struct Child {
    process: Process,
    address: SocketAddr,
    log: Option<JoinHandle<String>>,
}

impl Child {
    /// Starts a service, `gateway`, `worker` or `web`, as it was built with the tests.
    pub fn start(service: &str, system: &System) -> Self {
        Self::start_with(service, system, &[])
    }

    /// The same with more in its environment, or something else than it has by default.
    pub fn start_with(service: &str, system: &System, environment: &[(&str, &str)]) -> Self {
        Self::spawn(service, system, environment, "ERROR", Stdio::inherit())
    }

    /// The same, where everything is logged that a service can log, to be read with [`Self::log`].
    pub fn start_logging(service: &str, system: &System) -> Self {
        let mut child = Self::spawn(service, system, &[], "TRACE", Stdio::piped());
        let mut output = child.process.stdout.take().expect("its output");
        child.log = Some(tokio::spawn(async move {
            let mut log = Vec::new();
            output.read_to_end(&mut log).await.expect("its log");
            String::from_utf8_lossy(&log).into_owned()
        }));
        child
    }

    fn spawn(service: &str, system: &System, environment: &[(&str, &str)], log_level: &str, output: Stdio) -> Self {
        let address = free_address();
        let app = system.sandbox.app();
        let mut command = Command::new(program(service));
        command.env_clear();
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
            .envs(vendors::environment(system, SHORT.call))
            .env(format!("{}_LISTEN", service.to_uppercase()), address.to_string())
            .env("DEFAULT_WEB_ADMIN_PASSWORD", ADMIN_PASSWORD)
            .env("CHECKS_EVERY_SECONDS", "0")
            .env("LOGLEVEL", log_level)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(output)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{service} is built with the workspace: {error}"));
        Self {
            process,
            address,
            log: None,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it says that it is ready.
    pub async fn ready(&mut self) {
        wait_for("a service to be ready", async || {
            let ended = self.process.try_wait().expect("a process");
            assert!(ended.is_none(), "the service ended: {ended:?}");
            is_ready(self.address).await.then_some(())
        })
        .await;
    }

    /// Waits until it says that it is not ready.
    pub async fn not_ready(&self) {
        wait_for("a service not to be ready", async || {
            (!is_ready(self.address).await).then_some(())
        })
        .await;
    }

    /// Stops it by SIGTERM and waits for its end, which must be a good one.
    pub async fn stop(mut self) {
        let process = self.process.id().expect("a process that runs").to_string();
        let told = Command::new("kill").args(["-TERM", &process]).status().await;
        assert!(told.expect("kill").success(), "the service had ended");
        let ended = self.process.wait().await.expect("its end");
        assert!(ended.success(), "the service ended with {ended}");
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

fn free_address() -> SocketAddr {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    free.local_addr().expect("an address")
}

async fn is_ready(address: SocketAddr) -> bool {
    let answer = async {
        let mut connection = TcpStream::connect(address).await?;
        connection
            .write_all(b"GET /api/v1/ready HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
            .await?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer.starts_with("HTTP/1.1 200"))
    };
    answer.await.unwrap_or(false)
}
