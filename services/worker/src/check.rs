//! `worker check`: checks everything that a worker needs for the queues that it serves.

use std::fmt::Display;

use domain::{Clock, SystemClock};
use jobs::Queue;
use telemetry::check::Check;
use tokio::task::JoinSet;

use crate::features::{rca, upstream};
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
    let (access, digest, pagerduty, statuspage, confluence, providers) = tokio::join!(
        worker.slack.access(),
        digest_channel(worker, usable),
        pagerduty(worker),
        statuspage(worker),
        confluence(worker),
        providers(worker, usable),
    );
    let mut checks = vec![
        Check::of("bot token", access.token),
        Check::warned("permissions", access.permissions),
    ];
    checks.extend(
        [digest, pagerduty, statuspage, confluence, providers]
            .into_iter()
            .flatten(),
    );
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
    if !usable || !worker.serves(Queue::Slack) {
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

async fn pagerduty(worker: &Worker) -> Option<Check> {
    const NAME: &str = "pagerduty";
    if !worker.serves(Queue::Pagerduty) {
        return None;
    }
    let (Some(client), Some(config)) = (&worker.pagerduty, &worker.config.pagerduty) else {
        let off = "off (PAGERDUTY_INTEGRATION_ENABLED): teams cannot be paged";
        return Some(Check::noted(NAME, off));
    };
    Some(match knows(client, &config.username).await {
        Ok(false) => Check::failed(
            NAME,
            "no user has the e-mail in PAGERDUTY_API_USERNAME, so pages are rejected: set it to a user's e-mail",
        ),
        found => answered(NAME, found.map(drop), |error| match error {
            ::pagerduty::Error::Call(call) => Some(call),
            _ => None,
        }),
    })
}

/// Whether somebody in PagerDuty has this e-mail, in whose name pages are made. Where there are too many people to look at all
/// of them, it is believed.
async fn knows(client: &::pagerduty::Client, email: &str) -> ::pagerduty::Result<bool> {
    // One after the other, they end before the time of all checks does.
    const PAGES: u32 = 3;
    for page in 0..PAGES {
        let found = client.users(page * ::pagerduty::PAGE).await?;
        let mut emails = found.items.iter().filter_map(|user| user.email.as_deref());
        if emails.any(|one| one.eq_ignore_ascii_case(email)) {
            return Ok(true);
        }
        if !found.more {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn statuspage(worker: &Worker) -> Option<Check> {
    const NAME: &str = "statuspage";
    if !worker.serves(Queue::Statuspage) {
        return None;
    }
    let Some(client) = &worker.statuspage else {
        let off = "off (STATUSPAGE_INTEGRATION_ENABLED): nothing can be published";
        return Some(Check::noted(NAME, off));
    };
    let unresolved = client.unresolved().await;
    Some(answered(NAME, unresolved.map(drop), |call| Some(call)))
}

async fn confluence(worker: &Worker) -> Option<Check> {
    const NAME: &str = "confluence";
    if !worker.serves(Queue::Confluence) {
        return None;
    }
    let (Some(client), Some(config)) = (&worker.confluence, &worker.config.confluence) else {
        let off = "off (CONFLUENCE_API_URL): RCA documents are files only";
        return Some(Check::noted(NAME, off));
    };
    // What it lacks, where the calls are answered.
    let looked = async {
        let key = &config.space;
        let Some(space) = client.space(key).await? else {
            return Ok(Some(format!(
                "there is no space “{key}”, or the user can't see it: correct CONFLUENCE_SPACE"
            )));
        };
        let Some(parent) = &config.parent_page else {
            return Ok(None);
        };
        let found = rca::parent_page(client, &space, parent).await?;
        Ok(found.is_none().then(|| {
            format!(
                "the parent page “{parent}” does not exist: create it in Confluence, or correct CONFLUENCE_PARENT_PAGE"
            )
        }))
    };
    let looked: Result<Option<String>, ::confluence::Error> = looked.await;
    Some(match looked {
        Ok(Some(lacks)) => Check::failed(NAME, lacks),
        looked => answered(NAME, looked.map(drop), |error| match error {
            ::confluence::Error::Call(call) => Some(call),
            _ => None,
        }),
    })
}

/// Whether the status of each provider that is configured can be read. None is needed, so this never fails.
async fn providers(worker: &Worker, usable: bool) -> Option<Check> {
    const NAME: &str = "providers";
    if !worker.serves(Queue::StatusPolling) {
        return None;
    }
    if !usable {
        return Some(Check::noted(
            NAME,
            "the list of providers is in the database, which is unavailable",
        ));
    }
    let settings = async { store::settings::load(&mut *worker.pool.acquire().await?).await };
    let configured = match settings.await {
        // Before the first start the setting is not filled yet.
        Ok(settings) if settings.providers.is_empty() => worker.config.upstream.named.clone(),
        Ok(settings) => settings.providers,
        Err(error) => return Some(Check::noted(NAME, store::Error::to_string(&error))),
    };
    let mut faults = worker.config.upstream.warnings.clone();
    if configured.is_empty() && faults.is_empty() {
        let off = "none is configured: incidents don't show upstream outages";
        return Some(Check::noted(NAME, off));
    }
    let mut asking = JoinSet::new();
    for (place, provider) in configured.into_iter().enumerate() {
        let worker = worker.clone();
        asking.spawn(async move {
            let reason = upstream::check(&worker, &provider).await.err()?;
            let label = domain::upstream::label(&provider);
            Some((place, format!("{label}: {reason}; incidents don't show its status.")))
        });
    }
    let mut unread = Vec::new();
    while let Some(asked) = asking.join_next().await {
        unread.extend(asked.ok().flatten());
    }
    unread.sort();
    faults.extend(unread.into_iter().map(|(_, fault)| fault));
    let there = if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join(" "))
    };
    Some(Check::warned(NAME, there))
}

/// What a vendor's answer says; `call` is the error of the call itself. That it asks to wait is no fault.
fn answered<E: Display>(
    name: &'static str,
    answer: Result<(), E>,
    call: impl Fn(&E) -> Option<&http_client::Error>,
) -> Check {
    match answer {
        Ok(()) => Check::ok(name),
        Err(error) if matches!(call(&error), Some(http_client::Error::RateLimited(_))) => {
            Check::noted(name, "is rate limiting us: it is checked again later")
        }
        Err(error) => Check::failed(name, error.to_string()),
    }
}
