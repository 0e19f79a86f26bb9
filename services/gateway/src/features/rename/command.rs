//! The title is changed in words.

use incidents::CommandError;
use slack::text::escape;

use crate::Gateway;
use crate::features::commands::{Invocation, Outcome, Task, refused};
use crate::forms::Form;

/// Changes the title; without a new one the form opens.
pub(super) async fn command(gateway: &Gateway, invocation: &Invocation, typed: &str) -> Result<Outcome, CommandError> {
    let typed = gateway.plain(typed).await?;
    let Some((incident, _)) = gateway.incident_here(invocation).await? else {
        let task = Task::Rename;
        return Ok(Outcome::which(Form::Which { task, typed }, "rename"));
    };
    if typed.is_empty() {
        let incident = incident.id;
        return Ok(Outcome::open(
            Form::Rename { incident },
            "Write the new title after `rename`.",
            Vec::new(),
        ));
    }
    let request = gateway.request_of(invocation).await?;
    let renamed = incidents::rename(&gateway.pool, &request, incident.id, &typed, false).await;
    let said = format!(
        "The title is now “{}”. The channel keeps its name.",
        escape(typed.trim())
    );
    refused(renamed, said)
}
