//! The console and its API; `web migrate` brings the schema of all services up to date, `web import-legacy` what
//! incident-bot 0.8.2 kept.

use std::process::ExitCode;

use config::Reader;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let ended = match arguments.first().map(String::as_str) {
        None => run().await.map(|()| ExitCode::SUCCESS),
        Some("check") => check(&arguments).await,
        Some("import-legacy") => import_legacy(&arguments[1..]).await.map(|()| ExitCode::SUCCESS),
        Some("migrate") => migrate(&arguments).await.map(|()| ExitCode::SUCCESS),
        Some(other) => {
            Err(telemetry::UnknownCommand::new(other, &["check", "check --json", "import-legacy", "migrate"]).into())
        }
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
    telemetry::check_arguments(arguments, &["--json"])?;
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
async fn migrate(arguments: &[String]) -> anyhow::Result<()> {
    telemetry::check_arguments(arguments, &[])?;
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

/// Needs the variables of the database, and of the first admin where there is no user yet.
async fn import_legacy(arguments: &[String]) -> anyhow::Result<()> {
    let mut reader = Reader::from_process();
    let telemetry = telemetry::Config::read(&mut reader);
    let config = web::Config::read(&mut reader);
    let database = store::Config::read(&mut reader);
    let import = web::Import::read(arguments, &reader)?;
    reader.finish()?;
    // Whoever reads the JSON reads nothing else.
    let _traces = if import.json {
        None
    } else {
        Some(telemetry::start("web", &telemetry)?)
    };
    let mut out = std::io::stdout();
    let imported = import.run(&config, &database, &mut out);
    match telemetry::shutdown::signal().run_until_cancelled(imported).await {
        Some(imported) => Ok(imported?),
        None => anyhow::bail!("the import was stopped; what was imported is imported: run `web import-legacy` again"),
    }
}
