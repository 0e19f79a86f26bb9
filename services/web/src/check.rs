//! `web check`: checks everything that the console needs.

use domain::{Clock, SystemClock};
use telemetry::check::Check;

use crate::Config;

/// Checks the database, who can sign in, and the console's address. Nothing changes by it.
pub async fn check(config: &Config, database: &store::Config) -> Vec<Check> {
    let checked = store::check(database, SystemClock.now()).await;
    let mut checks = Check::all(checked);
    if checks.iter().all(|check| check.fault.is_none()) {
        checks.push(people(config, database).await);
    }
    checks.push(match &config.web_url {
        None => Check::noted("address", "WEB_URL is not set: messages do not link the console"),
        Some(url) if !config.is_https() => Check::noted(
            "address",
            format!("{url} is not https: passwords and sessions can be read on the way"),
        ),
        Some(_) => Check::ok("address"),
    });
    checks
}

async fn people(config: &Config, database: &store::Config) -> Check {
    const NAME: &str = "people";
    let pool = store::connect(database);
    let any = async {
        let mut conn = pool.acquire().await?;
        store::console_users::any(&mut conn).await
    };
    match any.await {
        Err(error) => Check::failed(NAME, error.to_string()),
        Ok(false) if config.admin_password.is_none() => Check::failed(
            NAME,
            "nobody can sign in: set DEFAULT_WEB_ADMIN_PASSWORD, which makes the first admin",
        ),
        Ok(_) => Check::ok(NAME),
    }
}
