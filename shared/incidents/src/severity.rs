//! Severity: how bad it is.

use domain::IncidentId;
use domain::timeline::Happening;
use store::PgPool;

use crate::change::{Begun, Change};
use crate::{CommandError, Request, groups, paging, reminders};

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
        paging::on_severity_raised(&mut change, severity).await?;
        let reminded = |severity: &str| change.settings.has_reminders(severity);
        match (reminded(&change.incident.severity), reminded(severity)) {
            (_, false) => reminders::end(&mut change).await?,
            (false, true) if !change.incident.is_resolved() => {
                let next = reminders::next_after(request.now, &change.settings);
                reminders::start(&mut change, next).await?;
            }
            _ => {}
        }
    }
    change.draw();
    change.commit().await
}
