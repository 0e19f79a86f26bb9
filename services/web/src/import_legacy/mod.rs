//! `web import-legacy`: brings what incident-bot 0.8.2 kept into our tables. Its own tables are only read.
//!
//! Each incident is a transaction of its own, and what is here already is found again by the channel's id. So the command may
//! be stopped and started again at any time, and a later run brings what is new.

mod report;

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use config::Reader;
use domain::{Clock, SystemClock};
use futures_util::future::join_all;
use incidents::{Images, ImportOutcome, JobCommandError, SettingOutcome};
use legacy::plan::{ImportedIncident, Kept};
use legacy::read::ReadError;
use legacy::{Options, Plan, PlanError};
use secrecy::{ExposeSecret, SecretString};
use store::{PgConnection, PgPool};

use crate::auth::{Passwords, ensure_first_admin};
use crate::{Config, HashError, StartError};

pub use report::Report;

/// How many incidents are imported at once.
const AT_ONCE: usize = 4;

/// How long to wait for the end of another import, and how often to look: Postgres notices a moment later that a process was
/// killed.
const LOCK_TIME: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(200);

/// What is asked for.
#[derive(Debug, Default)]
pub struct Import {
    /// Only tell what would come.
    pub dry_run: bool,
    /// Tell it as JSON.
    pub json: bool,
    /// Name of the time zone that the process of 0.8.2 ran in; it is proven by the rows where none is given.
    pub process_time_zone: Option<String>,
    /// Where the tables of 0.8.2 are; in our database where it is not set.
    pub legacy_database: Option<SecretString>,
    /// Stop after so many incidents, so that what a killed import leaves can be looked at.
    pub stop_after: Option<usize>,
}

/// Why nothing, or not everything, was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The arguments say nothing that is known.
    #[error(
        "{0}: import-legacy takes --dry-run, --json and --process-time-zone=<zone>, such as --process-time-zone=UTC"
    )]
    Argument(String),
    /// Another import runs.
    #[error("another import is running: wait for its end")]
    Running,
    /// The tables of 0.8.2 cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The database of 0.8.2 cannot be reached.
    #[error("the database of LEGACY_DATABASE_URL cannot be used: {0}")]
    Connect(store::Error),
    /// It is not known what the rows mean.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Our database cannot be used.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The database failed. What was imported stays; run the command again.
    #[error("the database failed: {0}. What was imported stays: run the command again")]
    Store(#[from] store::Error),
    /// An incident could not be written. What was imported stays; run the command again.
    #[error("{0}. What was imported stays: run the command again")]
    Incident(#[from] JobCommandError),
    /// A password could not be wrapped.
    #[error("a password cannot be hashed: {0}")]
    Password(#[from] HashError),
    /// The report could not be written.
    #[error("the report cannot be written: {0}")]
    Report(#[from] std::io::Error),
}

impl Import {
    /// Reads the arguments after `import-legacy`, and `LEGACY_DATABASE_URL`.
    pub fn read(arguments: &[String], reader: &Reader) -> Result<Self, ImportError> {
        let mut import = Self {
            legacy_database: reader.optional_secret("LEGACY_DATABASE_URL"),
            ..Self::default()
        };
        for argument in arguments {
            match argument.as_str() {
                "--dry-run" => import.dry_run = true,
                "--json" => import.json = true,
                other => match other.strip_prefix("--process-time-zone=") {
                    Some(zone) => import.process_time_zone = Some(zone.to_owned()),
                    None => return Err(ImportError::Argument(format!("“{other}” is not known"))),
                },
            }
        }
        Ok(import)
    }

    /// Waits for our database, imports, and writes the report to `out`.
    pub async fn run(
        &self,
        config: &Config,
        database: &store::Config,
        out: &mut impl Write,
    ) -> Result<(), ImportError> {
        store::prepare(database).await.map_err(StartError::from)?;
        let pool = store::connect(database);
        let report = self.import(config, &pool).await?;
        report.write(self.json, out)?;
        Ok(())
    }

    /// Imports into a migrated database.
    pub async fn import(&self, config: &Config, pool: &PgPool) -> Result<Report, ImportError> {
        // The lock lasts as long as its connection, which no other user gets.
        let mut lock = pool.acquire().await?.detach();
        let tried = Instant::now();
        while !store::legacy::lock_import(&mut lock).await? {
            if tried.elapsed() > LOCK_TIME {
                return Err(ImportError::Running);
            }
            tokio::time::sleep(LOCK_PAUSE).await;
        }
        let imported = self.import_alone(config, pool).await;
        store::legacy::unlock_import(&mut lock).await?;
        imported
    }

    async fn import_alone(&self, config: &Config, pool: &PgPool) -> Result<Report, ImportError> {
        let mut source = self.connect(pool).await?;
        let raw = legacy::read::read(&mut source).await?;
        let plan = self.plan(pool, &raw).await?;
        let mut report = Report::new(self.dry_run, &plan);
        if self.dry_run {
            expect(pool, &plan, &mut report).await?;
            return Ok(report);
        }
        let importer = Importer {
            pool,
            plan: &plan,
            passwords: Passwords::default(),
        };
        importer.people_and_settings(config, &mut report).await?;
        importer.incidents(&mut source, self.stop_after, &mut report).await?;
        if self.stop_after.is_none() {
            let images = images(&mut source, plan.kept.iter().filter_map(|kept| kept.image_of)).await?;
            report.kept_changed = incidents::keep_legacy_records(pool, &plan.kept, &images).await?;
        }
        store::flush(&mut *pool.acquire().await?).await?;
        Ok(report)
    }

    async fn connect(&self, pool: &PgPool) -> Result<PgConnection, ImportError> {
        if let Some(url) = &self.legacy_database {
            return legacy::read::connect(url.expose_secret())
                .await
                .map_err(ImportError::Connect);
        }
        let mut source = pool.acquire().await?.detach();
        legacy::read::restrict(&mut source).await?;
        Ok(source)
    }

    async fn plan(&self, pool: &PgPool, raw: &legacy::read::Raw) -> Result<Plan, ImportError> {
        let mut conn = pool.acquire().await?;
        let process_time_zone = match &self.process_time_zone {
            Some(zone) => Some(
                zone.parse()
                    .map_err(|_| ImportError::Argument(format!("“{zone}” is no time zone")))?,
            ),
            None => None,
        };
        let options = Options {
            process_time_zone,
            settings: store::settings::load(&mut conn).await?,
            settings_made: store::legacy::settings_made(&mut conn).await?,
            channels: store::legacy::channel_names(&mut conn).await?,
        };
        Ok(legacy::plan(raw, &options)?)
    }
}

/// What would become of each incident.
async fn expect(pool: &PgPool, plan: &Plan, report: &mut Report) -> Result<(), ImportError> {
    let mut conn = pool.acquire().await?;
    let known = store::legacy::fingerprints(&mut conn).await?;
    let own = store::legacy::own_channels(&mut conn).await?;
    for planned in &plan.incidents {
        report.incident(planned, expected(planned, &known, &own));
    }
    for user in &plan.users {
        let there = store::console_users::known_email(&mut conn, &user.email)
            .await?
            .is_some();
        report.user(user, !there);
    }
    let made = store::legacy::settings_made(&mut conn).await?;
    for setting in &plan.settings {
        report.setting(setting.key, incidents::setting_outcome(&made, setting));
    }
    Ok(())
}

fn expected(
    planned: &ImportedIncident,
    known: &std::collections::HashMap<String, String>,
    own: &[String],
) -> ImportOutcome {
    match known.get(&planned.channel_id) {
        Some(fingerprint) if *fingerprint == planned.fingerprint => ImportOutcome::Unchanged,
        Some(_) => ImportOutcome::Renewed,
        None if own.contains(&planned.channel_id) => ImportOutcome::ChannelTaken,
        None => ImportOutcome::Added,
    }
}

struct Importer<'a> {
    pool: &'a PgPool,
    plan: &'a Plan,
    passwords: Passwords,
}

impl Importer<'_> {
    /// People first: whoever looks for what went wrong has to be able to sign in.
    async fn people_and_settings(&self, config: &Config, report: &mut Report) -> Result<(), ImportError> {
        let clock = SystemClock;
        ensure_first_admin(config, self.pool, &clock, &self.passwords).await?;
        for user in &self.plan.users {
            let known = store::console_users::known_email(&mut *self.pool.acquire().await?, &user.email).await?;
            let added = match (known, &user.password) {
                (Some(_), _) => false,
                (None, password) => {
                    let hash = match password {
                        Some(digest) => Some(self.passwords.wrap(digest).await?),
                        None => None,
                    };
                    incidents::import_user(self.pool, user, hash.as_deref(), clock.now()).await?
                }
            };
            report.user(user, added);
        }
        let made = store::legacy::settings_made(&mut *self.pool.acquire().await?).await?;
        for setting in &self.plan.settings {
            report.setting(setting.key, incidents::setting_outcome(&made, setting));
        }
        Ok(incidents::import_settings(self.pool, &self.plan.settings, clock.now()).await?)
    }

    async fn incidents(
        &self,
        source: &mut PgConnection,
        stop_after: Option<usize>,
        report: &mut Report,
    ) -> Result<(), ImportError> {
        let known = store::legacy::fingerprints(&mut *self.pool.acquire().await?).await?;
        let is_known = |planned: &&ImportedIncident| known.get(&planned.channel_id) == Some(&planned.fingerprint);
        let (same, new): (Vec<_>, Vec<_>) = self.plan.incidents.iter().partition(is_known);
        for planned in same {
            report.incident(planned, ImportOutcome::Unchanged);
        }
        let settings = store::settings::load(&mut *self.pool.acquire().await?).await?;
        let at_once = if stop_after.is_some() { 1 } else { AT_ONCE };
        let new = &new[..stop_after.unwrap_or(new.len()).min(new.len())];
        for some in new.chunks(at_once) {
            let mut read = Vec::with_capacity(some.len());
            for planned in some {
                read.push((*planned, images(source, images_of(planned)).await?));
            }
            let writing = read.iter().map(async |(planned, images)| {
                let now = SystemClock.now();
                let outcome = incidents::import_incident(self.pool, &settings, planned, images, now).await;
                outcome.map(|outcome| (*planned, outcome))
            });
            for written in join_all(writing).await {
                let (planned, outcome) = written?;
                report.incident(planned, outcome);
            }
        }
        Ok(())
    }
}

fn images_of(planned: &ImportedIncident) -> impl Iterator<Item = i64> {
    let shown = planned.pins.iter().filter(|pin| pin.image.is_some()).map(|pin| pin.id);
    shown.chain(planned.kept.iter().filter_map(|kept: &Kept| kept.image_of))
}

async fn images(source: &mut PgConnection, pins: impl Iterator<Item = i64>) -> Result<Images, ImportError> {
    let mut images = Images::new();
    for pin in pins {
        if let Some(image) = legacy::read::image(source, pin).await? {
            images.insert(pin, image);
        }
    }
    Ok(images)
}

/// Counts, by what became of something.
type Counts<T> = BTreeMap<T, usize>;

/// The words for what became of an incident.
fn words(outcome: ImportOutcome) -> &'static str {
    match outcome {
        ImportOutcome::Added => "new",
        ImportOutcome::Renewed => "brought up to date",
        ImportOutcome::RenewedBesideChanges => "brought up to date, beside what was changed here",
        ImportOutcome::Unchanged => "here already",
        ImportOutcome::ChannelTaken => "not imported: an incident of ours has the channel",
    }
}

/// The words for what became of a setting.
fn setting_words(outcome: SettingOutcome) -> &'static str {
    match outcome {
        SettingOutcome::Filled => "taken over",
        SettingOutcome::Same => "the same here already",
        SettingOutcome::Other => "not taken over: it was set here to something else",
    }
}
