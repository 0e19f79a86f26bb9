//! The console and its API; `web migrate` brings the schema of all services up to date.

use std::process::ExitCode;

use config::Reader;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let ended = match arguments.first().map(String::as_str) {
        None => run().await.map(|()| ExitCode::SUCCESS),
        Some("check") => check(&arguments).await,
        Some("migrate") => migrate().await.map(|()| ExitCode::SUCCESS),
        Some(other) => Err(telemetry::UnknownCommand::new(other, &["check", "check --json", "migrate"]).into()),
    };
    telemetry::exit_code("web", ended)
}

async fn run() -> anyhow::Result<()> {
    let mut reader = Reader::from_process();
    let telemetry = telemetry::Config::read(&mut reader);
    let config = web::Config::read(&mut reader);
    let database = store::Config::read(&mut reader);
    reader.finish()?;
    let _traces = telemetry::start("web", &telemetry)?;
    web::run(config, database, telemetry::shutdown::signal()).await?;
    Ok(())
}

async fn check(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let mut reader = Reader::from_process();
    let config = web::Config::read(&mut reader);
    let database = store::Config::read(&mut reader);
    reader.finish()?;
    let checks = web::check(&config, &database).await;
    Ok(telemetry::check::report(
        "web",
        &checks,
        arguments,
        &mut std::io::stdout(),
    )?)
}

/// Needs the variables of the database only.
async fn migrate() -> anyhow::Result<()> {
    let mut reader = Reader::from_process();
    let telemetry = telemetry::Config::read(&mut reader);
    let database = store::Config::read(&mut reader);
    reader.finish()?;
    let _traces = telemetry::start("web", &telemetry)?;
    let upgrade = async { store::upgrade(&database, &store::connect(&database)).await };
    match telemetry::shutdown::signal().run_until_cancelled(upgrade).await {
        Some(upgraded) => upgraded?,
        None => anyhow::bail!("the migrations were stopped; what was applied is applied: run `web migrate` again"),
    }
    tracing::info!("the schema is up to date");
    Ok(())
}
