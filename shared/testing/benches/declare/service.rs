//! The services as they are deployed: what they need while nothing happens, and how soon they are ready.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::{Duration, Instant};

use testing::System;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::row;

/// How often a start is measured; the median counts.
const STARTS: usize = 5;
/// How long a service is left alone before its memory is looked at.
const REST: Duration = Duration::from_secs(3);

/// Measures each service that was built with `cargo build --release`.
pub(crate) async fn idle() -> bool {
    let system = System::new(sandbox::Config::default()).await;
    let mut kept = true;
    for (service, listen) in [
        ("gateway", "GATEWAY_LISTEN"),
        ("worker", "WORKER_LISTEN"),
        ("web", "WEB_LISTEN"),
    ] {
        let mut ready = Vec::new();
        let mut resident = Vec::new();
        for _ in 0..STARTS {
            let Some((milliseconds, megabytes)) = start(&system, service, listen).await else {
                println!("      {service} is not built: cargo build --release");
                break;
            };
            ready.push(milliseconds);
            resident.push(megabytes);
        }
        if ready.len() == STARTS {
            kept &= row(
                &format!("{service}: ready after its start"),
                crate::median(ready),
                500.0,
                "ms",
            );
            kept &= row(
                &format!("{service}: resident while idle"),
                crate::median(resident),
                40.0,
                "MB",
            );
        }
    }
    system.end().await;
    kept
}

/// Starts a service and gives the milliseconds until it was ready and the megabytes it then holds.
async fn start(system: &System, service: &str, listen: &str) -> Option<(f64, f64)> {
    let binary = testing::program(service);
    if !binary.exists() {
        return None;
    }
    let address = free_address();
    let app = system.sandbox.app();
    let began = Instant::now();
    let mut process = Command::new(binary)
        .env_clear()
        .env("DATABASE_URL", system.database_url())
        .env("SLACK_API_URL", system.sandbox.slack_api_url())
        .env("SLACK_BOT_TOKEN", &app.bot_token)
        .env("SLACK_APP_TOKEN", &app.app_token)
        .env("INCIDENTS_DIGEST_CHANNEL", "incidents")
        .env("DEFAULT_WEB_ADMIN_PASSWORD", "a password of the bench")
        .env(listen, address.to_string())
        .env("LOGLEVEL", "ERROR")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    while !is_ready(address).await {
        assert!(process.try_wait().unwrap().is_none(), "{service} ended");
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{service} does not become ready"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let ready = began.elapsed().as_secs_f64() * 1000.0;
    tokio::time::sleep(REST).await;
    let resident = resident_megabytes(process.id()?);
    process.kill().await.unwrap();
    Some((ready, resident?))
}

fn free_address() -> SocketAddr {
    let free = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    free.local_addr().unwrap()
}

async fn is_ready(address: SocketAddr) -> bool {
    let ask = async {
        let mut connection = TcpStream::connect(address).await?;
        connection
            .write_all(b"GET /api/v1/ready HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            .await?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer.starts_with("HTTP/1.1 200"))
    };
    ask.await.unwrap_or(false)
}

/// `VmRSS`, where there is a `/proc`.
fn resident_megabytes(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}
