//! What the modal shows.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::Settings;
use domain::paging::{Team, listed};
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
    let named: Vec<_> = settings
        .severities
        .iter()
        .flat_map(|severity| severity.page_teams.clone())
        .collect();
    if named.is_empty() || !store::on_call::state(conn).await?.enabled {
        return Ok(Vec::new());
    }
    let teams = store::on_call::named_teams(conn, &named, now).await?;
    let called = |name: &String| {
        let is = |team: &&Team| team.id == *name || team.name.to_lowercase() == name.trim().to_lowercase();
        let team = teams.iter().find(is)?;
        let people: Vec<_> = team.first().iter().map(|person| escape(&person.name)).collect();
        let called = match team.unpageable() {
            Some(reason) => format!("cannot be paged: {reason}"),
            None => listed(&people),
        };
        Some(format!("{} ({called})", escape(&team.name)))
    };
    let lines = settings.severities.iter().filter_map(|severity| {
        let called: Vec<_> = severity.page_teams.iter().filter_map(called).collect();
        let (emoji, label) = (&severity.emoji, escape(&severity.label));
        (!called.is_empty()).then(|| format!("{emoji} {label} pages {}", listed(&called)))
    });
    Ok(lines.collect())
}
