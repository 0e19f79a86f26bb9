//! The frame of a command that changes an incident: one transaction around what was asked for.
//!
//! ```text
//! begin   the request's key is taken, the incident is locked, the actor may see it
//! …       the command checks, writes state, notes what happened, adds jobs
//! commit  the revision grows; entries, jobs and state are committed together
//! ```
//!
//! A change that is dropped instead is rolled back: a refused request leaves nothing and may be corrected and sent again.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::timeline::Happening;
use domain::{Asking, Incident, IncidentId, Settings, Settled};
use jobs::{DrawDigest, DrawPanel, DrawQuestion, FetchUser, SayNotices};
use queue::NewJob;
use store::{PgConnection, PgPool, Transaction};

use crate::{CommandError, Request};

/// The least time between two changes: what Postgres can tell apart.
const TICK: TimeDelta = TimeDelta::microseconds(1);

/// What became of beginning.
pub(crate) enum Begun {
    /// The change may be made.
    Change(Box<Change>),
    /// The same request was fulfilled before.
    Before,
}

/// A change under way.
pub(crate) struct Change {
    tx: Transaction,
    request: Request,
    jobs: Vec<NewJob>,
    /// What happened, for the log.
    happened: Vec<&'static str>,
    /// Whether it is resolved by this.
    resolves: bool,
    /// The incident as it was before.
    pub(crate) incident: Incident,
    /// The settings as they are now.
    pub(crate) settings: Arc<Settings>,
}

impl Change {
    /// Begins the change that fulfils `request`.
    pub(crate) async fn begin(pool: &PgPool, request: &Request, id: IncidentId) -> Result<Begun, CommandError> {
        Self::begin_as(pool, request, id, true).await
    }

    /// Begins the change that follows what somebody did in Slack already. They may be an admin who is not in the channel, and
    /// do not come to see a private incident by it.
    pub(crate) async fn begin_observed(
        pool: &PgPool,
        request: &Request,
        id: IncidentId,
    ) -> Result<Begun, CommandError> {
        Self::begin_as(pool, request, id, false).await
    }

    async fn begin_as(
        pool: &PgPool,
        request: &Request,
        id: IncidentId,
        has_to_see: bool,
    ) -> Result<Begun, CommandError> {
        let mut tx = pool.begin().await?;
        let result = request.kept(serde_json::json!({ "incident": id }));
        if let Some(before) = store::idempotency_keys::insert(&mut tx, &request.key, &result).await? {
            if request.differs(&before) {
                return Err(CommandError::OtherContent);
            }
            // Whether the first time reached the disk is not known.
            store::commit(tx).await?;
            return Ok(Begun::Before);
        }
        let Some(incident) = store::incidents::lock(&mut tx, id).await? else {
            return Err(CommandError::NoIncident);
        };
        if has_to_see && !may_change(&mut tx, request, &incident).await? {
            return Err(CommandError::NoIncident);
        }
        let settings = pool.settings(&mut tx).await?;
        let mut request = request.clone();
        // Whoever waited for the incident's row acted before it was free, maybe at another gateway: the order of time is
        // the order in which changes were made.
        request.now = request.now.max(incident.updated_at + TICK);
        Ok(Begun::Change(Box::new(Self {
            tx,
            request,
            jobs: Vec::new(),
            happened: Vec::new(),
            resolves: false,
            incident,
            settings,
        })))
    }

    /// The transaction, for what belongs to the change.
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// What is asked for, by whom, when.
    pub(crate) fn request(&self) -> &Request {
        &self.request
    }

    /// Writes into the timeline what happened, and has the channel told.
    pub(crate) async fn note(&mut self, happening: &Happening) -> Result<(), CommandError> {
        self.append(self.request.now, happening, true).await?;
        self.job(
            SayNotices {
                incident: self.incident.id,
            }
            .job(),
        );
        Ok(())
    }

    /// Writes into the timeline what happened; the channel learns of it otherwise.
    pub(crate) async fn note_silently(&mut self, happening: &Happening) -> Result<(), CommandError> {
        self.append(self.request.now, happening, false).await
    }

    /// Writes into the timeline what happened at a moment that somebody chose.
    pub(crate) async fn note_at(&mut self, at: DateTime<Utc>, happening: &Happening) -> Result<(), CommandError> {
        self.append(at, happening, false).await
    }

    /// Writes into the timeline what happened; the channel is told when something enqueues its notices.
    pub(crate) async fn note_for_later(&mut self, happening: &Happening) -> Result<(), CommandError> {
        self.append(self.request.now, happening, true).await
    }

    /// Settles a question about the incident and has it drawn anew; whether there was one.
    pub(crate) async fn settle(&mut self, asking: Asking, settled: &Settled) -> Result<bool, CommandError> {
        let id = self.incident.id;
        let question = store::prompts::close(&mut self.tx, id, asking, settled).await?;
        if let Some(question) = question {
            self.job(DrawQuestion { question }.job(id));
        }
        Ok(question.is_some())
    }

    async fn append(&mut self, at: DateTime<Utc>, happening: &Happening, to_tell: bool) -> Result<(), CommandError> {
        let actor = &self.request.actor;
        store::timeline::append_at(&mut self.tx, self.incident.id, at, actor, happening, to_tell).await?;
        self.happened.push(happening.kind());
        Ok(())
    }

    /// Adds a job that carries the change outward.
    pub(crate) fn job(&mut self, job: NewJob) {
        self.jobs.push(job);
    }

    /// Says that the incident is resolved by this.
    pub(crate) fn resolves(&mut self) {
        self.resolves = true;
    }

    /// Has everything drawn anew that shows the incident.
    pub(crate) fn draw(&mut self) {
        self.draw_panel();
        self.job(
            DrawDigest {
                incident: self.incident.id,
            }
            .job(),
        );
    }

    /// Makes somebody a member of the incident, whom a job invites into its channel.
    pub(crate) async fn add_member(&mut self, slack_user: &str) -> Result<(), store::Error> {
        crate::channel::add_member(&mut self.tx, &self.incident, slack_user).await
    }

    /// Has the control panel drawn anew.
    pub(crate) fn draw_panel(&mut self) {
        self.job(
            DrawPanel {
                incident: self.incident.id,
            }
            .job(),
        );
    }

    /// The name that somebody goes by; it is fetched when it is not known yet.
    pub(crate) async fn name_of(&mut self, slack_user: &str) -> Result<String, CommandError> {
        if let Some(name) = store::slack_users::name(&mut self.tx, slack_user).await? {
            return Ok(name);
        }
        let fetch = FetchUser {
            user: slack_user.to_owned(),
            incident: self.incident.id,
        };
        self.job(fetch.job());
        let Request { actor, .. } = &self.request;
        let own = (actor.slack_user_id() == Some(slack_user)).then(|| actor.name().to_owned());
        Ok(own.unwrap_or_else(|| slack_user.to_owned()))
    }

    /// Commits it all.
    pub(crate) async fn commit(mut self) -> Result<(), CommandError> {
        let (incident, now) = (self.incident.id, self.request.now);
        self.request.audit(&mut self.tx, &incident.to_string()).await?;
        store::incidents::touch(&mut self.tx, incident, now).await?;
        // Late, because other changes may wait from here to the commit.
        self.jobs
            .extend(crate::home::redraw(&mut self.tx, &[incident], now).await?);
        queue::enqueue_at(&mut self.tx, now, self.jobs).await?;
        store::commit(self.tx).await?;
        let actor = self.request.actor.for_log();
        let (channel, happened) = (&self.incident.channel_name, self.happened.join(", "));
        if self.resolves {
            tracing::info!(%incident, channel, actor, happened, "incident resolved");
        } else if !happened.is_empty() {
            tracing::info!(%incident, channel, actor, happened, "incident changed");
        }
        Ok(())
    }
}

/// Whoever may see an incident may change it. To act in its channel one has to be in it, so that counts as being let in.
async fn may_change(conn: &mut PgConnection, request: &Request, incident: &Incident) -> Result<bool, CommandError> {
    if !incident.private || request.actor.is(&incident.declared_by) {
        return Ok(true);
    }
    let Some(user) = request.actor.slack_user_id() else {
        return Ok(false);
    };
    if request.channel.is_some() && request.channel == incident.channel_id {
        store::members::add(conn, incident.id, user).await?;
        return Ok(true);
    }
    Ok(store::members::contains(conn, incident.id, user).await?)
}
