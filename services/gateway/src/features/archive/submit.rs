//! *Archive* was pressed in the dialog.

use domain::IncidentId;
use incidents::archive_channel;
use slack::blocks::notice;

use crate::Gateway;
use crate::answer::Answer;
use crate::submitted::Submitted;

/// Has the channel archived. Without a field, what is wrong is said in the dialog's place.
pub(crate) async fn submit(gateway: &Gateway, submitted: &Submitted) -> Answer {
    let Ok(incident) = submitted.about.parse::<IncidentId>() else {
        return Answer::done();
    };
    let request = submitted.request(gateway);
    let archived = archive_channel(&gateway.pool, &request, incident);
    match gateway.within_patience(archived).await {
        Ok(()) => Answer::done(),
        Err(trouble) => Answer::update(&notice(&trouble.sentence("the channel's Archive button"))),
    }
}
