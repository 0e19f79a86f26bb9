//! The gateway: holds the connection to Slack, turns what people do there into commands.

use config::Reader;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut reader = Reader::from_process();
    let config = gateway::Config::read(&mut reader);
    reader.finish()?;
    let _telemetry = telemetry::start("gateway", &config.log_level, config.otlp_endpoint.as_deref())?;
    gateway::run(config, telemetry::shutdown::signal()).await?;
    Ok(())
}
