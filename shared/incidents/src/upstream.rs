//! What providers say about their own status, and the incidents that go on meanwhile.

use chrono::{DateTime, TimeDelta, Utc};
use domain::upstream::{Answer, Changed, changes};
use domain::{Actor, IncidentId};
use jobs::{PollProvider, SayNotices, ShowUpstream};
use store::{PgConnection, PgPool};

use crate::change::{Begun, Change};
use crate::touched::touched;
use crate::{CommandError, JobCommandError, Request};

/// The most changes of one look at a provider that channels are told of; the message shows more.
const MOST_TOLD: usize = 10;
/// How long after *Reload* what is fetched is drawn.
const RELOADING: TimeDelta = TimeDelta::minutes(1);

/// Feeds leave out seconds, and clocks differ.
const CLOCK_MARGIN: TimeDelta = TimeDelta::minutes(1);

/// What came of looking at a provider.
#[derive(Clone, Debug)]
pub struct Look {
    /// As in the setting.
    pub provider: String,
    /// What its feeds answered.
    pub answers: Vec<Answer>,
    /// Why not all of them could be read.
    pub error: Option<String>,
    /// How long it wants to be left alone.
    pub wait: Option<TimeDelta>,
}

/// Keeps what came of looking at a provider, in the transaction of the job that looked, and has the channels of the
/// incidents that go on told what is new.
pub async fn upstream_seen(conn: &mut PgConnection, look: &Look, now: DateTime<Utc>) -> Result<(), JobCommandError> {
    let before = store::upstream::lock(conn, &look.provider).await?;
    let outages = look
        .answers
        .iter()
        .filter_map(|answer| answer.outages.as_ref())
        .flatten();
    let ids: Vec<_> = outages.map(|outage| outage.id.clone()).collect();
    let known = store::upstream::known(conn, &look.provider, &ids).await?;
    let changed = changes(&known, &look.answers, before.fetched_at.is_none(), now);
    for changed in &changed {
        store::upstream::keep(conn, &look.provider, changed, now).await?;
    }
    for answer in &look.answers {
        store::upstream::keep_feed(conn, answer).await?;
    }
    match &look.error {
        None => store::upstream::read(conn, &look.provider, now).await?,
        Some(error) => {
            let not_before = look.wait.map(|wait| now + wait);
            store::upstream::failed(conn, &look.provider, error, not_before, now).await?;
        }
    }

    let settings = store::settings::load(conn).await?;
    // What was begun before the provider was taken out of the settings is kept and nobody is told.
    if !settings.providers.contains(&look.provider) {
        return Ok(());
    }
    let first_read = before.fetched_at.is_none() && look.error.is_none();
    let looks_otherwise = !changed.is_empty() || first_read || before.failing_since.is_some() != look.error.is_some();
    let mut following = Vec::new();
    if looks_otherwise {
        let mut told: Vec<_> = changed.iter().filter(|changed| changed.to_tell).collect();
        told.sort_by_key(|changed| !changed.outage.is_open());
        told.truncate(MOST_TOLD);
        for incident in store::upstream::incidents_to_tell(conn).await? {
            following.push(ShowUpstream { incident }.job());
            if tell(conn, incident, &look.provider, &told, now).await? {
                following.push(SayNotices { incident }.job());
            }
        }
    }
    for incident in store::upstream::reloading(conn, now - RELOADING).await? {
        following.push(ShowUpstream { incident }.job());
    }
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// Writes into the timeline of an incident what is new; false when nothing is that its people need to know.
async fn tell(
    conn: &mut PgConnection,
    id: IncidentId,
    provider: &str,
    changed: &[&Changed],
    now: DateTime<Utc>,
) -> Result<bool, JobCommandError> {
    if changed.is_empty() {
        return Ok(false);
    }
    let Some(incident) = store::incidents::lock(conn, id).await? else {
        return Ok(false);
    };
    if incident.is_resolved() {
        return Ok(false);
    }
    let mut any = false;
    for changed in changed {
        // Over before the incident began: it cannot be the cause of what goes on.
        if changed
            .outage
            .ended_at
            .is_some_and(|ended_at| ended_at < incident.declared_at - CLOCK_MARGIN)
        {
            continue;
        }
        let happening = changed.happening(provider);
        store::timeline::append(conn, id, now, &Actor::System, &happening, true).await?;
        any = true;
    }
    if any {
        touched(conn, id, now, "upstream outage changed").await?;
    }
    Ok(any)
}

/// Polls the providers that are new in the settings.
pub(crate) async fn poll_new(
    conn: &mut PgConnection,
    known: &[String],
    providers: &[String],
    now: DateTime<Utc>,
) -> Result<(), queue::EnqueueError> {
    let new = providers.iter().filter(|provider| !known.contains(provider));
    let polls = new.map(|provider| PollProvider::of(provider)).collect();
    queue::enqueue_at(conn, now, polls).await?;
    Ok(())
}

/// Has all providers looked at and the message of an incident drawn anew: at once with what is known, then with what is new.
pub async fn reload_upstream(pool: &PgPool, request: &Request, id: IncidentId) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    let now = change.request().now;
    store::upstream::reload(change.conn(), id, now).await?;
    change.job(ShowUpstream { incident: id }.job());
    for provider in change.settings.providers.clone() {
        change.job(PollProvider::of(&provider));
    }
    change.commit().await
}
