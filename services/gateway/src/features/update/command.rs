//! An update in words.

use incidents::{CommandError, MAX_UPDATE, Update};
use slack::blocks::button_of;
use slack::ids;

use crate::Gateway;
use crate::features::commands::{Invocation, Outcome, refused};
use crate::forms::Form;

/// Sends an update; without words, or with too many, the form opens.
pub(super) async fn command(gateway: &Gateway, invocation: &Invocation, typed: &str) -> Result<Outcome, CommandError> {
    let typed = gateway.plain(typed).await?;
    let Some((incident, _)) = gateway.incident_here(invocation).await? else {
        let incident = None;
        return Ok(Outcome::which(Form::Update { incident, typed }, "update"));
    };
    let length = typed.chars().count();
    if length == 0 || length > MAX_UPDATE {
        let instead = match length {
            0 => "What should people know? Write it after `update`, or press the button.".to_owned(),
            // It is shortened in the form.
            _ => format!(
                "That is {length} characters long; the limit is {MAX_UPDATE}. Press the button to send a shorter one."
            ),
        };
        let incident = Some(incident.id);
        let buttons = vec![button_of(ids::ACTION_UPDATE, "Send update", &incident)];
        return Ok(Outcome::open(Form::Update { incident, typed }, instead, buttons));
    }
    let request = gateway.request_of(invocation).await?;
    let update = Update {
        resources: String::new(),
        message: typed,
    };
    let sent = incidents::send_update(&gateway.pool, &request, incident.id, &update).await;
    let said = if incident.private {
        "Added to the timeline and posted in this channel only, because the incident is private."
    } else {
        "Sent. It's being posted in the digest channel and is in the timeline."
    };
    refused(sent, said.to_owned())
}
