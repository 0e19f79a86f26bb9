//! What the buttons of an incident do with the whole of it, in words: resolve, reopen, rename, export, archive.

use domain::settings::Status;
use incidents::{CommandError, can_be_archived};
use slack::text::escape;

use super::act::{Asked, Came, refused};
use super::which::Task;
use super::words::Wish;
use crate::Gateway;
use crate::features::export;
use crate::forms::Form;

impl Gateway {
    /// Does it with the incident whose channel they ask in.
    pub(super) async fn act_on_whole(&self, asked: &Asked<'_>, wish: Wish<'_>) -> Result<Came, CommandError> {
        let Some((incident, settings)) = self.incident_here(asked).await? else {
            return Ok(match wish {
                Wish::Resolve => self.status_form(|status| status.resolved).await?,
                Wish::Reopen => self.status_form(|status| !status.resolved).await?,
                Wish::Rename(typed) => Came::Open(Form::Which {
                    task: Task::Rename,
                    typed: self.plain(typed).await?,
                }),
                Wish::Export => Came::Open(Form::which(Task::ExportChat)),
                _ => Came::Open(Form::which(Task::Archive)),
            });
        };
        let id = incident.id;
        let request = self.request_of(asked).await?;
        match wish {
            Wish::Resolve if incident.is_resolved() => Ok("The incident is already resolved.".into()),
            Wish::Resolve => Ok(Came::Open(Form::Resolve {
                incident: id,
                status: None,
            })),
            Wish::Reopen => {
                let reopened = incidents::reopen(&self.pool, &request, id).await;
                let status = escape(settings.status_label(settings.first_status()));
                refused(reopened, format!("The incident was reopened: *{status}*."))
            }
            Wish::Rename("") => Ok(Came::Open(Form::Rename { incident: id })),
            Wish::Rename(typed) => {
                let title = self.plain(typed).await?;
                let renamed = incidents::rename(&self.pool, &request, id, &title, false).await;
                let said = format!(
                    "The title is now “{}”. The channel keeps its name.",
                    escape(title.trim())
                );
                refused(renamed, said)
            }
            Wish::Export => {
                let begun = incidents::export_chat(&self.pool, &request, id).await;
                refused(begun, export::BEGUN.to_owned())
            }
            _ => match can_be_archived(&incident) {
                Ok(()) => Ok(Came::Open(Form::Archive { incident: id })),
                Err(error) => Ok(escape(&error.to_string()).into()),
            },
        }
    }

    /// The form that asks for an incident and sets its status, at first to the first one that is `wanted`.
    async fn status_form(&self, wanted: impl Fn(&Status) -> bool) -> Result<Came, CommandError> {
        let mut conn = self.pool.acquire().await?;
        let settings = self.pool.settings(&mut conn).await?;
        let status = settings.statuses.iter().find(|status| wanted(status));
        Ok(Came::Open(Form::Status {
            typed: status.map(|status| status.key.clone()).unwrap_or_default(),
        }))
    }
}
