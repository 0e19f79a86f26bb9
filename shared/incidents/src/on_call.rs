//! Who is on call: having it read again, and what is said before somebody is paged.

use chrono::{DateTime, Utc};
use domain::paging::{OnCallState, Team};
use domain::{Incident, IncidentId};
use jobs::CopyOnCall;
use store::audit_log::{self, Entry};
use store::incident_list::{self, Viewer};
use store::{PgConnection, PgPool};

use crate::{Call, CommandError};

/// Has PagerDuty read again: who is on call there is copied anew. `audit` is written with it, where it comes from the console.
pub async fn refresh_on_call(pool: &PgPool, audit: Option<&Entry>, now: DateTime<Utc>) -> Result<(), CommandError> {
    let mut tx = pool.begin().await?;
    if !store::on_call::state(&mut tx).await?.enabled {
        return Err(CommandError::NoPaging);
    }
    if let Some(entry) = audit {
        audit_log::append(&mut tx, entry).await?;
    }
    queue::enqueue_at(&mut tx, now, vec![CopyOnCall::all()]).await?;
    store::commit(tx).await?;
    Ok(())
}

/// What is said before a team is paged.
#[derive(Clone, Debug, PartialEq)]
pub struct PageStep {
    /// The incident that it is for.
    pub incident: Incident,
    /// Who is called.
    pub team: Team,
    /// How old that is.
    pub state: OnCallState,
}

/// Reads what is said before a team is paged; what would be refused then is refused already.
pub async fn page_step(
    conn: &mut PgConnection,
    viewer: &Viewer,
    id: IncidentId,
    call: &Call,
    now: DateTime<Utc>,
) -> Result<PageStep, CommandError> {
    let incident = incident_list::get(conn, viewer, id).await?;
    let incident = incident.ok_or(CommandError::NoIncident)?;
    let state = store::on_call::state(conn).await?;
    if !state.enabled {
        return Err(CommandError::NoPaging);
    }
    if incident.is_resolved() {
        return Err(CommandError::ResolvedAlready);
    }
    let team = store::on_call::team(conn, &call.policy, now).await?;
    let team = team.ok_or(CommandError::NoTeam)?;
    crate::paging::check_pageable(&team)?;
    if let Some(person) = &call.person
        && team.person(person).is_none()
    {
        return Err(CommandError::NotOnCall(team.name));
    }
    Ok(PageStep { incident, team, state })
}
