//! `worker check`: checks everything that a worker needs for the queues that it serves.

use domain::{Clock, SystemClock};
use jobs::Queue;
use slack::{Client, NoRateLimits};
use store::PgPool;
use telemetry::check::Check;

use crate::Config;

/// Checks the database, Slack, the digest channel and each vendor that is switched on, by a call that changes nothing.
pub async fn check(config: &Config) -> Vec<Check> {
    let checked = store::check(&config.database, SystemClock.now()).await;
    let mut checks = Check::all(checked);
    let usable = checks.iter().all(|check| check.fault.is_none());
    let serves = |queue| config.jobs.queues.contains(&queue);
    match Client::new(&config.slack, NoRateLimits) {
        Ok(slack) => {
            let access = slack.access().await;
            checks.push(Check::of("bot token", access.token));
            checks.push(Check::warned("permissions", access.permissions));
        }
        Err(error) => checks.push(Check::failed(
            "certificates",
            crate::RunError::Certificates(error).to_string(),
        )),
    }
    if serves(Queue::Slack) && usable {
        let pool = store::connect(&config.database);
        checks.push(digest_channel(config, &pool).await);
    }
    if serves(Queue::Pagerduty) {
        checks.push(pagerduty(config).await);
    }
    if serves(Queue::Statuspage) {
        checks.push(statuspage(config).await);
    }
    if serves(Queue::Confluence) {
        checks.push(confluence(config).await);
    }
    if serves(Queue::StatusPolling) {
        let warnings = &config.upstream.warnings;
        let there = if warnings.is_empty() {
            Ok(())
        } else {
            Err(warnings.join(" "))
        };
        checks.push(Check::warned("providers", there));
    }
    if config.web_url.is_none() {
        checks.push(Check::noted(
            "console",
            "WEB_URL is not set: messages do not link the console",
        ));
    }
    checks
}

/// As the copy of Slack's channels has it, which a worker makes soon after its first start.
async fn digest_channel(config: &Config, pool: &PgPool) -> Check {
    const NAME: &str = "digest channel";
    let wanted = &config.digest_channel;
    let known = async {
        let mut conn = pool.acquire().await?;
        store::slack_channels::find(&mut conn, wanted).await
    };
    match known.await {
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
            format!("#{wanted} is not known yet: a worker that runs looks for it; create it, or invite the bot to it"),
        ),
    }
}

async fn pagerduty(config: &Config) -> Check {
    const NAME: &str = "pagerduty";
    let Some(config) = config.pagerduty.clone() else {
        return Check::noted(NAME, "off (PAGERDUTY_INTEGRATION_ENABLED): teams cannot be paged");
    };
    match ::pagerduty::Client::new(config, None) {
        Ok(client) => Check::of(NAME, client.users(0).await.map(drop)),
        Err(error) => Check::failed(NAME, error.to_string()),
    }
}

async fn statuspage(config: &Config) -> Check {
    const NAME: &str = "statuspage";
    let Some(config) = config.statuspage.clone() else {
        return Check::noted(NAME, "off (STATUSPAGE_INTEGRATION_ENABLED): nothing can be published");
    };
    match ::statuspage::Client::new(config, None) {
        Ok(client) => Check::of(NAME, client.unresolved().await.map(drop)),
        Err(error) => Check::failed(NAME, error.to_string()),
    }
}

async fn confluence(config: &Config) -> Check {
    const NAME: &str = "confluence";
    let Some(config) = config.confluence.clone() else {
        return Check::noted(NAME, "off (CONFLUENCE_API_URL): RCA documents are files only");
    };
    let space = config.space.clone();
    let client = match ::confluence::Client::new(config, None) {
        Ok(client) => client,
        Err(error) => return Check::failed(NAME, error.to_string()),
    };
    match client.space(&space).await {
        Ok(Some(_)) => Check::ok(NAME),
        Ok(None) => Check::failed(
            NAME,
            format!("there is no space “{space}”, or its user does not see it: correct CONFLUENCE_SPACE"),
        ),
        Err(error) => Check::failed(NAME, error.to_string()),
    }
}
