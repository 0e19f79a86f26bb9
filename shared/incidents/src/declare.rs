//! Declaring an incident.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use domain::description::DescriptionError;
use domain::timeline::Happening;
use domain::{Actor, Description, Incident, IncidentId, Settings, channel_name};
use jobs::{CreateChannel, Nudge, Remind, Thread};
use queue::NewJob;
use serde_json::{Value, json};
use store::incidents::NewIncident;
use store::{Connection, PgConnection, PgPool};
use thiserror::Error;
use tracing::{Instrument, Span};

use crate::Request;

/// What is declared.
#[derive(Clone, Debug, Default)]
pub struct Declaration {
    /// What is happening, as it was typed.
    pub description: String,
    /// Key of a severity; `None` for the default.
    pub severity: Option<String>,
    /// Whether only its members may see it.
    pub private: bool,
    /// Where somebody waits for the channel's name.
    pub answer_in: Option<Thread>,
}

/// Why nothing was declared.
#[derive(Debug, Error)]
pub enum DeclareError {
    /// The description is empty or too long.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// The severity was removed from the settings meanwhile, or never was one.
    #[error("The severity “{0}” no longer exists; choose another.")]
    UnknownSeverity(String),
    /// The database failed: whether anything was declared is not known. The same request may be sent again.
    #[error("the incident could not be recorded: {0}")]
    Store(#[from] store::Error),
    /// The jobs could not be recorded: nothing was declared.
    #[error("the incident's jobs could not be recorded: {0}")]
    Jobs(#[from] queue::EnqueueError),
    /// The database did not answer in time: whether anything was declared is not known. The same request may be sent again.
    #[error("the incident could not be recorded in time")]
    TimedOut,
    /// The process ends: whether anything was declared is not known. The same request may be sent again.
    #[error("the incident could not be recorded: this process is stopping")]
    Closed,
    /// A request was fulfilled by something else, or declared an incident in other words.
    #[error(
        "Your first submission was applied; this one is different and was not. Look for it in the list, then send \
         this again."
    )]
    OtherRequest,
}

/// What is to be declared, and the span of whoever asked: its jobs belong to that trace, whoever writes them.
pub(crate) type TracedRequest = (Request, Declaration, Span);

/// Declares an incident and gives it. The same request again gives the same incident.
pub async fn declare(pool: &PgPool, request: &Request, declaration: Declaration) -> Result<Incident, DeclareError> {
    let mut declared = declare_all(pool, vec![(request.clone(), declaration, Span::current())]).await?;
    declared.pop().unwrap_or(Err(DeclareError::OtherRequest))
}

/// Declares many incidents in one transaction, and says of each what came of it, in their order.
///
/// What is wrong with one does not touch the others.
///
/// # Errors
/// When the database failed: whether anything was declared is not known. The same requests may be made again.
pub(crate) async fn declare_all(
    pool: &PgPool,
    wishes: Vec<TracedRequest>,
) -> Result<Vec<Result<Incident, DeclareError>>, DeclareError> {
    let spans: Vec<_> = wishes.iter().map(|(.., span)| span.clone()).collect();
    let mut tx = pool.begin().await?;
    let settings = pool.settings(&mut tx).await?;
    let declared = record(&mut tx, &settings, wishes).await?;
    // Repetitions too: whether the first time reached the disk is not known.
    store::commit(tx).await?;
    for (declared, span) in declared.iter().zip(spans) {
        if let Ok(incident) = declared {
            span.in_scope(|| log(incident));
        }
    }
    Ok(declared)
}

/// One line of the log per incident.
pub(crate) fn log(incident: &Incident) {
    tracing::info!(
        incident = %incident.id,
        channel = incident.channel_name,
        actor = incident.declared_by.for_log(),
        severity = incident.severity,
        private = incident.private,
        "incident declared"
    );
}

/// Declares an incident in the caller's transaction, which ends soon: others who want the same channel name wait for it.
pub(crate) async fn declare_within(
    conn: &mut PgConnection,
    request: Request,
    declaration: Declaration,
) -> Result<Incident, DeclareError> {
    let settings = store::settings::load(conn).await?;
    let mut declared = record(conn, &settings, vec![(request, declaration, Span::current())]).await?;
    declared.pop().unwrap_or(Err(DeclareError::OtherRequest))
}

/// Declares an incident and takes it back, so that a new connection knows every statement when somebody waits for one:
/// the first time takes it ten times as long.
pub async fn rehearse(conn: &mut PgConnection) -> Result<(), DeclareError> {
    let key = format!("rehearsal/{}", IncidentId::generate());
    let declaration = Declaration {
        // Unique, because of two equal channel names one waits for the other.
        description: key.clone(),
        ..Declaration::default()
    };
    let request = Request {
        key,
        actor: Actor::System,
        now: DateTime::UNIX_EPOCH,
        channel: None,
        content: None,
        audit: None,
    };
    let mut tx = conn.begin().await?;
    let settings = store::settings::load(&mut tx).await?;
    for declared in record(&mut tx, &settings, vec![(request, declaration, Span::none())]).await? {
        declared?;
    }
    Ok(tx.rollback().await?)
}

/// An incident that is to be written, and what belongs to it.
struct Draft {
    /// Where it stands among the wishes.
    place: usize,
    request: Request,
    incident: Incident,
    happening: Happening,
    /// When people are reminded of its first update.
    first_reminder: Option<DateTime<Utc>>,
    jobs: Vec<NewJob>,
    /// In which it was made.
    span: Span,
}

impl Draft {
    fn row(&self) -> NewIncident<'_> {
        NewIncident {
            incident: &self.incident,
            happening: &self.happening,
            first_reminder: self.first_reminder,
        }
    }
}

impl Draft {
    fn new(
        place: usize,
        request: Request,
        declaration: Declaration,
        settings: &Settings,
    ) -> Result<Self, DeclareError> {
        let description = Description::parse(&declaration.description)?;
        let severity = declaration
            .severity
            .unwrap_or_else(|| settings.default_severity.clone());
        if settings.severity(&severity).is_none() {
            return Err(DeclareError::UnknownSeverity(severity));
        }
        // Postgres keeps no more, and a repetition answers as the first did.
        let now = request.now.trunc_subsecs(6);
        let title = description.title();
        let incident = Incident {
            id: IncidentId::generate(),
            channel_name: channel_name::base(&title, now, settings.time_zone),
            title,
            description: description.as_str().to_owned(),
            severity,
            status: settings.first_status().to_owned(),
            private: declaration.private,
            declared_by: request.actor.clone(),
            declared_at: now,
            updated_at: now,
            resolved_at: None,
            revision: 1,
            channel_id: None,
            panel_ts: None,
            digest: None,
            channel_number: 1,
            archived_at: None,
            channel_lost: None,
            rca_channel: None,
            rca_channel_lost: None,
            rca_document_url: None,
            last_update: None,
            roles: Vec::new(),
        };
        let happening = Happening::Declared {
            severity: incident.severity.clone(),
        };
        let create = CreateChannel {
            incident: incident.id,
            answer_in: declaration.answer_in,
            number: None,
        };
        let id = incident.id;
        let after = |minutes: u32| now + TimeDelta::minutes(minutes.into());
        let mut jobs = vec![create.job()];
        let reminders = settings.has_reminders(&incident.severity);
        let first_reminder = reminders.then(|| after(settings.first_update_minutes));
        jobs.extend(first_reminder.map(|at| Remind { incident: id }.at(at)));
        if settings.nudge_after_minutes > 0 {
            jobs.push(Nudge { incident: id }.at(after(settings.nudge_after_minutes)));
        }
        Ok(Self {
            place,
            request,
            incident,
            happening,
            first_reminder,
            jobs,
            span: Span::current(),
        })
    }
}

/// Writes what is wished for, in the caller's transaction, and says of each wish what came of it.
async fn record(
    conn: &mut PgConnection,
    settings: &Settings,
    wishes: Vec<TracedRequest>,
) -> Result<Vec<Result<Incident, DeclareError>>, DeclareError> {
    let mut declared = BTreeMap::new();
    let mut drafts: Vec<Draft> = Vec::with_capacity(wishes.len());
    let mut repeated = Vec::new();
    for (place, (request, declaration, span)) in wishes.into_iter().enumerate() {
        match span.in_scope(|| Draft::new(place, request, declaration, settings)) {
            // The same wish came twice at once.
            Ok(draft) if drafts.iter().any(|other| other.request.key == draft.request.key) => {
                repeated.push((place, draft.request));
            }
            Ok(draft) => drafts.push(draft),
            Err(refused) => {
                declared.insert(place, Err(refused));
            }
        }
    }
    let keys: Vec<_> = drafts
        .iter()
        .map(|draft| {
            let result = draft.request.kept(json!({ "incident": draft.incident.id }));
            (draft.request.key.as_str(), result)
        })
        .collect();
    let before = store::idempotency_keys::insert_all(conn, &keys).await?;
    let mut by_key = HashMap::new();
    let (repetitions, mut drafts): (Vec<_>, Vec<_>) = drafts
        .into_iter()
        .partition(|draft| before.contains_key(&draft.request.key));
    for draft in repetitions {
        let kept = &before[&draft.request.key];
        let incident = if draft.request.differs(kept) {
            Err(DeclareError::OtherRequest)
        } else {
            earlier(conn, kept).await
        };
        by_key.extend(
            incident
                .as_ref()
                .ok()
                .map(|incident| (draft.request.key, (kept.clone(), incident.clone()))),
        );
        declared.insert(draft.place, incident);
    }

    // By each one's own time: all of one transaction come at once.
    if let Some(now) = drafts.iter().map(|draft| draft.incident.declared_at).max() {
        let jobs = drafts
            .iter_mut()
            .flat_map(|draft| std::mem::take(&mut draft.jobs))
            .collect();
        queue::enqueue_at(conn, now, jobs).await?;
    }
    // Last, because others who want the same names wait from here to the commit.
    insert(conn, &mut drafts).await?;
    if let Some(now) = drafts.iter().map(|draft| draft.incident.declared_at).max() {
        let ids: Vec<_> = drafts.iter().map(|draft| draft.incident.id).collect();
        let mut jobs = crate::home::redraw(conn, &ids, now).await?;
        for draft in &drafts {
            let pages = crate::paging::for_new_incident(conn, &draft.incident, settings);
            jobs.extend(pages.instrument(draft.span.clone()).await?);
        }
        queue::enqueue_at(conn, now, jobs).await?;
    }
    for draft in drafts {
        draft.request.audit(conn, &draft.incident.id.to_string()).await?;
        let kept = draft.request.kept(json!({}));
        by_key.insert(draft.request.key, (kept, draft.incident.clone()));
        declared.insert(draft.place, Ok(draft.incident));
    }
    for (place, request) in repeated {
        let same = by_key.get(&request.key).filter(|(kept, _)| !request.differs(kept));
        let incident = same.map(|(_, incident)| incident.clone());
        declared.insert(place, incident.ok_or(DeclareError::OtherRequest));
    }
    Ok(declared.into_values().collect())
}

/// Adds the incidents; those whose channel name is taken get the next one that is free.
async fn insert(conn: &mut PgConnection, drafts: &mut [Draft]) -> Result<(), DeclareError> {
    let rows: Vec<_> = drafts.iter().map(Draft::row).collect();
    let mut added = store::incidents::insert(conn, &rows).await?;
    // In the order of names: two of these at once would otherwise wait for each other.
    drafts.sort_by(|a, b| a.incident.channel_name.cmp(&b.incident.channel_name));
    for draft in drafts.iter_mut() {
        let base = draft.incident.channel_name.clone();
        while !added.contains(&draft.incident.id) {
            draft.incident.channel_name = store::incidents::choose_channel_name(conn, &base).await?;
            added.extend(store::incidents::insert(conn, &[draft.row()]).await?);
        }
    }
    Ok(())
}

/// The incident that the same request declared before.
async fn earlier(conn: &mut PgConnection, result: &Value) -> Result<Incident, DeclareError> {
    let id: IncidentId = result
        .get("incident")
        .and_then(|id| serde_json::from_value(id.clone()).ok())
        .ok_or(DeclareError::OtherRequest)?;
    store::incidents::get(conn, id).await?.ok_or(DeclareError::OtherRequest)
}
