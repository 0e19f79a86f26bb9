//! `gateway check`: checks everything that a gateway needs.

use slack::{Client, NoRateLimits};
use telemetry::check::Check;

use crate::{Config, Gateway, socket_check};

/// Checks the database and Slack: the bot's token, its permissions and the app-level token. Nothing changes by it.
///
/// Other holders of the app's connections are told by a gateway that runs, in its readiness and in `/incident diag`: a look
/// from here would be one more connection, to which Slack would send what people press.
pub async fn check(config: &Config) -> Vec<Check> {
    let mut checks = store::check(&config.database, config.clock.now()).await;
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
    checks.extend(bot(&slack).await);
    checks.push(app(&slack).await);
    checks
}

/// The same for a gateway that runs: its connections tell whether the app-level token is accepted, and who else holds some.
pub(crate) async fn check_running(gateway: &Gateway) -> Vec<Check> {
    let mut checks = store::check_connected(&gateway.pool, gateway.now()).await;
    checks.extend(bot(&gateway.slack).await);
    let socket = socket_check(&gateway.connections);
    if socket.fault.is_some() {
        checks.push(app(&gateway.slack).await);
    }
    checks.push(socket);
    checks
}

async fn bot(slack: &Client) -> [Check; 2] {
    let access = slack.access().await;
    [
        Check::of("bot token", access.token),
        Check::warned("permissions", access.permissions),
    ]
}

async fn app(slack: &Client) -> Check {
    let opened = slack.open_connection().await.map(drop);
    let opened = opened.map_err(|error| match error.token_refused("SLACK_APP_TOKEN") {
        Some(refused) => refused.to_string(),
        None => error.to_string(),
    });
    Check::of("app-level token", opened)
}
