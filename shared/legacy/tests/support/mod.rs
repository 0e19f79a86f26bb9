//! A database with the tables of 0.8.2 beside ours.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::AssertSqlSafe;
use store::PgPool;
use testing::Database;
use web::{Config, Import, ImportError, Report};

/// What 0.8.2 wrote.
pub(crate) const DUMP: &str = include_str!("../data/dump-0.8.2.sql");

/// What a faithful import of it is.
pub(crate) fn expected() -> Value {
    serde_json::from_str(include_str!("../data/expected.json")).unwrap()
}

/// The incident whose rows are broken: it has a timeline, pins and an image.
pub(crate) const BROKEN: &str = "inc-2026111115-checkout-latency-above-4s";

/// What a column holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Json,
    Number,
    Flag,
    Bytes,
}

impl Kind {
    /// Expressions of SQL that do not belong there.
    pub(crate) fn broken(self) -> &'static [&'static str] {
        match self {
            Self::Text => &["NULL", "''", "E'\\x01garbage <!channel> \u{202e}\u{1f525}'"],
            Self::Json => &[
                "NULL",
                r#"'"garbage"'"#,
                r#"'{"a": [1, "\u0000", "\ud83c"]}'"#,
                r#"'[1, null, "x", {"log": 5}, {"log": "Kept", "ts": "never", "user": {}, "content": []}]'"#,
            ],
            Self::Number => &["-1"],
            Self::Flag => &["NULL"],
            Self::Bytes => &["NULL", "'\\x00ff00'"],
        }
    }
}

use Kind::{Bytes, Flag, Json, Number, Text};

/// Columns of a table by their names.
type Columns = &'static [(&'static str, Kind)];

/// Every column, and which row is broken.
pub(crate) const COLUMNS: &[(&str, &str, Columns)] = &[
    (
        "incidents",
        "incident_id = 'inc-2026111115-checkout-latency-above-4s'",
        &[
            ("channel_id", Text),
            ("channel_name", Text),
            ("status", Text),
            ("severity", Text),
            ("bp_message_ts", Text),
            ("dig_message_ts", Text),
            ("sp_message_ts", Text),
            ("sp_incident_id", Text),
            ("created_at", Text),
            ("updated_at", Text),
            ("last_update_sent", Text),
            ("tags", Json),
            ("commander", Text),
            ("technical_lead", Text),
            ("communications_liaison", Text),
            ("rca", Text),
            ("incident_id", Text),
        ],
    ),
    (
        "auditlog",
        "incident_id = 'inc-2026111115-checkout-latency-above-4s'",
        &[("data", Json), ("incident_id", Text)],
    ),
    (
        "incident_logging",
        "id = 2",
        &[
            ("incident_id", Text),
            ("title", Text),
            ("content", Text),
            ("img", Bytes),
            ("mimetype", Text),
            ("ts", Text),
            ("\"user\"", Text),
            ("id", Number),
        ],
    ),
    (
        "application_settings",
        "name = 'incident_management_configuration'",
        &[
            ("value", Json),
            ("description", Text),
            ("deletable", Flag),
            ("name", Text),
        ],
    ),
    ("application_settings", "name = 'severity_levels'", &[("value", Json)]),
    ("application_settings", "name = 'role_definitions'", &[("value", Json)]),
    (
        "opdata",
        "id = 'slack_users'",
        &[("json_data", Json), ("data", Text), ("updated_at", Text), ("id", Text)],
    ),
    (
        "users",
        "id = 3",
        &[
            ("email", Text),
            ("password", Text),
            ("name", Text),
            ("role", Text),
            ("is_admin", Flag),
            ("is_disabled", Flag),
            ("id", Number),
        ],
    ),
];

/// 5,000 incidents more, each like one of those of the dump.
pub(crate) const MANY: &str = "
    INSERT INTO public.incidents
    SELECT incident_id || '-' || n, channel_id || 'X' || n, channel_name || '-' || n, status, severity, bp_message_ts, dig_message_ts,
           sp_message_ts, NULL, created_at, updated_at, last_update_sent, tags, commander, technical_lead, communications_liaison, rca
    FROM generate_series(1, 5000) n
         JOIN (SELECT *, row_number() OVER (ORDER BY incident_id) AS place FROM public.incidents) i ON place = n % 22 + 1;
    INSERT INTO public.auditlog
    SELECT i.incident_id, regexp_replace(a.data::text, '\"(C0000[0-9A-Z]+)\"', '\"\\1X' || substring(i.incident_id FROM '-([0-9]+)$') || '\"', 'g')::json
    FROM public.incidents i JOIN public.auditlog a ON a.incident_id = regexp_replace(i.incident_id, '-[0-9]+$', '')
    WHERE i.channel_id ~ 'X[0-9]+$';
    INSERT INTO public.incident_logging
    SELECT 1000 + row_number() OVER (), i.incident_id, title, content, img, mimetype, ts, \"user\"
    FROM public.incidents i JOIN public.incident_logging l ON l.incident_id = regexp_replace(i.incident_id, '-[0-9]+$', '')
    WHERE i.channel_id ~ 'X[0-9]+$';";

/// Both databases in one.
pub(crate) struct Legacy {
    database: Database,
    pool: PgPool,
}

impl Legacy {
    /// With the dump in the schema `public`.
    pub(crate) async fn new() -> Self {
        let legacy = Self::empty().await;
        legacy.load().await;
        legacy
    }

    /// Without the tables of 0.8.2.
    pub(crate) async fn empty() -> Self {
        let database = Database::new().await;
        let pool = store::connect(&store::Config::at(database.url()).unwrap());
        Self { database, pool }
    }

    pub(crate) fn pool(&self) -> PgPool {
        self.pool.clone()
    }

    pub(crate) fn url(&self) -> &str {
        self.database.url()
    }

    async fn load(&self) {
        // The dump changes settings of its session.
        let mut conn = self.database.connect().await;
        sqlx::raw_sql(DUMP).execute(&mut conn).await.expect("the dump");
    }

    /// Puts the tables of 0.8.2 back as they were.
    pub(crate) async fn reload(&self) {
        self.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
        self.load().await;
    }

    /// Takes back what was imported.
    pub(crate) async fn forget(&self) {
        self.execute(
            "TRUNCATE incidents, legacy_incidents, legacy_records, console_users, settings, slack_users, slack_channels, jobs, job_keys CASCADE",
        )
        .await;
    }

    pub(crate) async fn execute(&self, sql: &str) {
        let mut conn = self.database.connect().await;
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&mut conn)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Puts `value` into a column of a row, whatever its constraints say.
    pub(crate) async fn break_row(&self, table: &str, row: &str, column: &str, kind: Kind, value: &str) {
        let wider = match kind {
            Text => format!("ALTER TABLE public.{table} ALTER COLUMN {column} TYPE text;"),
            _ => String::new(),
        };
        self.execute(&format!(
            "ALTER TABLE public.{table} DROP CONSTRAINT IF EXISTS {table}_pkey CASCADE;
             ALTER TABLE public.{table} ALTER COLUMN {column} DROP NOT NULL; {wider}
             UPDATE public.{table} SET {column} = {value} WHERE {row}"
        ))
        .await;
    }

    pub(crate) async fn import(&self) -> Report {
        self.import_with(Import::default()).await
    }

    pub(crate) async fn import_with(&self, import: Import) -> Report {
        self.try_import(&import).await.expect("an import")
    }

    pub(crate) async fn try_import(&self, import: &Import) -> Result<Report, ImportError> {
        import.import(&Config::default(), &self.pool).await
    }

    /// Another import, which does not end.
    pub(crate) async fn hold_the_lock(&self) -> sqlx::PgConnection {
        let mut conn = self.database.connect().await;
        assert!(store::legacy::lock_import(&mut conn).await.unwrap());
        conn
    }

    /// Waits until Postgres has noticed that an import was cut.
    pub(crate) async fn wait_for_the_lock(&self) {
        testing::wait_for("the end of the import that was cut", async || {
            let locks = self.rows("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE locktype = 'advisory' AND datname = current_database() AND objsubid = 1").await;
            (locks[0]["count"] == 0).then_some(())
        })
        .await;
    }

    /// The rows that a query gives.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<Value> {
        let sql = format!("SELECT row_to_json(t)::text FROM ({sql}) t");
        let texts: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql.clone()))
            .fetch_all(self.database.pool())
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }

    /// Every imported incident with all that belongs to it, by its channel.
    pub(crate) async fn incidents(&self) -> BTreeMap<String, Value> {
        let rows = self
            .rows(
                "SELECT i.*, to_jsonb(l) - 'imported_at' AS legacy,
                    (SELECT coalesce(jsonb_object_agg(role, slack_user_id), '{}') FROM role_holders WHERE incident_id = i.id) AS roles,
                    (SELECT statuspage_id FROM statuspage_published WHERE incident_id = i.id) AS statuspage,
                    (SELECT jsonb_agg(jsonb_build_object('at', at, 'micros', (extract(microseconds FROM at)::bigint % 1000000)::text,
                                                         'actor', actor, 'kind', kind, 'happening', event) ORDER BY at, id)
                     FROM timeline_entries WHERE incident_id = i.id) AS entries,
                    (SELECT coalesce(jsonb_agg(to_jsonb(p) || jsonb_build_object('image',
                                (SELECT jsonb_build_object('name', m.name, 'media_type', m.media_type, 'bytes', octet_length(m.bytes),
                                                           'sha256', encode(sha256(m.bytes), 'hex'))
                                 FROM pin_images m WHERE m.channel_id = p.channel_id AND m.ts = p.ts)) ORDER BY p.ts), '[]')
                     FROM pins p WHERE p.incident_id = i.id) AS pins,
                    (SELECT coalesce(jsonb_agg(to_jsonb(r) - 'imported_at' ORDER BY source, key), '[]')
                     FROM legacy_records r WHERE r.incident_id = i.id) AS kept
                 FROM incidents i JOIN legacy_incidents l ON l.incident_id = i.id",
            )
            .await;
        let by_channel = rows
            .into_iter()
            .map(|row| (row["channel_id"].as_str().unwrap().to_owned(), row));
        by_channel.collect()
    }

    /// All that an import writes, without what differs from one run to the next.
    pub(crate) async fn ours(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for sql in [
            "SELECT to_jsonb(t) - 'reminders_until' AS row FROM incidents t ORDER BY id",
            "SELECT t.* FROM timeline_entries t ORDER BY id",
            "SELECT t.* FROM role_holders t ORDER BY incident_id, role",
            "SELECT t.* FROM status_changes t ORDER BY incident_id, revision",
            "SELECT t.* FROM pins t ORDER BY channel_id, ts",
            "SELECT to_jsonb(t) - 'bytes' AS row, sha256(bytes)::text AS bytes FROM pin_images t ORDER BY channel_id, ts",
            "SELECT t.* FROM statuspage_published t ORDER BY id",
            "SELECT to_jsonb(t) - 'imported_at' AS row FROM legacy_incidents t ORDER BY channel_id",
            "SELECT to_jsonb(t) - 'imported_at' AS row FROM legacy_records t ORDER BY source, key",
            "SELECT email, name, role, disabled_at IS NULL AS enabled FROM console_users ORDER BY email",
            "SELECT key, value FROM settings ORDER BY key",
            "SELECT t.* FROM slack_users t ORDER BY id",
            "SELECT kind, payload::text, lane FROM jobs ORDER BY kind, payload::text",
        ] {
            all.extend(self.rows(sql).await);
        }
        all
    }

    /// All that 0.8.2 wrote.
    pub(crate) async fn theirs(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for table in [
            "incidents",
            "auditlog",
            "incident_logging",
            "application_settings",
            "opdata",
            "users",
            "apscheduler_jobs",
            "jwt_blocklist",
            "postmortem_settings",
        ] {
            all.extend(
                self.rows(&format!("SELECT t.* FROM public.{table} t ORDER BY t::text"))
                    .await,
            );
        }
        all
    }
}
