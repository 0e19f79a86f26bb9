//! The providers whose status is polled. They are needed for nothing else, so none of their faults fails a check.

use domain::checks::Check;
use jobs::queues;
use store::PgConnection;
use tokio::task::JoinSet;

use crate::Worker;
use crate::features::upstream;

/// Whether the status of each provider that is configured can be read.
pub(crate) async fn check(worker: &Worker, usable: bool) -> Option<Check> {
    const NAME: &str = "providers";
    if !worker.serves(queues::STATUS_POLLING) {
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
        Err(one_after_another(&faults))
    };
    Some(Check::warned(NAME, there))
}

/// Keeps what is wrong with the providers that the environment names. Other workers may lack its variables.
pub(crate) async fn announce(worker: &Worker, conn: &mut PgConnection) -> Result<(), store::Error> {
    if !worker.serves(queues::STATUS_POLLING) {
        return Ok(());
    }
    let warnings = &worker.config.upstream.warnings;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    store::upstream::set_warnings(conn, warnings).await
}

/// Several complaints as sentences of one text.
fn one_after_another(faults: &[String]) -> String {
    let mut text = String::new();
    for fault in faults {
        if !text.is_empty() {
            text.push_str(if text.ends_with('.') { " " } else { ". " });
        }
        text.push_str(fault);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_complaints_are_sentences() {
        let faults = ["“a” is unknown", "b cannot be read.", "c is one too many"].map(str::to_owned);
        assert_eq!(
            one_after_another(&faults),
            "“a” is unknown. b cannot be read. c is one too many"
        );
        assert_eq!(one_after_another(&faults[..1]), "“a” is unknown");
    }
}
