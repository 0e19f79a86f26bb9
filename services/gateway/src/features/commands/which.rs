//! The form that asks which incident is meant, for what is done with the whole of one: typed elsewhere than in its channel.

use domain::description::MAX_TITLE;
use domain::{IncidentId, Settings};
use incidents::{CommandError, can_be_archived};
use serde::{Deserialize, Serialize};
use slack::blocks::{View, context, modal_of};
use slack::ids;
use slack::text::escape;

use super::submit::nothing_chosen;
use crate::Gateway;
use crate::answer::{Answer, Trouble};
use crate::features::incident::incident_field;
use crate::features::{export, rca};
use crate::forms::Form;
use crate::submitted::Submitted;

/// What is done with the incident once it is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    Rename,
    Archive,
    ExportChat,
    WriteRca,
    Statuspage,
}

/// What was typed, kept in the modal.
#[derive(Serialize, Deserialize)]
pub(super) struct Meant {
    task: Task,
    typed: String,
}

impl Task {
    /// The form's title, and what its button says.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Rename => ("Rename an incident", "Rename"),
            Self::Archive => ("Archive a channel", "Continue"),
            Self::ExportChat => ("Export a chat", "Export"),
            Self::WriteRca => ("Create an RCA document", "Create"),
            Self::Statuspage => ("Tell customers", "Continue"),
        }
    }
}

/// The form; `typed` is the new title, where one was typed.
pub(crate) fn which_form(task: Task, typed: &str) -> Result<View, Trouble> {
    let length = typed.chars().count();
    if length > MAX_TITLE {
        let most = MAX_TITLE;
        return Err(Trouble::Refused(CommandError::TextTooLong { length, most }));
    }
    let mut blocks = vec![incident_field(None, &Settings::default())];
    if !typed.is_empty() {
        blocks.push(context(format!("New title: “{}”", escape(typed))));
    }
    let (title, submit) = match (task, typed) {
        // The title is asked for next.
        (Task::Rename, "") => (Task::Rename.words().0, "Continue"),
        _ => task.words(),
    };
    let typed = typed.to_owned();
    Ok(modal_of(ids::VIEW_WHICH, &Meant { task, typed }, title, submit, blocks))
}

/// The incident was chosen: it is done, or the next form takes the place of this one.
pub(super) async fn chosen(gateway: &Gateway, submitted: &Submitted, meant: Meant) -> Answer {
    let Meant { task, typed } = meant;
    let Some(incident) = submitted.incident() else {
        return nothing_chosen();
    };
    match Box::pin(carry_out(gateway, submitted, incident, task, &typed)).await {
        Ok(answer) => answer,
        Err(trouble) => Answer::field(ids::FIELD_INCIDENT, &trouble.sentence()),
    }
}

async fn carry_out(
    gateway: &Gateway,
    submitted: &Submitted,
    incident: IncidentId,
    task: Task,
    typed: &str,
) -> Result<Answer, Trouble> {
    let user = &submitted.user.id;
    let request = submitted.request(gateway);
    let next = match task {
        Task::Rename if typed.is_empty() => Form::Rename { incident },
        Task::Rename => {
            let renamed = incidents::rename(&gateway.pool, &request, incident, typed, false);
            gateway.confirm(renamed).await?;
            return Ok(Answer::done());
        }
        Task::ExportChat => {
            let begun = incidents::export_chat(&gateway.pool, &request, incident);
            gateway.confirm(begun).await?;
            gateway.tell_at(None, user, export::BEGUN_ELSEWHERE.to_owned());
            return Ok(Answer::done());
        }
        Task::WriteRca => {
            let begun = incidents::write_rca_document(&gateway.pool, &request, incident);
            gateway.confirm(begun).await?;
            gateway.tell_at(None, user, rca::UNDER_WAY_ELSEWHERE.to_owned());
            return Ok(Answer::done());
        }
        Task::Archive => {
            let (found, _) = gateway.incident_for(user, Some(incident)).await?;
            let found = found.ok_or(Trouble::Refused(CommandError::NoIncident))?;
            can_be_archived(&found).map_err(Trouble::Refused)?;
            Form::Archive { incident }
        }
        Task::Statuspage => {
            let resolves = false;
            Form::Statuspage { incident, resolves }
        }
    };
    Ok(Answer::update(&next.view(gateway, user).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Task; 5] = [
        Task::Rename,
        Task::Archive,
        Task::ExportChat,
        Task::WriteRca,
        Task::Statuspage,
    ];

    #[test]
    fn titles_fit_a_modal() {
        for task in ALL {
            let (title, submit) = task.words();
            assert!(title.len() <= 24 && submit.len() <= 24, "{task:?}");
        }
    }
}
