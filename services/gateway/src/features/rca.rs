//! The RCA document: written in Confluence, or shared as a file.

use domain::IncidentId;
use incidents::CommandError;
use jobs::payloads::slack::{Offer, RcaFormat};

use crate::Gateway;
use crate::feature::{Feature, command};
use crate::features::commands::{Invocation, Outcome, Reply, Task};
use crate::forms::Form;
use crate::pressed::{Action, Pressed};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("rca", rca)],
    ..Feature::NOTHING
};

/// Has the document written, or brought up to date.
pub(crate) async fn write(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    let request = pressed.request(gateway, action);
    let begun = incidents::write_rca_document(&gateway.pool, &request, incident);
    gateway.whisper(
        pressed,
        match gateway.confirm(begun).await {
            Ok(()) => UNDER_WAY.to_owned(),
            Err(trouble) => trouble.of_press(),
        },
    );
}

/// Has the document shared as a file.
pub(crate) async fn export(gateway: &Gateway, pressed: &Pressed, action: &Action, format: RcaFormat) {
    let Ok(incident) = action.value().parse() else {
        return gateway.unreadable(pressed, action);
    };
    let request = pressed.request(gateway, action);
    let begun = incidents::export_rca_document(&gateway.pool, &request, incident, format);
    gateway.whisper(
        pressed,
        match gateway.confirm(begun).await {
            Ok(()) => "The file comes here in a moment.".to_owned(),
            Err(trouble) => trouble.of_press(),
        },
    );
}

const UNDER_WAY: &str = "The RCA document is being written. Its link comes here, or into the channel about the causes.";

/// The same for somebody who is elsewhere.
pub(crate) const UNDER_WAY_ELSEWHERE: &str =
    "The RCA document is being written. Its link comes into the incident's channel, or into the one about its causes.";

/// Has the document written of the incident in whose channel it was typed; the files are offered in any case.
async fn rca(gateway: &Gateway, invocation: &Invocation, _: &str) -> Result<Outcome, CommandError> {
    let Some((incident, _)) = gateway.incident_here(invocation).await? else {
        return Ok(Outcome::which(Form::which(Task::WriteRca), "rca"));
    };
    let request = gateway.request_of(invocation).await?;
    let text = match incidents::write_rca_document(&gateway.pool, &request, incident.id).await {
        Ok(()) => UNDER_WAY.to_owned(),
        Err(refused) if refused.is_refusal() => refused.to_string(),
        Err(error) => return Err(error),
    };
    Ok(Outcome::Reply(Reply {
        text,
        offers: vec![
            Offer::RcaFile(incident.id, RcaFormat::Markdown),
            Offer::RcaFile(incident.id, RcaFormat::Html),
        ],
    }))
}
