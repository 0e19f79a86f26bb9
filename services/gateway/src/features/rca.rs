//! The RCA document: written in Confluence, or shared as a file.

use domain::IncidentId;
use incidents::CommandError;
use jobs::RcaFormat;
use slack::blocks::button_of;
use slack::ids;

use crate::Gateway;
use crate::feature::{Feature, action, command};
use crate::features::commands::{Invocation, Outcome, Reply, Task};
use crate::forms::Form;
use crate::pressed::{Action, Pressed};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("rca", rca)],
    actions: &[
        action!(ids::ACTION_RCA_WRITE, write),
        action!(ids::ACTION_RCA_MARKDOWN, markdown),
        action!(ids::ACTION_RCA_HTML, html),
    ],
    ..Feature::NOTHING
};

/// Has the document written, or brought up to date.
pub(super) async fn write(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    let request = pressed.request(gateway, action);
    let begun = incidents::write_rca_document(&gateway.pool, &request, incident);
    gateway.send_ephemeral(
        pressed,
        match gateway.confirm(begun).await {
            Ok(()) => UNDER_WAY.to_owned(),
            Err(trouble) => trouble.of_press(),
        },
    );
}

async fn markdown(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    export(gateway, pressed, action, incident, RcaFormat::Markdown).await;
}

async fn html(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId) {
    export(gateway, pressed, action, incident, RcaFormat::Html).await;
}

/// Has the document shared as a file.
async fn export(gateway: &Gateway, pressed: &Pressed, action: &Action, incident: IncidentId, format: RcaFormat) {
    let request = pressed.request(gateway, action);
    let begun = incidents::export_rca_document(&gateway.pool, &request, incident, format);
    gateway.send_ephemeral(
        pressed,
        match gateway.confirm(begun).await {
            Ok(()) => "The file will be posted here in a moment.".to_owned(),
            Err(trouble) => trouble.of_press(),
        },
    );
}

const UNDER_WAY: &str = "The RCA document is being created. Its link will be posted here or in the post-incident \
                         channel.";

/// The same for somebody who is elsewhere.
pub(crate) const UNDER_WAY_ELSEWHERE: &str = "The RCA document is being created. Its link will be posted in the incident's channel or in the post-incident \
     channel.";

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
        buttons: vec![
            button_of(ids::ACTION_RCA_MARKDOWN, "Markdown file", &incident.id),
            button_of(ids::ACTION_RCA_HTML, "HTML file", &incident.id),
        ],
    }))
}
