//! The worker: consumes queues, carries changes outward.

use config::Reader;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut reader = Reader::from_process();
    let config = worker::Config::read(&mut reader);
    reader.finish()?;
    let _telemetry = telemetry::start("worker", &config.log_level, config.otlp_endpoint.as_deref())?;
    worker::run(config, telemetry::shutdown::signal()).await?;
    Ok(())
}
