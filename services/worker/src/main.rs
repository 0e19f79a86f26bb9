//! The worker: consumes queues, carries changes outward.

use std::process::ExitCode;

use config::Reader;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let ended = match arguments.first().map(String::as_str) {
        None => run().await.map(|()| ExitCode::SUCCESS),
        Some("check") => check(&arguments).await,
        Some(other) => Err(telemetry::UnknownCommand::new(other, &["check", "check --json"]).into()),
    };
    telemetry::exit_code("worker", ended)
}

fn config() -> anyhow::Result<worker::Config> {
    let mut reader = Reader::from_process();
    let config = worker::Config::read(&mut reader);
    reader.finish()?;
    Ok(config)
}

async fn run() -> anyhow::Result<()> {
    let config = config()?;
    let _traces = telemetry::start("worker", &config.telemetry)?;
    worker::run(config, telemetry::shutdown::signal()).await?;
    Ok(())
}

async fn check(arguments: &[String]) -> anyhow::Result<ExitCode> {
    telemetry::check_arguments(arguments, &["--json"])?;
    let checks = worker::check(&config()?).await;
    Ok(telemetry::check::report(
        "worker",
        &checks,
        arguments,
        &mut std::io::stdout(),
    )?)
}
