//! Severity: how bad it is.

use domain::IncidentId;
use domain::timeline::Happening;
use store::PgPool;

use crate::change::{Begun, Change};
use crate::{CommandError, Request, groups};

/// Gives an incident another severity.
pub async fn set_severity(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    severity: &str,
) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    if change.settings.severity(severity).is_none() {
        return Err(CommandError::UnknownSeverity(severity.to_owned()));
    }
    if change.incident.severity != severity {
        store::incidents::set_severity(change.conn(), id, severity).await?;
        let changed = Happening::SeverityChanged {
            from: change.incident.severity.clone(),
            to: severity.to_owned(),
        };
        change.note(&changed).await?;
        for invitation in groups::of_raised(&change.incident, &change.settings, severity) {
            change.job(invitation);
        }
    }
    change.draw();
    change.commit().await
}
