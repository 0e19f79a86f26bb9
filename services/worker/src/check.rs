//! `worker check`: checks everything that a worker needs for the queues that it serves.

use domain::{Clock, SystemClock};
use jobs::queues;
use telemetry::check::Check;

use crate::vendors::providers;
use crate::{Config, Worker};

/// Checks the database, Slack, the digest channel and each vendor that is switched on, by a call that changes nothing.
pub async fn check(config: &Config) -> Vec<Check> {
    let mut checks = store::check(&config.database, SystemClock.now()).await;
    let usable = checks.iter().all(|check| check.fault.is_none());
    match Worker::without_limits(config.clone()) {
        Ok(worker) => checks.extend(check_needs(&worker, usable).await),
        Err(error) => checks.push(Check::failed(
            "certificates",
            crate::RunError::Certificates(error).to_string(),
        )),
    }
    checks
}

/// The same for a worker that runs, within the vendors' limits.
pub(crate) async fn check_running(worker: &Worker) -> Vec<Check> {
    let mut checks = store::check_connected(&worker.pool, worker.config.jobs.clock.now()).await;
    let usable = checks.iter().all(|check| check.fault.is_none());
    checks.extend(check_needs(worker, usable).await);
    checks
}

/// What it needs beside the database, which is `usable` or not. Vendors are called side by side.
async fn check_needs(worker: &Worker, usable: bool) -> Vec<Check> {
    let (access, digest, vendors, providers) = tokio::join!(
        worker.slack.access(),
        digest_channel(worker, usable),
        worker.vendors.check(worker),
        providers::check(worker, usable),
    );
    let mut checks = vec![
        Check::of("bot token", access.token),
        Check::warned("permissions", access.permissions),
    ];
    checks.extend(digest.into_iter().chain(vendors).chain(providers));
    if worker.config.web_url.is_none() {
        checks.push(Check::noted(
            "console",
            "WEB_URL is not set: messages don't link to the console",
        ));
    }
    checks
}

/// As the copy of Slack's channels has it, which a worker makes soon after its first start.
async fn digest_channel(worker: &Worker, usable: bool) -> Option<Check> {
    const NAME: &str = "digest channel";
    if !usable || !worker.serves(queues::SLACK) {
        return None;
    }
    let wanted = &worker.config.digest_channel;
    let known = async {
        let mut conn = worker.pool.acquire().await?;
        store::slack_channels::find(&mut conn, wanted).await
    };
    Some(match known.await {
        Err(error) => Check::failed(NAME, error.to_string()),
        Ok(Some(channel)) if channel.archived => Check::failed(
            NAME,
            format!("#{wanted} is archived: unarchive it, or name another in INCIDENTS_DIGEST_CHANNEL"),
        ),
        Ok(Some(channel)) if channel.private && !channel.member => {
            Check::failed(NAME, format!("the bot is not in #{wanted}: invite it there"))
        }
        Ok(Some(_)) => Check::ok(NAME),
        Ok(None) => Check::noted(
            NAME,
            format!(
                "#{wanted} is not known yet, and incidents are not posted there until it is: a worker that \
                 runs looks for it; create it, or invite the bot to it"
            ),
        ),
    })
}
