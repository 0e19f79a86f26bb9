//! The providers whose status is looked at.

use domain::upstream;
use incidents::JobCommandError;
use serde_json::json;
use store::audit_log;
use tonic::Status;

use super::{convert, see, status};
use crate::App;
use crate::auth::{Caller, Peer};
use crate::proto::{GetProvidersResponse, ProviderFeed, WatchedProvider};

/// The setting's key.
pub(super) const PROVIDERS: &str = "providers";
/// How the audit log calls a change of it.
pub(super) const UPDATED: &str = "update_providers";

/// Those of the settings.
pub(super) async fn providers(app: &App) -> Result<GetProvidersResponse, store::Error> {
    // Read anew: whoever has just changed them sees that.
    let mut conn = app.pool.acquire().await?;
    let settings = store::settings::load(&mut conn).await?;
    let mut warnings = settings.warnings();
    warnings.extend(store::upstream::warnings(&mut conn).await?);
    let providers = settings.providers;
    let looks = store::upstream::providers(&mut conn, &providers).await?;
    let watched = providers.into_iter().map(|provider| WatchedProvider {
        feed: Some(feed(&provider, &looks)),
        provider,
    });
    Ok(GetProvidersResponse {
        providers: watched.collect(),
        known: upstream::known().map(str::to_owned).collect(),
        warnings,
    })
}

/// Providers as the setting holds them, from the way people write them.
pub(super) fn written(app: &App, entries: &[String]) -> Result<Vec<String>, Status> {
    let providers: Vec<_> = entries.iter().map(|entry| upstream::written(entry)).collect();
    let public = |provider: &String| {
        if app.config.allow_private_providers {
            Ok(())
        } else {
            upstream::check_public(provider)
        }
    };
    let checked = upstream::check_all(&providers).and_then(|()| providers.iter().try_for_each(public));
    match checked {
        Ok(()) => Ok(providers),
        Err(reason) => Err(Status::invalid_argument(format!("{PROVIDERS}: {reason}."))),
    }
}

/// Has these looked at from now on.
pub(super) async fn keep(app: &App, caller: &Caller, peer: &Peer, providers: &[String]) -> Result<(), Status> {
    let kept = watch(app, caller, peer, providers).await;
    kept.map_err(|error| match error {
        JobCommandError::Store(error) => status::database(&error),
        JobCommandError::Jobs(error) => {
            tracing::error!(%error, "providers could not be listed");
            status::internal()
        }
    })
}

async fn watch(app: &App, caller: &Caller, peer: &Peer, providers: &[String]) -> Result<(), JobCommandError> {
    let mut entry = see::entry(app, caller, peer, UPDATED, PROVIDERS.to_owned());
    entry.details[PROVIDERS] = json!(providers);
    let mut tx = app.pool.begin().await?;
    incidents::watch_providers(&mut tx, providers, entry.at).await?;
    audit_log::append(&mut tx, &entry).await?;
    store::commit(tx).await?;
    Ok(())
}

/// How a provider of the settings is read; one that was never looked at has no times.
pub(super) fn feed(provider: &str, known: &[store::upstream::Provider]) -> ProviderFeed {
    let known = known.iter().find(|one| one.provider == provider);
    let known = known.cloned().unwrap_or_default();
    ProviderFeed {
        name: upstream::label(provider).to_owned(),
        url: upstream::page(provider).to_owned(),
        checked_at: known.checked_at.map(convert::time),
        fetched_at: known.fetched_at.map(convert::time),
        failing_since: known.failing_since.map(convert::time),
        error: known.error.unwrap_or_default(),
    }
}
