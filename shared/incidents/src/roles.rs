//! Roles: who does what.

use domain::timeline::Happening;
use domain::{Asking, IncidentId, Settled};
use jobs::NewJob;
use jobs::payloads::slack::{Invite, InviteToRca, TellRole};
use store::PgPool;

use crate::change::{Begun, Change};
use crate::{CommandError, Request};

/// Gives a role to somebody in Slack, whoever had it: they come into the channel and are told what the role means.
pub async fn assign(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    role: &str,
    slack_user: &str,
) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    give(&mut change, role, slack_user).await?;
    change.draw();
    change.commit().await
}

/// Takes a role from whoever has it, so that nobody has it.
pub async fn give_up(pool: &PgPool, request: &Request, id: IncidentId, role: &str) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    let Some(holder) = change.incident.holder(role).cloned() else {
        return Err(CommandError::RoleNotHeld(change.settings.role_label(role).to_owned()));
    };
    store::roles::take(change.conn(), id, role).await?;
    let given_up = Happening::RoleGivenUp {
        role: role.to_owned(),
        user_id: holder.user_id,
        name: holder.name,
    };
    change.note(&given_up).await?;
    change.draw();
    change.commit().await
}

/// Gives a role within a change; nothing happens when they have it already.
pub(crate) async fn give(change: &mut Change, role: &str, slack_user: &str) -> Result<(), CommandError> {
    if change.settings.role(role).is_none() {
        return Err(CommandError::UnknownRole(role.to_owned()));
    }
    let before = change.incident.holder(role).cloned();
    if before.as_ref().is_some_and(|before| before.user_id == slack_user) {
        return Ok(());
    }
    let (incident, now) = (change.incident.id, change.request().now);
    store::roles::give(change.conn(), incident, role, slack_user, now).await?;
    if change.incident.private {
        store::members::add(change.conn(), incident, slack_user).await?;
    }
    let taken = Happening::RoleTaken {
        role: role.to_owned(),
        user_id: slack_user.to_owned(),
        name: change.name_of(slack_user).await?,
        before: before.map(|before| before.name),
    };
    change.note(&taken).await?;
    change.settle(Asking::Role, &Settled::RoleTaken).await?;
    let user = slack_user.to_owned();
    if change.incident.rca_channel.is_some() {
        change.job(NewJob::new(&InviteToRca {
            incident,
            user: user.clone(),
        }));
    }
    change.job(NewJob::new(&Invite {
        incident,
        user: user.clone(),
    }));
    change.job(NewJob::new(&TellRole {
        incident,
        role: role.to_owned(),
        user,
        revision: change.incident.revision + 1,
    }));
    Ok(())
}
