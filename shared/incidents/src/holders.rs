//! Roles of people who cannot act any more: their accounts were closed, or they are guests now.

use chrono::{DateTime, Utc};
use domain::timeline::Happening;
use domain::{Actor, Asking, IncidentId, Settled};
use jobs::{AskToReassign, CheckChannel, DrawDigest, DrawPanel, DrawQuestion, SayNotices};
use store::PgConnection;

use crate::JobCommandError;
use crate::change::Change;
use crate::touched::touched;

/// Says in the channel of an open incident whose roles nobody can act in any more, and asks for others. What was said before is
/// not said again. Where accounts are open again, nothing is asked any more.
pub async fn ask_to_reassign(
    conn: &mut PgConnection,
    id: IncidentId,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, id).await? else {
        return Ok(());
    };
    if incident.is_resolved() {
        return Ok(());
    }
    let told = store::roles::tell_closed(conn, id, now).await?;
    if told.is_empty() {
        if incident.roles.iter().all(|holder| holder.active)
            && let Some(question) = store::prompts::close(conn, id, Asking::Reassign, &Settled::NotNeeded).await?
        {
            queue::enqueue_at(conn, now, vec![DrawQuestion { question }.job(id)]).await?;
        }
        return Ok(());
    }
    for holder in incident.roles.iter().filter(|holder| told.contains(&holder.role)) {
        let left = Happening::HolderLeft {
            role: holder.role.clone(),
            user_id: holder.user_id.clone(),
            name: holder.name.clone(),
            guest: store::slack_users::unable_to_act(conn, &holder.user_id)
                .await?
                .is_none(),
        };
        store::timeline::append(conn, id, now, &Actor::System, &left, true).await?;
    }
    touched(conn, id, now, "asked to reassign").await?;
    let mut following = vec![
        SayNotices { incident: id }.job(),
        DrawPanel { incident: id }.job(),
        DrawDigest { incident: id }.job(),
    ];
    // One of before names fewer roles.
    if let Some(before) = store::prompts::close(conn, id, Asking::Reassign, &Settled::AskedAgain).await? {
        following.push(DrawQuestion { question: before }.job(id));
    }
    let question = store::prompts::ask(conn, id, Asking::Reassign, now).await?.id;
    following.push(AskToReassign { question }.job(id));
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// Has it said again, in an incident that is opened again, whose roles nobody can act in: it was settled when the incident was
/// resolved.
pub(crate) async fn reopened(change: &mut Change) -> Result<(), crate::CommandError> {
    let id = change.incident.id;
    store::roles::forget_told(change.conn(), id).await?;
    if change.incident.roles.iter().any(|holder| !holder.active) {
        change.job(CheckChannel { incident: id }.job());
    }
    Ok(())
}

/// Settles what was asked once nobody's closed account holds a role; `given` has somebody new, or nobody any more.
pub(crate) async fn role_given(change: &mut Change, given: &str) -> Result<(), crate::CommandError> {
    let mut others = change.incident.roles.iter().filter(|holder| holder.role != given);
    if others.all(|holder| holder.active) {
        change.settle(Asking::Reassign, &Settled::RoleTaken).await?;
        return Ok(());
    }
    let id = change.incident.id;
    if let Some(question) = store::prompts::open_of(change.conn(), id, Asking::Reassign).await? {
        // It names fewer roles now.
        change.job(DrawQuestion { question }.job(id));
    }
    Ok(())
}
