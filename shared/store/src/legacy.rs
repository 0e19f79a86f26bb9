//! What was imported from incident-bot 0.8.2. Its own tables are read by the crate `legacy`; these are ours.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::timeline::TimelineEntry;
use domain::{Incident, IncidentId};
use serde_json::{Value, json};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// An incident that was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Its id here.
    pub incident: IncidentId,
    /// What it was called in 0.8.2.
    pub name: String,
    /// Of all that 0.8.2 held of it.
    pub fingerprint: String,
    /// The panel of 0.8.2.
    pub panel_ts: Option<String>,
    /// What 0.8.2 says of Statuspage in the channel.
    pub statuspage_ts: Option<String>,
    /// The post of 0.8.2 in the digest channel.
    pub digest_ts: Option<String>,
    /// When its messages were replaced by ours.
    pub taken_over_at: Option<DateTime<Utc>>,
}

/// A row of 0.8.2 as it was.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its table.
    pub source: &'a str,
    /// Its key there.
    pub key: &'a str,
    /// The row.
    pub record: &'a Value,
    /// When it was written, where that is known.
    pub at: Option<DateTime<Utc>>,
    /// What it says, as people read it; may be empty.
    pub text: &'a str,
    /// The image of a pin.
    pub bytes: Option<&'a [u8]>,
    /// Why it is kept.
    pub reason: &'a str,
}

/// A row of 0.8.2 that was kept, for an incident or for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordOfIncident {
    /// Its table.
    pub source: String,
    /// Its key there.
    pub key: String,
    /// The row.
    pub record: Value,
    /// When it was written, where that is known.
    pub at: Option<DateTime<Utc>>,
    /// What it says, as people read it; may be empty.
    pub text: String,
    /// How many bytes the file of a pin has, where it is kept too.
    pub file_bytes: Option<i32>,
    /// Why it was kept.
    pub reason: String,
}

/// Lets only one import at a time run, for as long as the connection lives; whether this one may.
pub async fn lock_import(conn: &mut PgConnection) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_lock(hashtextextended('incident_bot/import_legacy', 0)) AS "locked!""#
    )
    .fetch_one(conn)
    .await
}

/// Lets the next import run.
pub async fn unlock_import(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::query_scalar!("SELECT pg_advisory_unlock(hashtextextended('incident_bot/import_legacy', 0))")
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// The fingerprints of all incidents that were imported, by channel.
pub async fn fingerprints(conn: &mut PgConnection) -> Result<HashMap<String, String>, Error> {
    let rows = sqlx::query!("SELECT channel_id, fingerprint FROM legacy_incidents")
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.channel_id, row.fingerprint)).collect())
}

/// The channels of incidents that were not imported.
pub async fn own_channels(conn: &mut PgConnection) -> Result<Vec<String>, Error> {
    sqlx::query_scalar!(
        r#"SELECT channel_id AS "channel_id!" FROM incidents i
           WHERE channel_id IS NOT NULL AND NOT EXISTS (SELECT FROM legacy_incidents l WHERE l.incident_id = i.id)"#
    )
    .fetch_all(conn)
    .await
}

/// Ids of Slack's channels by their names, as far as they are copied.
pub async fn channel_names(conn: &mut PgConnection) -> Result<HashMap<String, String>, Error> {
    let rows = sqlx::query!("SELECT id, name FROM slack_channels ORDER BY active, fetched_at")
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.name, row.id)).collect())
}

/// The incident that was imported for this channel.
pub async fn by_channel(conn: &mut PgConnection, channel_id: &str) -> Result<Option<Imported>, Error> {
    let row = sqlx::query!(
        "SELECT incident_id, name, fingerprint, panel_ts, statuspage_ts, digest_ts, taken_over_at
         FROM legacy_incidents WHERE channel_id = $1",
        channel_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Imported {
        incident: IncidentId(row.incident_id),
        name: row.name,
        fingerprint: row.fingerprint,
        panel_ts: row.panel_ts,
        statuspage_ts: row.statuspage_ts,
        digest_ts: row.digest_ts,
        taken_over_at: row.taken_over_at,
    }))
}

/// Adds an incident as it was; `false` where another one has its channel.
///
/// Where its channel's name is another incident's, it gets a number; where its RCA channel is, it has none.
pub async fn insert_incident(
    conn: &mut PgConnection,
    incident: &Incident,
    last_update_at: Option<DateTime<Utc>>,
) -> Result<bool, Error> {
    let rca = incident.rca_channel.as_ref();
    let added = sqlx::query!(
        "INSERT INTO incidents (id, title, description, severity, status, private, declared_by, declared_by_slack_user,
                                declared_at, updated_at, resolved_at, revision, channel_name, channel_id,
                                last_update_at, rca_channel_id, rca_channel_name, rca_document_url)
         SELECT $1, $2, $3, $4, $5, false, $6, $7, $8, $9, $10, $11,
                CASE WHEN EXISTS (SELECT FROM incidents WHERE channel_name = $12) THEN $12 || '-' || $13 ELSE $12 END,
                $13, $14, rca.id, rca.name, $17
         FROM (SELECT 1) AS one LEFT JOIN (SELECT $15::text AS id, $16::text AS name) AS rca
             ON NOT EXISTS (SELECT FROM incidents WHERE rca_channel_id = $15)
         WHERE NOT EXISTS (SELECT FROM incidents WHERE channel_id = $13)
         ON CONFLICT (id) DO NOTHING",
        incident.id.0,
        incident.title,
        incident.description,
        incident.severity,
        incident.status,
        json!(incident.declared_by),
        incident.declared_by.slack_user_id(),
        incident.declared_at,
        incident.updated_at,
        incident.resolved_at,
        incident.revision,
        incident.channel_name,
        incident.channel_id,
        last_update_at,
        rca.map(|channel| channel.id.as_str()),
        rca.map(|channel| channel.name.as_str()),
        incident.rca_document_url,
    )
    .execute(conn)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Whether somebody has changed here what an import brings: the status, the severity or who holds a role. What was imported
/// are entries of other kinds.
pub async fn changed_here(conn: &mut PgConnection, id: IncidentId) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM timeline_entries
                          WHERE incident_id = $1 AND kind IN ('status_changed', 'severity_changed', 'role_taken',
                                                              'role_given_up')) AS "changed!""#,
        id.0
    )
    .fetch_one(conn)
    .await
}

/// Brings an imported incident that nobody has changed here to where 0.8.2 has it now. Its revision stays above those of its
/// changes of status, so that the next one has a number of its own.
pub async fn update_incident(
    conn: &mut PgConnection,
    id: IncidentId,
    incident: &Incident,
    last_update_at: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE incidents
         SET severity = $2, status = $3, updated_at = GREATEST(updated_at, $4), resolved_at = $5,
             last_update_at = GREATEST(last_update_at, $6),
             rca_document_url = COALESCE($7, rca_document_url), revision = GREATEST(revision, $8)
         WHERE id = $1",
        id.0,
        incident.severity,
        incident.status,
        incident.updated_at,
        incident.resolved_at,
        last_update_at,
        incident.rca_document_url,
        incident.revision,
    )
    .execute(&mut *conn)
    .await?;
    if let Some(channel) = &incident.rca_channel {
        sqlx::query!(
            "UPDATE incidents SET rca_channel_id = $2, rca_channel_name = $3
             WHERE id = $1 AND rca_channel_id IS NULL AND NOT EXISTS (SELECT FROM incidents WHERE rca_channel_id = $2)",
            id.0,
            channel.id,
            channel.name
        )
        .execute(&mut *conn)
        .await?;
    }
    sqlx::query!("DELETE FROM role_holders WHERE incident_id = $1", id.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM status_changes WHERE incident_id = $1", id.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps when an incident came into which status, the first change being its second revision.
pub async fn add_status_changes(
    conn: &mut PgConnection,
    id: IncidentId,
    changes: &[(String, DateTime<Utc>)],
) -> Result<(), Error> {
    let (statuses, times): (Vec<_>, Vec<_>) = changes.iter().cloned().unzip();
    sqlx::query!(
        "INSERT INTO status_changes (incident_id, revision, status, at)
         SELECT $1, nth + 1, status, at FROM unnest($2::text[], $3::timestamptz[]) WITH ORDINALITY AS c (status, at, nth)
         ON CONFLICT DO NOTHING",
        id.0,
        &statuses,
        &times
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds entries of a timeline that are not there yet, with exactly their times; nobody is told of them. Gives how many.
pub async fn add_entries(conn: &mut PgConnection, id: IncidentId, entries: &[TimelineEntry]) -> Result<u64, Error> {
    let ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
    let times: Vec<_> = entries.iter().map(|entry| entry.at).collect();
    let actors: Vec<_> = entries.iter().map(|entry| json!(entry.actor)).collect();
    let kinds: Vec<_> = entries.iter().map(|entry| entry.happening.kind().to_owned()).collect();
    let happenings: Vec<_> = entries.iter().map(|entry| json!(entry.happening)).collect();
    let added = sqlx::query!(
        "INSERT INTO timeline_entries (id, incident_id, at, actor, kind, event)
         SELECT id, $1, at, actor, kind, event
         FROM unnest($2::uuid[], $3::timestamptz[], $4::jsonb[], $5::text[], $6::jsonb[])
              AS e (id, at, actor, kind, event)
         ON CONFLICT (id) DO NOTHING",
        id.0,
        &ids,
        &times,
        &actors,
        &kinds,
        &happenings
    )
    .execute(conn)
    .await?;
    Ok(added.rows_affected())
}

/// Renews what an entry says that the import wrote itself.
pub async fn renew_entry(conn: &mut PgConnection, entry: &TimelineEntry) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE timeline_entries SET event = $2 WHERE id = $1 AND kind = 'imported_from' AND event <> $2",
        entry.id,
        json!(entry.happening)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps names of people who are not known yet.
pub async fn add_people(conn: &mut PgConnection, people: &[(String, String)]) -> Result<(), Error> {
    let (ids, names): (Vec<_>, Vec<_>) = people.iter().cloned().unzip();
    sqlx::query!(
        "INSERT INTO slack_users (id, name) SELECT id, name FROM unnest($1::text[], $2::text[]) AS p (id, name)
         ORDER BY id ON CONFLICT (id) DO NOTHING",
        &ids,
        &names
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that an incident was imported as it is now.
pub async fn remember(conn: &mut PgConnection, channel_id: &str, imported: &Imported) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO legacy_incidents (channel_id, incident_id, name, fingerprint, panel_ts, statuspage_ts, digest_ts)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (channel_id) DO UPDATE
             SET fingerprint = excluded.fingerprint,
                 statuspage_ts = COALESCE(legacy_incidents.statuspage_ts, excluded.statuspage_ts)",
        channel_id,
        imported.incident.0,
        imported.name,
        imported.fingerprint,
        imported.panel_ts,
        imported.statuspage_ts,
        imported.digest_ts
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps rows as they were; one that is kept already is renewed. Gives how many changed.
pub async fn keep_records(
    conn: &mut PgConnection,
    incident: Option<IncidentId>,
    records: &[Record<'_>],
) -> Result<u64, Error> {
    let sources: Vec<_> = records.iter().map(|record| record.source.to_owned()).collect();
    let keys: Vec<_> = records.iter().map(|record| record.key.to_owned()).collect();
    let rows: Vec<_> = records.iter().map(|record| record.record.clone()).collect();
    let bytes: Vec<_> = records.iter().map(|record| record.bytes.map(<[u8]>::to_vec)).collect();
    let times: Vec<_> = records.iter().map(|record| record.at).collect();
    let texts: Vec<_> = records.iter().map(|record| record.text.to_owned()).collect();
    let reasons: Vec<_> = records.iter().map(|record| record.reason.to_owned()).collect();
    let kept = sqlx::query!(
        "INSERT INTO legacy_records AS known (source, key, incident_id, record, bytes, reason, at, text)
         SELECT source, key, $1::uuid, record, bytes, reason, at, text
         FROM unnest($2::text[], $3::text[], $4::jsonb[], $5::bytea[], $6::text[], $7::timestamptz[], $8::text[])
              AS r (source, key, record, bytes, reason, at, text)
         ORDER BY source, key
         ON CONFLICT (source, key) DO UPDATE
             SET incident_id = excluded.incident_id, record = excluded.record, bytes = excluded.bytes,
                 reason = excluded.reason, at = excluded.at, text = excluded.text
             WHERE (known.incident_id, known.record, known.bytes, known.reason, known.at, known.text) IS DISTINCT FROM
                   (excluded.incident_id, excluded.record, excluded.bytes, excluded.reason, excluded.at, excluded.text)",
        incident.map(|incident| incident.0),
        &sources,
        &keys,
        &rows,
        &bytes as &[Option<Vec<u8>>],
        &reasons,
        &times as &[Option<DateTime<Utc>>],
        &texts
    )
    .execute(conn)
    .await?;
    Ok(kept.rows_affected())
}

/// The rows that were kept for an incident: in the order of time, its own row last.
pub async fn records_of_incident(
    conn: &mut PgConnection,
    incident: IncidentId,
) -> Result<Vec<RecordOfIncident>, Error> {
    sqlx::query_as!(
        RecordOfIncident,
        "SELECT source, key, record, at, text, octet_length(bytes) AS file_bytes, reason
         FROM legacy_records WHERE incident_id = $1
         ORDER BY source = 'incidents', at NULLS LAST, source, key",
        incident.0
    )
    .fetch_all(conn)
    .await
}

/// The rows that belong to no incident, or to one that is not known; at most `limit`.
pub async fn records_of_none(conn: &mut PgConnection, limit: i64) -> Result<Vec<RecordOfIncident>, Error> {
    sqlx::query_as!(
        RecordOfIncident,
        "SELECT source, key, record, at, text, octet_length(bytes) AS file_bytes, reason
         FROM legacy_records WHERE incident_id IS NULL
         ORDER BY source, key LIMIT $1",
        limit
    )
    .fetch_all(conn)
    .await
}

/// The file of a pin that was kept for an incident, or for none.
pub async fn file(conn: &mut PgConnection, incident: Option<IncidentId>, key: &str) -> Result<Option<Vec<u8>>, Error> {
    let bytes = sqlx::query_scalar!(
        "SELECT bytes FROM legacy_records
         WHERE source = 'incident_logging' AND key = $2 AND incident_id IS NOT DISTINCT FROM $1",
        incident.map(|incident| incident.0),
        key
    )
    .fetch_optional(conn)
    .await?;
    Ok(bytes.flatten())
}

/// Forgets that these rows belong to no incident: they were found to belong to one.
pub async fn forget_unattached(conn: &mut PgConnection, source: &str, keys: &[String]) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM legacy_records WHERE source = $1 AND key = ANY ($2) AND incident_id IS NULL",
        source,
        keys
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The keys of rows of this table that belong to no incident.
pub async fn unattached(conn: &mut PgConnection, source: &str) -> Result<Vec<String>, Error> {
    sqlx::query_scalar!(
        "SELECT key FROM legacy_records WHERE source = $1 AND incident_id IS NULL ORDER BY key",
        source
    )
    .fetch_all(conn)
    .await
}

/// Keeps that the messages of 0.8.2 were replaced by ours.
pub async fn taken_over(conn: &mut PgConnection, incident: IncidentId, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE legacy_incidents SET taken_over_at = $2 WHERE incident_id = $1",
        incident.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What was imported as this incident.
pub async fn of_incident(conn: &mut PgConnection, incident: IncidentId) -> Result<Option<Imported>, Error> {
    let channel = sqlx::query_scalar!(
        "SELECT channel_id FROM legacy_incidents WHERE incident_id = $1",
        incident.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    match channel {
        Some(channel) => by_channel(conn, &channel).await,
        None => Ok(None),
    }
}

/// Keeps what was published on Statuspage before, where that is not known.
pub async fn add_published(conn: &mut PgConnection, published: &domain::statuspage::Published) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO statuspage_published (id, incident_id, name, impact, status, statuspage_id, ended_at)
         SELECT $1, $2, $3, $4, $5, $6, $7
         WHERE NOT EXISTS (SELECT FROM statuspage_published WHERE statuspage_id = $6)
           AND NOT EXISTS (SELECT FROM statuspage_published WHERE incident_id = $2 AND ended_at IS NULL)
         ON CONFLICT DO NOTHING",
        published.id,
        published.incident.0,
        published.name,
        published.impact,
        published.status,
        published.statuspage_id,
        published.ended_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A person of the console who is to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewUser<'a> {
    /// Their id.
    pub id: Uuid,
    /// As it was written.
    pub email: &'a str,
    /// The name to show.
    pub name: &'a str,
    /// What they may do.
    pub role: crate::console_users::Role,
    /// What is kept of their password; `None` for nothing that lets them in.
    pub password_hash: Option<&'a str>,
    /// Since when they may not sign in.
    pub disabled_at: Option<DateTime<Utc>>,
}

/// Adds a person of the console; `false` where somebody has the e-mail already.
pub async fn add_user(conn: &mut PgConnection, user: &NewUser<'_>, now: DateTime<Utc>) -> Result<bool, Error> {
    let added = sqlx::query!(
        "INSERT INTO console_users (id, email, name, password_hash, role, created_at, disabled_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        user.id,
        user.email,
        user.name,
        user.password_hash,
        user.role.to_string(),
        now,
        user.disabled_at
    )
    .execute(conn)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Which settings were ever made here, also those that are back at their defaults.
pub async fn settings_made(conn: &mut PgConnection) -> Result<BTreeMap<String, Value>, Error> {
    let rows = sqlx::query!(
        r#"SELECT made.key AS "key!", settings.value AS "value?"
           FROM setting_revisions made LEFT JOIN settings ON settings.key = made.key"#
    )
    .fetch_all(conn)
    .await?;
    let mut values = domain::Settings::default().values();
    let made = rows.into_iter().filter_map(|row| {
        let value = row.value.or_else(|| values.remove(&row.key))?;
        Some((row.key, value))
    });
    Ok(made.collect())
}
