//! Importing from incident-bot 0.8.2: one transaction for each incident, for each person and for the settings. All of it may
//! be done again: what is there already is left as it is.

use std::collections::{BTreeMap, HashMap};

use ::legacy::plan::{ImportedIncident, ImportedPin, ImportedUser, Kept};
use ::legacy::rules::settings::Setting;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Actor, Incident, IncidentId, Reminders, Settings};
use jobs::{CheckChannel, DrawDigest, DrawPanel, Remind, TakeOver};
use queue::NewJob;
use serde_json::{Value, json};
use store::audit_log::{self, Entry};
use store::console_users::Role;
use store::legacy::{Imported, NewUser, Record};
use store::pins::{Image, Pin};
use store::{PgConnection, PgPool};
use uuid::Uuid;

use crate::touched::touched;
use crate::{JobCommandError, reminders};

/// The images of an incident, by the id of their pin in 0.8.2.
pub type Images = HashMap<i64, Vec<u8>>;

/// What became of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImportOutcome {
    /// It was not here.
    Added,
    /// 0.8.2 has more of it than the last time.
    Renewed,
    /// The same, and somebody has changed it here meanwhile: its status, severity and roles stay as they are.
    RenewedBesideChanges,
    /// It is here as 0.8.2 has it.
    Unchanged,
    /// An incident that was not imported has its channel.
    ChannelTaken,
}

/// Imports an incident, in a transaction of its own.
///
/// The commit does not wait for the disk: whoever imports calls [`store::flush`] in the end, and what a crash takes back is
/// imported the next time.
pub async fn import_incident(
    pool: &PgPool,
    settings: &Settings,
    planned: &ImportedIncident,
    images: &Images,
    now: DateTime<Utc>,
) -> Result<ImportOutcome, JobCommandError> {
    let mut tx = pool.begin().await?;
    store::commit_without_waiting(&mut tx).await?;
    let before = store::legacy::by_channel(&mut tx, &planned.channel_id).await?;
    let outcome = match before {
        Some(before) if before.fingerprint == planned.fingerprint => return Ok(ImportOutcome::Unchanged),
        Some(before) => renew(&mut tx, planned, images, settings, &before, now).await?,
        None => {
            if !add(&mut tx, planned, images, settings, now).await? {
                return Ok(ImportOutcome::ChannelTaken);
            }
            ImportOutcome::Added
        }
    };
    tx.commit().await?;
    Ok(outcome)
}

async fn add(
    conn: &mut PgConnection,
    planned: &ImportedIncident,
    images: &Images,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<bool, JobCommandError> {
    let incident = &planned.incident;
    if !store::legacy::insert_incident(conn, incident, planned.last_update_at).await? {
        return Ok(false);
    }
    if !planned.status_changes.is_empty() {
        store::legacy::add_status_changes(conn, incident.id, &planned.status_changes).await?;
    }
    write_rest(conn, planned, images, incident.id, true).await?;
    remember(conn, planned, incident.id).await?;
    if incident.is_resolved() {
        return Ok(true);
    }
    let mut following = vec![
        DrawPanel { incident: incident.id }.job(),
        TakeOver { incident: incident.id }.job(),
    ];
    following.extend(remind(conn, incident.id, planned, settings, now).await?);
    following.extend(crate::home::redraw(conn, &[incident.id], now).await?);
    queue::enqueue_at(conn, now, following).await?;
    Ok(true)
}

/// Begins the reminders of an open incident. Where nothing has happened in it for so long that it counts as forgotten, nobody
/// is called: they are as somebody had stopped them.
async fn remind(
    conn: &mut PgConnection,
    id: IncidentId,
    planned: &ImportedIncident,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<Option<NewJob>, store::Error> {
    if !reminders::wanted(&planned.incident, settings) {
        return Ok(None);
    }
    let quiet = TimeDelta::days(settings.stale_after_days.max(1).into());
    if now - planned.last_sign_of_life >= quiet {
        let stopped = Reminders {
            next_at: None,
            stopped: true,
        };
        store::reminders::set(conn, id, stopped).await?;
        return Ok(None);
    }
    let next = reminders::next_after(now, settings);
    store::reminders::begin(conn, id, next).await?;
    Ok(Some(Remind { incident: id }.at(next)))
}

async fn renew(
    conn: &mut PgConnection,
    planned: &ImportedIncident,
    images: &Images,
    settings: &Settings,
    before: &Imported,
    now: DateTime<Utc>,
) -> Result<ImportOutcome, JobCommandError> {
    let id = before.incident;
    let Some(incident) = store::incidents::lock(conn, id).await? else {
        return Ok(ImportOutcome::Unchanged);
    };
    // What people have changed here stays changed, also the next time.
    let untouched = !store::legacy::changed_here(conn, id).await?;
    if untouched {
        store::legacy::update_incident(conn, id, &planned.incident, planned.last_update_at).await?;
        store::legacy::add_status_changes(conn, id, &planned.status_changes).await?;
    }
    write_rest(conn, planned, images, id, untouched).await?;
    store::incidents::touch(conn, id, planned.incident.updated_at).await?;
    remember(conn, planned, id).await?;
    if !untouched {
        return Ok(ImportOutcome::RenewedBesideChanges);
    }
    let is_open = !planned.incident.is_resolved();
    if is_open || !incident.is_resolved() {
        let mut following = vec![DrawDigest { incident: id }.job()];
        if before.taken_over_at.is_some() || is_open {
            following.push(DrawPanel { incident: id }.job());
        }
        if before.taken_over_at.is_none() && is_open {
            following.push(TakeOver { incident: id }.job());
        }
        let reminded = store::reminders::get(conn, id).await?;
        if !reminders::wanted(&planned.incident, settings) {
            store::reminders::set(conn, id, Reminders::default()).await?;
        } else if reminded == Reminders::default() {
            following.extend(remind(conn, id, planned, settings, now).await?);
        }
        following.extend(crate::home::redraw(conn, &[id], now).await?);
        queue::enqueue_at(conn, now, following).await?;
    }
    Ok(ImportOutcome::Renewed)
}

/// Writes what belongs to an incident and is not there yet.
async fn write_rest(
    conn: &mut PgConnection,
    planned: &ImportedIncident,
    images: &Images,
    id: IncidentId,
    with_roles: bool,
) -> Result<(), JobCommandError> {
    if !planned.people.is_empty() {
        let people: Vec<_> = planned.people.clone().into_iter().collect();
        store::legacy::add_people(conn, &people).await?;
    }
    store::legacy::add_entries(conn, id, &planned.entries).await?;
    if let Some(first) = planned.entries.first() {
        store::legacy::renew_entry(conn, first).await?;
    }
    if with_roles {
        for (holder, since) in planned.incident.roles.iter().zip(&planned.roles_since) {
            store::roles::give(conn, id, &holder.role, &holder.user_id, *since).await?;
        }
    }
    for pin in &planned.pins {
        write_pin(conn, pin, images, id).await?;
    }
    if let Some(published) = &planned.statuspage {
        let published = domain::statuspage::Published {
            incident: id,
            ..published.clone()
        };
        store::legacy::add_published(conn, &published).await?;
    }
    keep(conn, Some(id), &planned.kept, images).await?;
    Ok(())
}

async fn write_pin(
    conn: &mut PgConnection,
    planned: &ImportedPin,
    images: &Images,
    incident: IncidentId,
) -> Result<(), JobCommandError> {
    let pin = Pin {
        incident,
        channel_id: planned.channel_id.clone(),
        ts: planned.ts.clone(),
        thread_ts: None,
        author: planned.author.clone(),
        author_name: planned.author_name.clone(),
        text: planned.text.clone(),
        // 0.8.2 does not keep who pinned it.
        pinned_by: Actor::System,
        pinned_at: planned.pinned_at,
        edited_at: None,
    };
    store::pins::insert(conn, &pin).await?;
    if let (Some((name, media_type)), Some(bytes)) = (&planned.image, images.get(&planned.id)) {
        let file_id = format!("legacy-{}", planned.id);
        let image = Image {
            file_id: &file_id,
            name,
            media_type,
            bytes,
        };
        let place = (pin.channel_id.as_str(), pin.ts.as_str());
        store::pins::keep_image(conn, incident, place, &image, planned.pinned_at).await?;
    }
    Ok(())
}

async fn remember(
    conn: &mut PgConnection,
    planned: &ImportedIncident,
    incident: IncidentId,
) -> Result<(), store::Error> {
    let imported = Imported {
        incident,
        name: planned.name.clone(),
        fingerprint: planned.fingerprint.clone(),
        panel_ts: planned.panel_ts.clone(),
        statuspage_ts: planned.statuspage_ts.clone(),
        digest_ts: planned.digest_ts.clone(),
        taken_over_at: None,
    };
    store::legacy::remember(conn, &planned.channel_id, &imported).await
}

async fn keep(
    conn: &mut PgConnection,
    incident: Option<IncidentId>,
    kept: &[Kept],
    images: &Images,
) -> Result<u64, store::Error> {
    let mut records: Vec<Record<'_>> = Vec::with_capacity(kept.len());
    for kept in kept {
        // One statement does not write a row twice.
        if records
            .iter()
            .any(|record| (record.source, record.key) == (kept.source, kept.key.as_str()))
        {
            continue;
        }
        records.push(Record {
            source: kept.source,
            key: &kept.key,
            record: &kept.record,
            at: kept.at,
            text: &kept.text,
            bytes: kept.image_of.and_then(|pin| images.get(&pin)).map(Vec::as_slice),
            reason: &kept.reason,
        });
    }
    store::legacy::keep_records(conn, incident, &records).await
}

/// Keeps rows that belong to no incident, in a transaction of its own. Gives how many are new or other than before.
pub async fn keep_legacy_records(pool: &PgPool, kept: &[Kept], images: &Images) -> Result<u64, store::Error> {
    let mut tx = pool.begin().await?;
    for source in ["auditlog", "incident_logging"] {
        let known = store::legacy::unattached(&mut tx, source).await?;
        let still = |key: &String| kept.iter().any(|kept| kept.source == source && kept.key == *key);
        let found: Vec<_> = known.into_iter().filter(|key| !still(key)).collect();
        store::legacy::forget_unattached(&mut tx, source, &found).await?;
    }
    let changed = keep(&mut tx, None, kept, images).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Adds somebody to the console, in a transaction of its own; `false` where somebody has their e-mail already.
pub async fn import_user(
    pool: &PgPool,
    user: &ImportedUser,
    password_hash: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, store::Error> {
    let mut tx = pool.begin().await?;
    let new = NewUser {
        id: Uuid::now_v7(),
        email: &user.email,
        name: &user.name,
        role: if user.admin { Role::Admin } else { Role::Responder },
        password_hash,
        disabled_at: user.disabled.then_some(now),
    };
    if !store::legacy::add_user(&mut tx, &new, now).await? {
        return Ok(false);
    }
    let details = json!({ "role": new.role.to_string(), "disabled": user.disabled, "legacy_id": user.id });
    audit(&mut tx, "import_user", &user.email, details, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// What became of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingOutcome {
    /// It was never made here.
    Filled,
    /// It is the same here.
    Same,
    /// It is another one here, and stays.
    Other,
}

/// What a setting of 0.8.2 meets here.
pub fn setting_outcome(made: &BTreeMap<String, Value>, setting: &Setting) -> SettingOutcome {
    match made.get(setting.key) {
        None => SettingOutcome::Filled,
        Some(value) if *value == setting.value => SettingOutcome::Same,
        Some(_) => SettingOutcome::Other,
    }
}

/// Fills settings that were never made here, in a transaction of its own.
pub async fn import_settings(pool: &PgPool, settings: &[Setting], now: DateTime<Utc>) -> Result<(), store::Error> {
    let mut tx = pool.begin().await?;
    let made = store::legacy::settings_made(&mut tx).await?;
    let new: Vec<_> = settings
        .iter()
        .filter(|setting| setting_outcome(&made, setting) == SettingOutcome::Filled)
        .collect();
    let seeds: Vec<_> = new.iter().map(|setting| (setting.key, setting.value.clone())).collect();
    store::settings::fill(&mut tx, &seeds).await?;
    for setting in new {
        audit(
            &mut tx,
            "import_setting",
            setting.key,
            json!({ "from": setting.from }),
            now,
        )
        .await?;
    }
    tx.commit().await
}

async fn audit(
    conn: &mut PgConnection,
    action: &str,
    target: &str,
    details: Value,
    now: DateTime<Utc>,
) -> Result<(), store::Error> {
    let entry = Entry {
        at: now,
        user_id: None,
        who: String::new(),
        action: action.to_owned(),
        target: target.to_owned(),
        details,
        address: String::new(),
    };
    audit_log::append(conn, &entry).await
}

/// Keeps that the channel of an imported incident is private, in the transaction of the job that saw it: 0.8.2 knew of no
/// private ones. Its members are listed, and what shows it is rendered again.
pub async fn found_private(conn: &mut PgConnection, id: IncidentId, now: DateTime<Utc>) -> Result<(), JobCommandError> {
    store::incidents::lock(conn, id).await?;
    store::incidents::set_private(conn, id).await?;
    touched(conn, id, now, "found private").await?;
    let mut following = vec![
        CheckChannel { incident: id }.job(),
        DrawPanel { incident: id }.job(),
        DrawDigest { incident: id }.job(),
    ];
    following.extend(crate::home::redraw(conn, &[id], now).await?);
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// An imported incident whose messages are to be replaced by ours; `None` where they are, where it is resolved, or where it
/// was not imported.
pub async fn to_take_over(
    conn: &mut PgConnection,
    id: IncidentId,
) -> Result<Option<(Incident, Imported)>, store::Error> {
    let incident = store::incidents::get(conn, id).await?;
    let imported = store::legacy::of_incident(conn, id).await?;
    Ok(incident
        .zip(imported)
        .filter(|(incident, imported)| imported.taken_over_at.is_none() && !incident.is_resolved()))
}
