//! The modal was submitted.

use incidents::{CommandError, Update, send_update};
use slack::ids;
use slack::values::Nothing;

use crate::Gateway;
use crate::answer::{Answer, Trouble};
use crate::submitted::Submitted;

/// Sends the update. What is wrong is said in the field.
pub(super) async fn submit(gateway: &Gateway, submitted: &Submitted, _: Nothing) -> Answer {
    let Some(incident) = submitted.incident() else {
        return Answer::field(ids::FIELD_INCIDENT, "Choose an incident.");
    };
    let update = Update {
        resources: submitted.text(ids::FIELD_RESOURCES),
        message: submitted.text(ids::FIELD_MESSAGE),
    };
    let request = submitted.request(gateway);
    let sent = send_update(&gateway.pool, &request, incident, &update);
    match gateway.confirm(sent).await {
        Ok(()) => Answer::done(),
        Err(trouble @ Trouble::Refused(CommandError::NoIncident)) => {
            Answer::field(ids::FIELD_INCIDENT, &trouble.sentence())
        }
        Err(trouble) => Answer::field(ids::FIELD_MESSAGE, &trouble.sentence()),
    }
}
