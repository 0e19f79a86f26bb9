//! Declaring an incident.

use chrono::SubsecRound;
use domain::description::DescriptionError;
use domain::timeline::Happening;
use domain::{Description, Incident, IncidentId, channel_name};
use jobs::payloads::slack::{CreateChannel, Thread};
use store::{PgConnection, PgPool};
use thiserror::Error;

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
    #[error("There is no severity “{0}” any more; please choose another.")]
    UnknownSeverity(String),
    /// The database failed: whether anything was declared is not known. The same request may be sent again.
    #[error("the incident could not be recorded: {0}")]
    Store(#[from] store::Error),
    /// The jobs could not be recorded: nothing was declared.
    #[error("the incident's jobs could not be recorded: {0}")]
    Jobs(#[from] jobs::EnqueueError),
    /// A request was fulfilled by something else than a declaration.
    #[error("this request has been used for something else")]
    OtherRequest,
}

/// Declares an incident and gives it. The same request again gives the same incident.
pub async fn declare(pool: &PgPool, request: &Request, declaration: Declaration) -> Result<Incident, DeclareError> {
    let description = Description::parse(&declaration.description)?;
    let id = IncidentId::generate();
    let mut tx = pool.begin().await?;
    let result = serde_json::json!({ "incident": id });
    if let Some(result) = store::fulfilled_requests::claim(&mut tx, &request.key, &result).await? {
        return earlier(&mut tx, result).await;
    }
    let incident = record(&mut tx, id, request, &description, declaration).await?;
    tx.commit().await?;
    tracing::info!(incident = %id, severity = incident.severity, private = incident.private, "declared");
    Ok(incident)
}

/// Writes a new incident and its jobs in the caller's transaction, which ends soon: others who want the same channel name
/// wait for it.
pub(crate) async fn record(
    tx: &mut PgConnection,
    id: IncidentId,
    request: &Request,
    description: &Description,
    declaration: Declaration,
) -> Result<Incident, DeclareError> {
    // Postgres keeps no more, and a repetition answers as the first did.
    let now = request.now.trunc_subsecs(6);
    let settings = store::settings::load(&mut *tx).await?;
    let severity = declaration
        .severity
        .unwrap_or_else(|| settings.default_severity.clone());
    if settings.severity(&severity).is_none() {
        return Err(DeclareError::UnknownSeverity(severity));
    }

    let title = description.title();
    let base = channel_name::base(&title, now, settings.time_zone);
    let mut incident = Incident {
        id,
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
        channel_name: base.clone(),
        channel_id: None,
        panel_ts: None,
        digest: None,
        channel_number: 1,
        archived_at: None,
        rca_channel: None,
        last_update: None,
        roles: Vec::new(),
    };
    let happening = Happening::Declared {
        severity: incident.severity.clone(),
    };
    let create = CreateChannel {
        incident: id,
        answer_in: declaration.answer_in,
    };
    jobs::enqueue_at(&mut *tx, now, vec![create.job()]).await?;
    // Late, because others who want the same name wait from here to the commit.
    while !store::incidents::insert(&mut *tx, &incident, &happening).await? {
        incident.channel_name = store::incidents::choose_channel_name(&mut *tx, &base).await?;
    }
    let homes = crate::home::redraw(&mut *tx, id, now).await?;
    jobs::enqueue_at(&mut *tx, now, homes).await?;
    Ok(incident)
}

/// The incident that the same request declared before.
async fn earlier(conn: &mut PgConnection, result: serde_json::Value) -> Result<Incident, DeclareError> {
    let id: IncidentId = result
        .get("incident")
        .and_then(|id| serde_json::from_value(id.clone()).ok())
        .ok_or(DeclareError::OtherRequest)?;
    store::incidents::get(conn, id).await?.ok_or(DeclareError::OtherRequest)
}
