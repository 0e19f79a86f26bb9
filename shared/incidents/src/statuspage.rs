//! What customers read on Statuspage of an incident: nothing is published there that nobody confirmed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::statuspage::{Draft, OPERATIONAL, OnResolve, Published, RESOLVED, Seen, is_over, label};
use domain::timeline::Happening;
use domain::{Actor, Asking, IncidentId, Settings, Settled};
use jobs::{AskStatuspage, CopyComponents, DrawQuestion, DrawStatuspage, Publish, SayNotices, SendStatuspageUpdate};
use queue::NewJob;
use store::posted_messages::{self, Kind};
use store::statuspage::{self as page, Touched, Update};
use store::{PgConnection, PgPool};
use uuid::Uuid;

use crate::change::{Begun, Change};
use crate::touched::touched;
use crate::{CommandError, JobCommandError, Request};

/// What is said on Statuspage when it is resolved along with an incident.
pub const RESOLVED_MESSAGE: &str = "This incident has been resolved.";

/// Publishes an incident on Statuspage, or says something more there; somebody has confirmed it.
pub async fn publish(pool: &PgPool, request: &Request, draft: &Draft) -> Result<(), CommandError> {
    let id = draft.incident;
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    may_publish(change.conn(), request.actor.slack_user_id()).await?;
    draft.check()?;
    let last = page::of_incident(change.conn(), id).await?;
    match draft.published {
        None => create(&mut change, draft, last).await?,
        Some(published) => {
            let last = last.filter(|last| last.id == published && last.is_open());
            let last = last.ok_or(CommandError::NotOnStatuspage)?;
            say(&mut change, &last, draft).await?;
        }
    }
    change.job(DrawStatuspage { incident: id }.job());
    change.commit().await
}

async fn create(change: &mut Change, draft: &Draft, last: Option<Published>) -> Result<(), CommandError> {
    let published = match last.filter(|last| last.ended_at.is_none()) {
        Some(last) if last.statuspage_id.is_some() => return Err(CommandError::OnStatuspageAlready),
        // Statuspage did not take it; it was corrected.
        Some(last) => {
            if !was_refused(change.conn(), &last).await? {
                return Err(CommandError::OnStatuspageAlready);
            }
            page::forget_unpublished(change.conn(), last.id).await?;
            let corrected = Published {
                name: draft.name.trim().to_owned(),
                impact: draft.impact.clone(),
                status: draft.status.clone(),
                ..last
            };
            page::save(change.conn(), &corrected).await?;
            corrected
        }
        None => {
            let published = Published {
                id: Uuid::now_v7(),
                incident: draft.incident,
                name: draft.name.trim().to_owned(),
                impact: draft.impact.clone(),
                status: draft.status.clone(),
                statuspage_id: None,
                url: None,
                changed_at: None,
                ended_at: None,
                removed: false,
            };
            page::insert(change.conn(), &published).await?;
            published
        }
    };
    for (component, status) in &draft.components {
        page::touch(change.conn(), published.id, component, status, true).await?;
    }
    add_update(change, &published, draft).await?;
    change.job(
        Publish {
            published: published.id,
        }
        .job(published.incident),
    );
    Ok(())
}

/// Whether Statuspage did not take the publication itself: nobody reads it there, and people were told why.
async fn was_refused(conn: &mut PgConnection, published: &Published) -> Result<bool, store::Error> {
    if published.statuspage_id.is_some() {
        return Ok(false);
    }
    let updates = page::updates(conn, published.id).await?;
    Ok(updates.iter().any(|update| update.refused))
}

async fn say(change: &mut Change, published: &Published, draft: &Draft) -> Result<(), CommandError> {
    let update = add_update(change, published, draft).await?;
    change.job(
        SendStatuspageUpdate {
            published: published.id,
            update,
        }
        .job(published.incident),
    );
    Ok(())
}

async fn add_update(change: &mut Change, published: &Published, draft: &Draft) -> Result<Uuid, CommandError> {
    let update = Update {
        id: Uuid::now_v7(),
        published: published.id,
        status: draft.status.clone(),
        body: draft.message.trim().to_owned(),
        components: draft.components.clone(),
        notify: draft.notify,
        actor: change.request().actor.clone(),
        at: change.request().now,
        update_id: None,
        refused: false,
    };
    page::insert_update(change.conn(), &update).await?;
    Ok(update.id)
}

/// Whether somebody may publish: everybody, or the people of the groups that the settings name.
pub async fn may_publish(conn: &mut PgConnection, slack_user: Option<&str>) -> Result<(), CommandError> {
    if !page::is_on(conn).await? {
        return Err(CommandError::StatuspageOff);
    }
    let settings = store::settings::load(conn).await?;
    if settings.is_unreadable("statuspage_groups") {
        return Err(CommandError::PublishersUnknown);
    }
    let groups = settings.statuspage_groups;
    if groups.is_empty() {
        return Ok(());
    }
    for group in &groups {
        let Some(found) = store::slack_groups::find(conn, group).await? else {
            continue;
        };
        let people = store::slack_groups::members(conn, &found.id).await?.unwrap_or_default();
        if people.iter().any(|person| Some(person.id.as_str()) == slack_user) {
            return Ok(());
        }
    }
    let named: Vec<_> = groups
        .iter()
        .map(|group| format!("@{}", group.trim_start_matches('@')))
        .collect();
    Err(CommandError::MayNotPublish(named))
}

/// Has the components copied when what is known of them is old; whoever opens the form does not wait for it.
pub async fn refresh_components(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), CommandError> {
    queue::enqueue_at(conn, now, vec![CopyComponents::all()]).await?;
    Ok(())
}

/// Somebody wants Statuspage left as it is although the incident is resolved.
pub async fn leave_statuspage(pool: &PgPool, request: &Request, id: IncidentId) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    let by = request.actor.name().to_owned();
    change.settle(Asking::Statuspage, &Settled::LeftAsIs { by }).await?;
    change.commit().await
}

/// What follows on Statuspage from resolving an incident.
pub(crate) async fn resolved(change: &mut Change) -> Result<(), CommandError> {
    let id = change.incident.id;
    let Some(last) = page::of_incident(change.conn(), id).await? else {
        return draw(change).await;
    };
    if last.ended_at.is_some() || !page::is_on(change.conn()).await? {
        return draw(change).await;
    }
    if was_refused(change.conn(), &last).await? {
        return draw(change).await;
    }
    let now = change.request().now;
    match change.settings.statuspage_on_resolve {
        OnResolve::Never => {}
        // People are asked when it is there: maybe it never will be.
        OnResolve::Ask if last.statuspage_id.is_none() => {}
        OnResolve::Ask => {
            change.settle(Asking::Statuspage, &Settled::AskedAgain).await?;
            let question = store::prompts::ask(change.conn(), id, Asking::Statuspage, now)
                .await?
                .id;
            change.job(AskStatuspage { question }.job(id));
        }
        OnResolve::Always => {
            let touched = page::touched(change.conn(), last.id).await?;
            let draft = Draft {
                incident: id,
                published: Some(last.id),
                name: String::new(),
                impact: String::new(),
                status: RESOLVED.to_owned(),
                message: RESOLVED_MESSAGE.to_owned(),
                components: operational(&touched),
                notify: true,
            };
            say(change, &last, &draft).await?;
        }
    }
    draw(change).await
}

/// Opening an incident again leaves Statuspage as it is: somebody has to say something there.
pub(crate) async fn reopened(change: &mut Change) -> Result<(), CommandError> {
    change.settle(Asking::Statuspage, &Settled::NotNeeded).await?;
    draw(change).await
}

/// The message in the channel says what can be done now.
async fn draw(change: &mut Change) -> Result<(), CommandError> {
    let incident = change.incident.id;
    if posted_messages::get(change.conn(), Kind::Statuspage, incident.0, "")
        .await?
        .is_some()
    {
        change.job(DrawStatuspage { incident }.job());
    }
    Ok(())
}

/// The components that we touched, back to how they are when all is well.
pub fn operational(touched: &[Touched]) -> BTreeMap<String, String> {
    let ours = touched.iter().filter(|touched| touched.ours);
    ours.map(|touched| (touched.component_id.clone(), OPERATIONAL.to_owned()))
        .collect()
}

/// What has to be shown in a new channel: the offer to publish, unless the incident is private, or what is published.
pub(crate) async fn of_new_channel(
    conn: &mut PgConnection,
    id: IncidentId,
    private: bool,
) -> Result<Option<NewJob>, store::Error> {
    let wanted = page::is_on(conn).await? && (!private || page::of_incident(conn, id).await?.is_some());
    Ok(wanted.then(|| DrawStatuspage { incident: id }.job()))
}

/// Keeps what Statuspage shows of something that was published, in the transaction of the job that saw it. `ours` is what was
/// just said there. What was done on Statuspage itself is told once.
pub async fn statuspage_seen(
    conn: &mut PgConnection,
    id: Uuid,
    seen: &Seen,
    ours: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let Some((mut published, incident)) = lock(conn, id).await? else {
        return Ok(());
    };
    // An older answer came later.
    if published
        .changed_at
        .is_some_and(|changed_at| changed_at > seen.updated_at)
    {
        return Ok(());
    }
    let mut told = Vec::new();
    let is_new = published.statuspage_id.is_none();
    if !is_new && published.name != seen.name {
        let what = format!("the name is now “{}”", seen.name);
        told.push((Actor::System, Happening::StatuspageChanged { what }));
    }
    if !is_new && published.impact != seen.impact && !is_over(&seen.status) {
        let what = format!("the impact is now “{}”", label(&seen.impact));
        told.push((Actor::System, Happening::StatuspageChanged { what }));
    }
    told.extend(updates_seen(conn, &published, seen, ours, now).await?);
    // Published by 0.8.2: what was said there before is no news.
    if is_first_look(&published) {
        told.clear();
    }
    let before = page::touched(conn, id).await?;
    for (component, status) in &seen.components {
        if !before
            .iter()
            .any(|touched| touched.component_id == *component && touched.status == *status)
        {
            page::touch(conn, id, component, status, false).await?;
        }
        page::set_component_status(conn, component, status).await?;
    }
    let known = published.clone();
    published.name.clone_from(&seen.name);
    published.impact.clone_from(&seen.impact);
    published.status.clone_from(&seen.status);
    published.statuspage_id = Some(seen.id.clone());
    published.url.clone_from(&seen.url);
    published.changed_at = Some(seen.updated_at);
    published.ended_at = is_over(&seen.status).then(|| published.ended_at.unwrap_or(now));
    if known == published && told.is_empty() && page::touched(conn, id).await? == before {
        return Ok(());
    }
    page::save(conn, &published).await?;
    changed(conn, incident, &published, told, now).await?;
    if is_new {
        published_now(conn, &published, ours, now).await?;
    }
    Ok(())
}

/// What waited for the publication: the updates that follow it, or the question whether it is resolved there too, where the
/// incident was resolved meanwhile.
async fn published_now(
    conn: &mut PgConnection,
    published: &Published,
    ours: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let updates = page::updates(conn, published.id).await?;
    let waiting = updates
        .iter()
        .filter(|update| update.update_id.is_none() && !update.refused && Some(update.id) != ours);
    let send = |update: &Update| SendStatuspageUpdate {
        published: published.id,
        update: update.id,
    };
    let mut following: Vec<_> = waiting.map(|update| send(update).job(published.incident)).collect();
    if following.is_empty() && published.ended_at.is_none() {
        let incident = store::incidents::get(conn, published.incident).await?;
        let is_resolved = incident.is_some_and(|incident| incident.is_resolved());
        let on_resolve = store::settings::load(conn).await?.statuspage_on_resolve;
        // An earlier release asked before it was there.
        let is_asked = store::prompts::open_of(conn, published.incident, Asking::Statuspage)
            .await?
            .is_some();
        if is_resolved && on_resolve != OnResolve::Never && !is_asked {
            let question = store::prompts::ask(conn, published.incident, Asking::Statuspage, now).await?;
            following.push(AskStatuspage { question: question.id }.job(published.incident));
        }
    }
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// Whether it was published before it was ours, and nobody has looked at it since. Ours are seen as they are published.
fn is_first_look(published: &Published) -> bool {
    published.statuspage_id.is_some() && published.changed_at.is_none()
}

/// Keeps which updates stand on the page, and gives what is to be told of them.
async fn updates_seen(
    conn: &mut PgConnection,
    published: &Published,
    seen: &Seen,
    ours: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Vec<(Actor, Happening)>, store::Error> {
    let mut told = Vec::new();
    let known = page::updates(conn, published.id).await?;
    let is_known = |id: &str| known.iter().any(|update| update.update_id.as_deref() == Some(id));
    let mut waiting: Vec<_> = known.iter().filter(|update| update.update_id.is_none()).collect();
    let new: Vec<_> = seen.updates.iter().filter(|update| !is_known(&update.id)).collect();
    let mut is_first = published.statuspage_id.is_none();
    for (place, update) in new.iter().enumerate() {
        let is_last = place + 1 == new.len();
        let same = waiting
            .iter()
            .position(|wanted| update.says(&wanted.status, &wanted.body));
        // Statuspage may have changed how it is written.
        let just_said = || waiting.iter().position(|wanted| is_last && Some(wanted.id) == ours);
        let (status, message) = (update.status.clone(), update.body.clone());
        if let Some(place) = same.or_else(just_said) {
            let wanted = waiting.remove(place);
            page::said(conn, wanted.id, &update.id).await?;
            let happening = if std::mem::take(&mut is_first) {
                Happening::StatuspagePublished {
                    name: seen.name.clone(),
                    status,
                    message,
                }
            } else {
                Happening::StatuspageUpdated { status, message }
            };
            told.push((wanted.actor.clone(), happening));
            continue;
        }
        let foreign = Update {
            id: Uuid::now_v7(),
            published: published.id,
            status: status.clone(),
            body: message.clone(),
            components: BTreeMap::new(),
            notify: false,
            actor: Actor::System,
            at: if is_first_look(published) { update.at } else { now },
            update_id: Some(update.id.clone()),
            refused: false,
        };
        page::insert_update(conn, &foreign).await?;
        told.push((Actor::System, Happening::StatuspageUpdated { status, message }));
    }
    Ok(told)
}

/// Keeps that something published is not there any more, in the transaction of the job that looked for it.
pub async fn statuspage_removed(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<(), JobCommandError> {
    let Some((mut published, incident)) = lock(conn, id).await? else {
        return Ok(());
    };
    if published.ended_at.is_some() {
        return Ok(());
    }
    published.ended_at = Some(now);
    published.removed = true;
    page::save(conn, &published).await?;
    let what = format!("“{}” was removed", published.name);
    let told = vec![(Actor::System, Happening::StatuspageChanged { what })];
    changed(conn, incident, &published, told, now).await
}

/// Keeps that Statuspage did not take something, in the transaction of the job that is given up.
pub async fn statuspage_refused(
    conn: &mut PgConnection,
    update: &Update,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let Some((_, incident)) = lock(conn, update.published).await? else {
        return Ok(());
    };
    page::refused(conn, update.id).await?;
    queue::enqueue_at(conn, now, vec![DrawStatuspage { incident }.job()]).await?;
    Ok(())
}

/// What was published, with its incident locked.
async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<(Published, IncidentId)>, store::Error> {
    let Some(Published { incident, .. }) = page::get(conn, id).await? else {
        return Ok(None);
    };
    if store::incidents::lock(conn, incident).await?.is_none() {
        return Ok(None);
    }
    Ok(page::get(conn, id).await?.map(|published| (published, incident)))
}

async fn changed(
    conn: &mut PgConnection,
    incident: IncidentId,
    published: &Published,
    told: Vec<(Actor, Happening)>,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let mut following = vec![DrawStatuspage { incident }.job()];
    if !told.is_empty() {
        following.push(SayNotices { incident }.job());
    }
    for (actor, happening) in told {
        store::timeline::append(conn, incident, now, &actor, &happening, true).await?;
    }
    if published.ended_at.is_some()
        && let Some(question) =
            store::prompts::close(conn, incident, Asking::Statuspage, &Settled::ResolvedThere).await?
    {
        following.push(DrawQuestion { question }.job(incident));
    }
    touched(conn, incident, now, "statuspage changed").await?;
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// What the dialog that resolves says of Statuspage; `None` for nothing.
pub async fn statuspage_on_resolve(
    conn: &mut PgConnection,
    id: IncidentId,
    settings: &Settings,
) -> Result<Option<OnResolve>, store::Error> {
    let Some(last) = page::of_incident(conn, id).await? else {
        return Ok(None);
    };
    let open = last.ended_at.is_none() && page::is_on(conn).await? && !was_refused(conn, &last).await?;
    Ok(open.then_some(settings.statuspage_on_resolve))
}
