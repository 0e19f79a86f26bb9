//! The gateway: holds the connection to Slack, turns what people do there into commands.

use std::io::Write;
use std::process::ExitCode;

use config::Reader;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let ended = match arguments.first().map(String::as_str) {
        None => run().await.map(|()| ExitCode::SUCCESS),
        Some("check") => check(&arguments).await,
        // `make manifest`: needs no environment.
        Some("manifest") => manifest(&arguments),
        Some(other) => Err(telemetry::UnknownCommand::new(other, &["check", "check --json", "manifest"]).into()),
    };
    telemetry::exit_code("gateway", ended)
}

fn config() -> anyhow::Result<gateway::Config> {
    let mut reader = Reader::from_process();
    let config = gateway::Config::read(&mut reader);
    reader.finish()?;
    Ok(config)
}

async fn run() -> anyhow::Result<()> {
    let config = config()?;
    let _traces = telemetry::start("gateway", &config.telemetry)?;
    gateway::run(config, telemetry::shutdown::signal()).await?;
    Ok(())
}

async fn check(arguments: &[String]) -> anyhow::Result<ExitCode> {
    telemetry::check_arguments(arguments, &["--json"])?;
    let checks = gateway::check(&config()?).await;
    Ok(telemetry::check::report(
        "gateway",
        &checks,
        arguments,
        &mut std::io::stdout(),
    )?)
}

fn manifest(arguments: &[String]) -> anyhow::Result<ExitCode> {
    telemetry::check_arguments(arguments, &[])?;
    std::io::stdout().write_all(slack::manifest::yaml().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
