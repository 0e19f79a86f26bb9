//! Forms, each described by data: what opens it can be kept in a button, so one that did not open can be offered again.

use domain::IncidentId;
use serde::{Deserialize, Serialize};
use slack::blocks::{View, notice};
use slack_morphism::events::{SlackCommandEvent, SlackInteractionShortcutEvent};
use url::Url;
use uuid::Uuid;

use crate::Gateway;
use crate::answer::{NOT_LOADED, Trouble};
use crate::features::{archive, commands, declare, description, paging, rename, status, statuspage, timeline, update};
use crate::pressed::Pressed;
use crate::unopened::{self, Cause};

/// A form, with what is known already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub(crate) enum Form {
    Declare {
        typed: String,
    },
    Update {
        incident: Option<IncidentId>,
        typed: String,
    },
    Page(paging::Chosen),
    Timeline {
        incident: Option<IncidentId>,
    },
    /// A new entry, or this one to change.
    TimelineEntry {
        incident: IncidentId,
        entry: Option<Uuid>,
    },
    DeleteTimelineEntry {
        incident: IncidentId,
        entry: Uuid,
    },
    Severity {
        typed: String,
    },
    Status {
        typed: String,
    },
    Role {
        typed: String,
        person: Option<String>,
    },
    /// `status` is the one that was chosen, where one was.
    Resolve {
        incident: IncidentId,
        status: Option<String>,
    },
    Statuspage {
        incident: IncidentId,
        resolves: bool,
    },
    /// Which incident is meant.
    Which {
        task: commands::Task,
        /// The new title, where one was typed.
        typed: String,
    },
    Rename {
        incident: IncidentId,
    },
    Archive {
        incident: IncidentId,
    },
    Invite {
        person: String,
    },
    /// The whole description, to read.
    Description {
        incident: IncidentId,
    },
}

impl Form {
    /// The form to declare, empty.
    pub(crate) fn declare() -> Self {
        Self::Declare { typed: String::new() }
    }

    /// The form to send an update, empty.
    pub(crate) fn update(incident: Option<IncidentId>) -> Self {
        let typed = String::new();
        Self::Update { incident, typed }
    }

    /// The form to page a team.
    pub(crate) fn page(incident: Option<IncidentId>) -> Self {
        Self::Page(paging::Chosen {
            incident,
            ..paging::Chosen::default()
        })
    }

    /// The form that asks which incident this is to be done with.
    pub(crate) fn which(task: commands::Task) -> Self {
        let typed = String::new();
        Self::Which { task, typed }
    }

    /// What was typed already.
    pub(crate) fn typed(&self) -> &str {
        match self {
            Self::Declare { typed }
            | Self::Update { typed, .. }
            | Self::Severity { typed }
            | Self::Status { typed }
            | Self::Which { typed, .. }
            | Self::Role { typed, .. } => typed,
            _ => "",
        }
    }

    /// The same with less of what was typed.
    pub(crate) fn with_typed(&self, text: &str) -> Self {
        let mut form = self.clone();
        if let Self::Declare { typed }
        | Self::Update { typed, .. }
        | Self::Severity { typed }
        | Self::Status { typed }
        | Self::Which { typed, .. }
        | Self::Role { typed, .. } = &mut form
        {
            text.clone_into(typed);
        }
        form
    }

    /// Whether it shows what only the database knows. Another one is empty, so it opens for everybody, also while the
    /// database is away; what is submitted is checked again.
    pub(crate) fn needs_database(&self) -> bool {
        !matches!(
            self,
            Self::Declare { .. }
                | Self::Update { incident: None, .. }
                | Self::Timeline { incident: None }
                | Self::Which { .. }
        )
    }

    /// What opens.
    pub(crate) async fn view(self, gateway: &Gateway, user: &str) -> Result<View, Trouble> {
        match self {
            Self::Declare { typed } => Ok(declare::form(gateway, &typed).await),
            Self::Update { incident, typed } => update::form(gateway, user, incident, &typed).await,
            Self::Page(chosen) => paging::form(gateway, user, chosen).await,
            Self::Timeline { incident } => timeline::form(gateway, user, incident).await,
            Self::TimelineEntry { incident, entry } => timeline::entry_form(gateway, user, incident, entry).await,
            Self::DeleteTimelineEntry { incident, entry } => {
                timeline::delete_form(gateway, user, incident, entry).await
            }
            form @ (Self::Severity { .. } | Self::Status { .. } | Self::Role { .. }) => {
                commands::form(gateway, user, &form).await
            }
            Self::Resolve { incident, status } => status::form(gateway, user, incident, status).await,
            Self::Statuspage { incident, resolves } => statuspage::form(gateway, user, incident, resolves).await,
            Self::Which { task, typed } => commands::which_form(task, &typed),
            Self::Rename { incident } => rename::form(gateway, user, incident).await,
            Self::Archive { incident } => archive::form(gateway, user, incident).await,
            Self::Invite { person } => paging::invite_form(gateway, &person).await,
            Self::Description { incident } => description::form(gateway, user, incident).await,
        }
    }
}

/// Who opens a form, by what, and where they are told when it does not open.
#[derive(Clone, Debug)]
pub(crate) struct Opener {
    pub(crate) user: String,
    pub(crate) trigger_id: String,
    pub(crate) channel: Option<String>,
    pub(crate) response_url: Option<Url>,
    /// On top of the modal that the trigger came from.
    on_top: bool,
}

impl Opener {
    /// Whoever pressed something.
    pub(crate) fn of(pressed: &Pressed) -> Self {
        Self {
            user: pressed.user.id.clone(),
            trigger_id: pressed.trigger_id.clone(),
            channel: pressed.channel.as_ref().map(|channel| channel.id.clone()),
            response_url: pressed.response_url.clone(),
            on_top: false,
        }
    }

    /// Whoever typed the slash command.
    pub(crate) fn of_command(command: &SlackCommandEvent) -> Self {
        Self {
            user: command.user_id.0.clone(),
            trigger_id: command.trigger_id.0.clone(),
            channel: Some(command.channel_id.0.clone()),
            response_url: Some(command.response_url.0.clone()),
            on_top: false,
        }
    }

    /// Whoever chose a shortcut: it is not known where they are.
    pub(crate) fn of_shortcut(shortcut: &SlackInteractionShortcutEvent) -> Self {
        Self {
            user: shortcut.user.id.0.clone(),
            trigger_id: shortcut.trigger_id.0.clone(),
            channel: None,
            response_url: None,
            on_top: false,
        }
    }

    /// The same, on top of the modal that the trigger came from.
    pub(crate) fn on_top(self) -> Self {
        Self { on_top: true, ..self }
    }
}

impl Gateway {
    /// Opens a form, in a task of its own: neither the acknowledgement nor the socket waits for it.
    ///
    /// Where the form cannot be made, a notice opens in its place: the trigger is a person who waits. Where Slack does not
    /// open it, they are told where they are, with what they typed.
    pub(crate) fn open(&self, opener: Opener, form: Form) {
        let gateway = self.clone();
        self.errands.spawn(async move {
            let view = match form.clone().view(&gateway, &opener.user).await {
                Ok(view) => view,
                Err(trouble) => {
                    if matches!(trouble, Trouble::Unconfirmed) && !form.typed().is_empty() {
                        unopened::tell(&gateway, &opener, &form, Cause::NotLoaded).await;
                    }
                    notice(&trouble.of_reading())
                }
            };
            gateway.show(&opener, &form, &view).await;
        });
    }

    /// Says in place of a form that it could not be loaded, in a task of its own. A form that needs nothing opens.
    pub(crate) fn open_unloaded(&self, opener: Opener, form: Form) {
        if !form.needs_database() {
            return self.open(opener, form);
        }
        let gateway = self.clone();
        self.errands.spawn(async move {
            if !form.typed().is_empty() {
                unopened::tell(&gateway, &opener, &form, Cause::NotLoaded).await;
            }
            gateway.show(&opener, &form, &notice(NOT_LOADED)).await;
        });
    }

    async fn show(&self, opener: &Opener, form: &Form, view: &View) {
        if let Err(not_shown) = self.show_view(&opener.trigger_id, view, opener.on_top).await {
            tracing::warn!(error = %not_shown.error, ?form, "a form could not be opened");
            unopened::tell(self, opener, form, Cause::of(&not_shown)).await;
        }
    }
}
