//! Roles: who does what.
//!
//! Whoever claims a role first has it. A later claim is refused with who holds it, so that nobody loses a role to a press
//! that was made before they had it; replacing a holder names the holder that is meant.

use domain::timeline::Happening;
use domain::{Asking, IncidentId, RoleHolder, Settled};
use jobs::{Invite, InviteToRca, NotifyRoleLost, TellRole};
use queue::NewJob;
use store::PgPool;
use store::slack_users::Membership;

use crate::change::{Begun, Change};
use crate::{CommandError, Request, UnableToAct, WhyUnable, holders};

/// Whom a new holder of a role may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaces<'a> {
    /// Nobody: the role has to be open.
    Nobody,
    /// The holder with this Slack id, whom the actor saw; the role may be open meanwhile.
    Holder(&'a str),
    /// Whoever holds it.
    Anybody,
}

impl Replaces<'_> {
    fn allows(self, holder: &RoleHolder) -> bool {
        match self {
            Self::Nobody => false,
            Self::Holder(seen) => seen == holder.user_id,
            Self::Anybody => true,
        }
    }
}

/// Gives a role to somebody in Slack: they come into the channel and are told what the role means, and whoever lost it to
/// them is told too.
///
/// # Errors
/// [`CommandError::RoleHeld`] where somebody holds the role whom `replaces` does not allow to replace.
pub async fn assign(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    role: &str,
    slack_user: &str,
    replaces: Replaces<'_>,
) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    give(&mut change, role, slack_user, replaces).await?;
    change.draw();
    change.commit().await
}

/// Takes a role from its holder, so that nobody holds it. `seen` is the Slack id of the holder that the actor saw, where
/// they saw one.
///
/// # Errors
/// [`CommandError::RoleHeld`] where somebody else holds it by now, [`CommandError::RoleNotHeld`] where nobody does.
pub async fn give_up(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    role: &str,
    seen: Option<&str>,
) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    let Some(holder) = change.incident.holder(role).cloned() else {
        return Err(CommandError::RoleNotHeld(change.settings.role_label(role).to_owned()));
    };
    if seen.is_some_and(|seen| seen != holder.user_id) {
        return Err(held(&change, role, holder));
    }
    store::roles::take(change.conn(), id, role).await?;
    notify_former_holder(&mut change, role, &holder);
    let given_up = Happening::RoleGivenUp {
        role: role.to_owned(),
        user_id: holder.user_id,
        name: holder.name,
    };
    change.note(&given_up).await?;
    holders::role_given(&mut change, role).await?;
    change.draw();
    change.commit().await
}

/// Gives a role within a change; nothing happens when they have it already.
pub(crate) async fn give(
    change: &mut Change,
    role: &str,
    slack_user: &str,
    replaces: Replaces<'_>,
) -> Result<(), CommandError> {
    if change.settings.role(role).is_none() {
        return Err(CommandError::UnknownRole(role.to_owned()));
    }
    let before = change.incident.holder(role).cloned();
    if before.as_ref().is_some_and(|before| before.user_id == slack_user) {
        return Ok(());
    }
    if let Some(holder) = before
        .clone()
        .filter(|holder| holder.active && !replaces.allows(holder))
    {
        return Err(held(change, role, holder));
    }
    if let Some(person) = unable_to_act(change, slack_user).await? {
        return Err(CommandError::CannotHoldRole {
            role: role.to_owned(),
            person,
        });
    }
    let (incident, now) = (change.incident.id, change.request().now);
    store::roles::give(change.conn(), incident, role, slack_user, now).await?;
    change.add_member(slack_user).await?;
    if let Some(before) = before.as_ref().filter(|before| before.active) {
        notify_former_holder(change, role, before);
    }
    let taken = Happening::RoleTaken {
        role: role.to_owned(),
        user_id: slack_user.to_owned(),
        name: change.name_of(slack_user).await?,
        before: before.map(|before| before.name),
    };
    change.note(&taken).await?;
    change.settle(Asking::Role, &Settled::RoleTaken).await?;
    holders::role_given(change, role).await?;
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

/// Whoever cannot act in incidents, because of what they are or by the settings; `None` also for those who are not known yet.
pub(crate) async fn unable_to_act(change: &mut Change, slack_user: &str) -> Result<Option<UnableToAct>, CommandError> {
    if let Some(name) = store::slack_users::unable_to_act(change.conn(), slack_user).await? {
        let why = WhyUnable::Nobody;
        return Ok(Some(UnableToAct { name, why }));
    }
    let Some(standing) = store::slack_users::standing(change.conn(), slack_user).await? else {
        return Ok(None);
    };
    let membership = standing.membership(None);
    let why = match membership {
        _ if membership.may_act(&change.settings) => return Ok(None),
        Membership::Guest => WhyUnable::Guest,
        Membership::Member | Membership::Outsider => WhyUnable::Outsider,
    };
    let name = store::slack_users::name(change.conn(), slack_user).await?;
    Ok(Some(UnableToAct {
        name: name.unwrap_or_else(|| slack_user.to_owned()),
        why,
    }))
}

/// Two people who both believe that they lead make an incident worse: whoever lost a role without doing it is told.
fn notify_former_holder(change: &mut Change, role: &str, holder: &RoleHolder) {
    let actor = &change.request().actor;
    if actor.slack_user_id() == Some(&holder.user_id) {
        return;
    }
    let notify = NotifyRoleLost {
        incident: change.incident.id,
        role: role.to_owned(),
        user: holder.user_id.clone(),
        by: actor.name().to_owned(),
        revision: change.incident.revision + 1,
    };
    change.job(NewJob::new(&notify));
}

fn held(change: &Change, role: &str, holder: RoleHolder) -> CommandError {
    CommandError::RoleHeld {
        label: change.settings.role_label(role).to_owned(),
        holder,
    }
}
