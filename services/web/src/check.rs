//! `web check`, and the same for the console's page: checks everything that the console needs.

use domain::{Clock, SystemClock};
use store::PgPool;
use telemetry::check::Check;

use crate::{App, Config};

/// Checks the database, who can sign in, and the console's address. Nothing changes by it.
pub async fn check(config: &Config, database: &store::Config) -> Vec<Check> {
    let mut checks = store::check(database, SystemClock.now()).await;
    if checks.iter().all(|check| check.fault.is_none()) {
        checks.push(people(config, &store::connect(database)).await);
    }
    checks.push(address(config));
    checks
}

/// The same for a console that runs.
pub(crate) async fn check_running(app: &App) -> Vec<Check> {
    let mut checks = store::check_connected(&app.pool, app.clock.now()).await;
    checks.push(people(&app.config, &app.pool).await);
    checks.push(address(&app.config));
    checks
}

fn address(config: &Config) -> Check {
    match &config.web_url {
        None => Check::noted("address", "WEB_URL is not set: messages don't link to the console"),
        Some(url) if !config.is_https() => Check::noted(
            "address",
            format!("{url} is not https: passwords and sessions can be intercepted"),
        ),
        Some(_) => Check::ok("address"),
    }
}

async fn people(config: &Config, pool: &PgPool) -> Check {
    const NAME: &str = "people";
    let any = async {
        let mut conn = pool.acquire().await?;
        store::console_users::any(&mut conn).await
    };
    match any.await {
        Err(error) => Check::failed(NAME, error.to_string()),
        Ok(false) if config.admin_password.is_none() => Check::failed(
            NAME,
            "nobody can sign in: set DEFAULT_WEB_ADMIN_PASSWORD, which creates the first admin",
        ),
        Ok(_) => Check::ok(NAME),
    }
}
