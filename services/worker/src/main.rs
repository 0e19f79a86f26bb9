//! The worker: consumes queues, carries changes outward.

use std::process::ExitCode;

use config::Reader;

#[tokio::main]
async fn main() -> ExitCode {
    telemetry::exit_code("worker", run().await)
}

async fn run() -> anyhow::Result<()> {
    let mut reader = Reader::from_process();
    let config = worker::Config::read(&mut reader);
    reader.finish()?;
    let _traces = telemetry::start("worker", &config.log_level, config.otlp_endpoint.as_deref())?;
    worker::run(config, telemetry::shutdown::signal()).await?;
    Ok(())
}
