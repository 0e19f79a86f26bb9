//! `gateway check`: checks everything that a gateway needs.

use std::net::SocketAddr;

use slack::{Client, NoRateLimits};
use telemetry::check::Check;

use crate::{Config, Gateway, NOT_CONNECTED, SOCKET, socket_check};

/// Checks the database and Slack: the bot's token, its permissions and the app-level token. Nothing changes by it.
///
/// Other holders of the app's connections are known to a gateway that runs, so that one is asked: a look from here would be
/// one more connection, to which Slack would send what people press.
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
    checks.push(socket(config.listen).await);
    checks
}

/// As the gateway that runs here sees it.
async fn socket(listen: SocketAddr) -> Check {
    let readiness = telemetry::http::readiness_at(listen).await;
    match readiness
        .as_ref()
        .and_then(|checks| checks.get(SOCKET))
        .map(String::as_str)
    {
        None => Check::noted(
            SOCKET,
            format!(
                "no gateway answers at {listen}, so it is unknown whether another process holds connections of this \
                 Slack app and takes its events: start a gateway, or run this check where one runs"
            ),
        ),
        Some("ok") => Check::ok(SOCKET),
        Some(NOT_CONNECTED) => Check::failed(SOCKET, NOT_CONNECTED),
        Some(warning) => Check::noted(SOCKET, warning),
    }
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
