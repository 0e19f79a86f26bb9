//! The providers whose status is looked at.

use domain::upstream;

use super::convert;
use crate::App;
use crate::proto::{GetProvidersResponse, ProviderFeed, WatchedProvider};

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

/// How a provider of the settings is read; one that was never looked at has no times.
pub(super) fn feed(provider: &str, known: &[store::upstream::Provider]) -> ProviderFeed {
    let known = known.iter().find(|one| one.provider == provider);
    let known = known.cloned().unwrap_or_default();
    ProviderFeed {
        name: upstream::label(provider).to_owned(),
        url: upstream::page(provider).to_owned(),
        checked_at: known.polled_at.map(convert::time),
        fetched_at: known.fetched_at.map(convert::time),
        failing_since: known.failing_since.map(convert::time),
        error: known.error.unwrap_or_default(),
    }
}
