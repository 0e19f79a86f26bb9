//! Who sees an incident, and how an admin opens a private one.

use chrono::TimeDelta;
use domain::IncidentId;
use serde_json::json;
use store::audit_log::{self, Entry};
use store::console_users::Role;
use store::incident_list::{self, Listed};

use crate::App;
use crate::auth::{Caller, Peer};

/// How the audit log calls it when an admin opens a private incident.
const OPENED: &str = "open_private_incident";
/// A page that stays open is read again with every change; that is one opening, written down this often.
const ONE_OPENING: TimeDelta = TimeDelta::minutes(15);

/// The same refusal is written down this often at most.
const ONE_REFUSAL: TimeDelta = TimeDelta::minutes(1);

/// An incident as somebody may see it.
pub(crate) struct Seen {
    pub(crate) listed: Listed,
    /// Whether an admin opened it who is not in it.
    pub(crate) opened: bool,
}

/// The incident as the caller may see it; an admin may open a private one, which is written down first.
pub(crate) async fn find(
    app: &App,
    caller: &Caller,
    peer: &Peer,
    id: IncidentId,
    open_private: bool,
) -> Result<Option<Seen>, store::Error> {
    let mut conn = app.pool.acquire().await?;
    let found = incident_list::get_with_sealed(&mut conn, &caller.viewer(), id).await?;
    let Some(listed) = found else {
        return Ok(None);
    };
    if !listed.is_sealed {
        return Ok(Some(Seen { listed, opened: false }));
    }
    if !caller.may(Role::Admin) {
        return Ok(None);
    }
    if !open_private {
        return Ok(Some(Seen { listed, opened: false }));
    }
    let (target, now) = (id.to_string(), app.clock.now());
    if !audit_log::done_since(&mut conn, caller.user().id, OPENED, &target, now - ONE_OPENING).await? {
        audit_log::append(&mut conn, &entry(app, caller, peer, OPENED, target)).await?;
    }
    let incident = store::incidents::get(&mut conn, id).await?;
    Ok(incident.map(|incident| Seen {
        listed: Listed {
            incident,
            is_sealed: false,
        },
        opened: true,
    }))
}

/// Writes down what a signed-in person was refused. Once a minute: the log is kept for ever, and they may ask at any pace.
pub(crate) async fn audit_refusal(
    app: &App,
    caller: &Caller,
    peer: &Peer,
    action: &str,
    target: String,
) -> Result<(), store::Error> {
    let entry = entry(app, caller, peer, action, target);
    let mut conn = app.pool.acquire().await?;
    let since = entry.at - ONE_REFUSAL;
    if audit_log::done_since(&mut conn, caller.user().id, action, &entry.target, since).await? {
        return Ok(());
    }
    audit_log::append(&mut conn, &entry).await
}

/// What the audit log keeps of what a caller did.
pub(super) fn entry(app: &App, caller: &Caller, peer: &Peer, action: &str, target: String) -> Entry {
    Entry {
        at: app.clock.now(),
        user_id: Some(caller.user().id),
        who: caller.user().email.clone(),
        action: action.to_owned(),
        target,
        details: json!({ "role": caller.user().role.to_string() }),
        address: peer.address.to_string(),
    }
}
