//! The modal was submitted.

use incidents::{Declaration, DeclareError};
use slack::ids;
use slack::values::Nothing;

use crate::Gateway;
use crate::answer::{Answer, UNCONFIRMED};
use crate::submitted::Submitted;

/// What is said at a form that was edited after its incident had been declared.
const DECLARED_BEFORE: &str =
    "Your incident was declared with your first text. Close this form; later changes were not saved.";

/// Declares what was typed. What is wrong is said in the field; the modal closes when it is recorded.
pub(super) async fn submit(gateway: &Gateway, submitted: &Submitted, _: Nothing) -> Answer {
    let declaration = Declaration {
        description: submitted.text(ids::FIELD_DESCRIPTION),
        severity: submitted.option(ids::FIELD_SEVERITY),
        private: submitted
            .ticked(ids::FIELD_PRIVATE)
            .iter()
            .any(|option| option == ids::OPTION_PRIVATE),
        answer_in: None,
    };
    let request = submitted.request(gateway);
    match gateway.desk.declare(request, declaration).await {
        Ok(_) => Answer::done(),
        Err(error @ DeclareError::Description(_)) => Answer::field(ids::FIELD_DESCRIPTION, &error.to_string()),
        Err(error @ DeclareError::UnknownSeverity(_)) => Answer::field(ids::FIELD_SEVERITY, &error.to_string()),
        Err(DeclareError::OtherRequest) => Answer::field(ids::FIELD_DESCRIPTION, DECLARED_BEFORE),
        Err(error) => {
            tracing::error!(%error, "an incident could not be recorded");
            Answer::field(ids::FIELD_DESCRIPTION, UNCONFIRMED)
        }
    }
}
