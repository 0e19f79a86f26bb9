//! Starts the console and its API.

use std::process::ExitCode;

use config::Reader;

#[tokio::main]
async fn main() -> ExitCode {
    telemetry::exit_code("web", run().await)
}

async fn run() -> anyhow::Result<()> {
    let mut reader = Reader::from_process();
    let log_level = reader.text("LOGLEVEL").unwrap_or_default();
    let endpoint = reader.text("OTEL_EXPORTER_OTLP_ENDPOINT");
    let config = web::Config::read(&mut reader);
    let database = store::Config::read(&mut reader);
    reader.finish()?;
    let _traces = telemetry::start("incident-bot-web", &log_level, endpoint.as_deref())?;
    web::run(config, database, telemetry::shutdown::signal()).await?;
    Ok(())
}
