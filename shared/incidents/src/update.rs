//! Updates: telling everybody where an incident stands.

use domain::timeline::Happening;
use domain::{Asking, IncidentId, Settled};
use jobs::PostUpdate;
use store::PgPool;

use crate::change::{Begun, Change};
use crate::error::{typed, typed_or_empty};
use crate::{CommandError, Request, paging, reminders};

/// The most characters of an update.
pub const MAX_UPDATE: usize = 2_000;
/// The most characters of what an update says is hit.
pub const MAX_RESOURCES: usize = 300;

/// What everybody is to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// What is hit; may be empty.
    pub resources: String,
    /// Where the incident stands.
    pub message: String,
}

/// Sends an update: it is posted in the digest channel and noted in the timeline.
pub async fn send_update(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    update: &Update,
) -> Result<(), CommandError> {
    let message = typed(&update.message, MAX_UPDATE)?;
    let resources = typed_or_empty(&update.resources, MAX_RESOURCES)?;
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    let now = change.request().now;
    store::incidents::set_last_update(change.conn(), id, &message, now).await?;
    let sent = Happening::UpdateSent {
        resources: resources.clone(),
        message: message.clone(),
    };
    change.note(&sent).await?;
    let post = PostUpdate {
        incident: id,
        revision: change.incident.revision + 1,
        resources,
        message: message.clone(),
        sender: change.request().actor.name().to_owned(),
        at: now,
    };
    change.job(post.job());
    paging::update_sent(&mut change, &message).await?;
    let by = change.request().actor.name().to_owned();
    change.settle(Asking::Update, &Settled::UpdateSent { by }).await?;
    if reminders::wanted(&change.incident, &change.settings) {
        let next = reminders::next_after(now, &change.settings);
        reminders::start(&mut change, next).await?;
    }
    change.draw();
    change.commit().await
}
