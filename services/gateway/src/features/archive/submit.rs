//! *Archive* was pressed in the dialog.

use domain::IncidentId;
use incidents::archive_channel;
use slack::blocks::notice;

use crate::Gateway;
use crate::answer::{Answer, Trouble, UNCONFIRMED};
use crate::submitted::Submitted;

/// Has the channel archived. Without a field, what is wrong is said in the dialog's place.
pub(super) async fn submit(gateway: &Gateway, submitted: &Submitted, incident: IncidentId) -> Answer {
    let request = submitted.request(gateway);
    let archived = archive_channel(&gateway.pool, &request, incident);
    match gateway.confirm(archived).await {
        Ok(()) => Answer::done(),
        Err(trouble @ Trouble::Refused(_)) => Answer::update(&notice(&trouble.sentence())),
        Err(Trouble::Unconfirmed) => submitted.kept_open(UNCONFIRMED),
    }
}
