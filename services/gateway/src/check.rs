//! `gateway check`: checks everything that a gateway needs.

use slack::{Client, NoRateLimits};
use telemetry::check::Check;

use crate::Config;

/// Checks the database and Slack: the bot's token, its permissions and the app-level token. Nothing changes by it.
///
/// Other holders of the app's connections are told by a gateway that runs, in its readiness and in `/incident diag`: a look
/// from here would be one more connection, to which Slack would send what people press.
pub async fn check(config: &Config) -> Vec<Check> {
    let checked = store::check(&config.database, config.clock.now()).await;
    let mut checks = Check::all(checked);
    let slack = match Client::new(&config.slack, NoRateLimits) {
        Ok(slack) => slack,
        Err(error) => {
            checks.push(Check::failed(
                "certificates",
                crate::RunError::Certificates(error).to_string(),
            ));
            return checks;
        }
    };
    let access = slack.access().await;
    checks.push(Check::of("bot token", access.token));
    checks.push(Check::warned("permissions", access.permissions));
    let opened = slack.open_connection().await.map(drop);
    let opened = opened.map_err(|error| match error.token_refused("SLACK_APP_TOKEN") {
        Some(refused) => refused.to_string(),
        None => error.to_string(),
    });
    checks.push(Check::of("app-level token", opened));
    checks
}
