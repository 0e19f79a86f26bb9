//! The gateway: holds the connection to Slack, turns what people do there into commands.

use std::io::Write;

use config::Reader;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // `make manifest`: needs no environment.
    if std::env::args().nth(1).as_deref() == Some("manifest") {
        std::io::stdout().write_all(slack::manifest::yaml().as_bytes())?;
        return Ok(());
    }
    let mut reader = Reader::from_process();
    let config = gateway::Config::read(&mut reader);
    reader.finish()?;
    let _telemetry = telemetry::start("gateway", &config.log_level, config.otlp_endpoint.as_deref())?;
    gateway::run(config, telemetry::shutdown::signal()).await?;
    Ok(())
}
