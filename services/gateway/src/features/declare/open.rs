//! What the modal shows.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::Settings;
use domain::paging::{Team, listed};
use slack::blocks::View;
use slack::text::escape;

use super::modal::view;
use crate::Gateway;

/// The form, with what was typed before.
pub(crate) async fn form(gateway: &Gateway, typed: &str) -> View {
    let (settings, pages) = settings(gateway).await;
    view(&settings, Some(typed), &pages)
}

/// The settings, and who is paged by which severity; the defaults when the database does not answer, because a form that opens and then says what is wrong is
/// better than none.
async fn settings(gateway: &Gateway) -> (Arc<Settings>, Vec<String>) {
    let load = async {
        let mut conn = gateway.pool.acquire().await?;
        let settings = gateway.pool.settings(&mut conn).await?;
        let pages = pages(&mut conn, &settings, gateway.now()).await?;
        Ok::<_, store::Error>((settings, pages))
    };
    match tokio::time::timeout_at(gateway.deadline.form(), load).await {
        Ok(Ok(loaded)) => loaded,
        Ok(Err(error)) => {
            tracing::warn!(%error, "settings could not be read");
            Default::default()
        }
        Err(_) => Default::default(),
    }
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
