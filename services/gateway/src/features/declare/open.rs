//! What the modal shows.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::Settings;
use domain::paging::listed;
use slack::blocks::View;
use slack::text::escape;

use super::modal::view;
use crate::Gateway;

/// What is said where somebody may be paged and it is not known who.
const PAGES_UNKNOWN: &str = "Who would be paged couldn't be loaded.";

/// The form, with what was typed before. A form that opens and says what it lacks is better than none.
pub(crate) async fn form(gateway: &Gateway, typed: &str) -> View {
    let (settings, pages) = match load(gateway).await {
        Some((settings, pages)) => (Some(settings), pages),
        None => without_database(gateway.pool.kept_settings()),
    };
    view(settings.as_deref(), Some(typed), &pages)
}

/// The settings, and who is paged by which severity; `None` when the database does not answer in time.
async fn load(gateway: &Gateway) -> Option<(Arc<Settings>, Vec<String>)> {
    let load = async {
        let mut conn = gateway.pool.acquire().await?;
        let settings = gateway.pool.settings(&mut conn).await?;
        let pages = pages(&mut conn, &settings, gateway.now()).await?;
        Ok::<_, store::Error>((settings, pages))
    };
    let loaded = tokio::time::timeout_at(gateway.deadline.form(), load).await.ok()?;
    loaded
        .inspect_err(|error| tracing::warn!(%error, "settings could not be read"))
        .ok()
}

/// The same from what is kept here.
fn without_database(settings: Option<Arc<Settings>>) -> (Option<Arc<Settings>>, Vec<String>) {
    let pages_nobody = |settings: &Arc<Settings>| settings.severities.iter().all(|one| one.page_teams.is_empty());
    let pages = if settings.as_ref().is_some_and(pages_nobody) {
        Vec::new()
    } else {
        vec![PAGES_UNKNOWN.to_owned()]
    };
    (settings, pages)
}

/// Who is paged by which severity, a line each, where anybody is.
async fn pages(
    conn: &mut store::PgConnection,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<Vec<String>, store::Error> {
    let called = incidents::called_by_severities(conn, settings, now).await?;
    let line = |(key, called): &(String, Vec<String>)| {
        let (emoji, label) = (settings.severity_emoji(key), settings.severity_label(key));
        format!("{emoji} {} pages {}", escape(label), escape(&listed(called)))
    };
    Ok(called.iter().map(line).collect())
}
