//! The sandbox as a program: `SANDBOX_LISTEN` says where (default `127.0.0.1:3010`), `SANDBOX_START_OVER_FILE` which
//! file asks whoever runs the app to begin anew.

use anyhow::Context;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let listen = std::env::var("SANDBOX_LISTEN").unwrap_or_default();
    let listen = if listen.is_empty() { "127.0.0.1:3010" } else { &listen };
    let config = sandbox::Config {
        listen: listen.parse().context("SANDBOX_LISTEN must be an address and a port")?,
        start_over_file: std::env::var_os("SANDBOX_START_OVER_FILE")
            .filter(|file| !file.is_empty())
            .map(Into::into),
        ..sandbox::Config::default()
    };
    sandbox::run(config, sandbox::signals())
        .await
        .context("the sandbox could not start")
}
