//! The gateway: holds the connection to Slack, turns what people do there into commands.

use std::io::Write;
use std::process::ExitCode;

use config::Reader;

#[tokio::main]
async fn main() -> ExitCode {
    // `make manifest`: needs no environment.
    if std::env::args().nth(1).as_deref() == Some("manifest") {
        let written = std::io::stdout().write_all(slack::manifest::yaml().as_bytes());
        return telemetry::exit_code("gateway manifest", written);
    }
    telemetry::exit_code("gateway", run().await)
}

async fn run() -> anyhow::Result<()> {
    let mut reader = Reader::from_process();
    let config = gateway::Config::read(&mut reader);
    reader.finish()?;
    let _traces = telemetry::start("gateway", &config.log_level, config.otlp_endpoint.as_deref())?;
    gateway::run(config, telemetry::shutdown::signal()).await?;
    Ok(())
}
