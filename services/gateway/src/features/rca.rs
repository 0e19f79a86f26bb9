//! The RCA document: written in Confluence, or shared as a file.

use domain::IncidentId;
use incidents::CommandError;
use jobs::payloads::slack::{Offer, RcaFormat};

use super::commands::Reply;
use crate::Gateway;
use crate::pressed::{Action, Pressed};

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

/// What is answered to the word; the files are offered in any case.
pub(crate) fn answer(begun: Result<(), CommandError>, incident: IncidentId) -> Result<Reply, CommandError> {
    let text = match begun {
        Ok(()) => UNDER_WAY.to_owned(),
        Err(refused) if refused.is_refusal() => refused.to_string(),
        Err(error) => return Err(error),
    };
    Ok(Reply {
        text,
        offers: vec![
            Offer::RcaFile(incident, RcaFormat::Markdown),
            Offer::RcaFile(incident, RcaFormat::Html),
        ],
    })
}
