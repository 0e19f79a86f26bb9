//! The ids by which the gateway recognises what the worker drew: of shortcuts, modals, buttons and fields.
//!
//! A shortcut's id is part of the app's manifest and the same as in 0.8.2, so that an existing app goes on working.

use domain::IncidentId;

/// Shortcut: *Start a new incident*.
pub const SHORTCUT_DECLARE: &str = "open_incident_modal";
/// Shortcut: *Provide incident update*.
pub const SHORTCUT_UPDATE: &str = "open_incident_general_update_modal";
/// Shortcut: *Incident Bot Pager*.
pub const SHORTCUT_PAGER: &str = "open_incident_bot_pager";
/// Shortcut: *Manage incident timeline*.
pub const SHORTCUT_TIMELINE: &str = "open_incident_bot_timeline";

/// The slash command.
pub const COMMAND: &str = "/incident";

/// Modal: declare an incident.
pub const VIEW_DECLARE: &str = "declare";
/// Button, anywhere: opens the modal to declare an incident.
pub const ACTION_DECLARE: &str = "declare.open";
/// Field of the modal: what is happening.
pub const FIELD_DESCRIPTION: &str = "description";
/// Field of the modal: the severity.
pub const FIELD_SEVERITY: &str = "severity";
/// Field of the modal: whether the incident is private.
pub const FIELD_PRIVATE: &str = "private";
/// The one option of [`FIELD_PRIVATE`].
pub const OPTION_PRIVATE: &str = "private";

/// Select of the panel: the severity.
pub const ACTION_SEVERITY: &str = "severity.set";
/// Select of the panel: the status.
pub const ACTION_STATUS: &str = "status.set";
/// Button: opens the dialog that resolves.
pub const ACTION_RESOLVE: &str = "status.resolve";
/// Modal: resolve an incident.
pub const VIEW_RESOLVE: &str = "resolve";

/// Button of the panel: take a role. Its value is [`role_value`].
pub const ACTION_CLAIM: &str = "roles.claim";
/// Overflow of the panel: [`OPTION_TAKE_OVER`] or [`OPTION_GIVE_UP`] before a `/` and [`role_value`].
pub const ACTION_ROLE: &str = "roles.held";
/// Option of [`ACTION_ROLE`]: take the role from whoever has it.
pub const OPTION_TAKE_OVER: &str = "take_over";
/// Option of [`ACTION_ROLE`]: give the role up.
pub const OPTION_GIVE_UP: &str = "give_up";
/// Selects of the panel that give a role to somebody begin with this, followed by the role's key.
pub const ASSIGN_PREFIX: &str = "roles.assign/";
/// Fields that give a role to somebody begin with this, followed by the role's key.
pub const FIELD_ROLE_PREFIX: &str = "role/";

/// Button: opens the modal to send an update. Its value is the incident's id, or empty where one is to be chosen.
pub const ACTION_UPDATE: &str = "update.open";
/// Modal: send an update.
pub const VIEW_UPDATE: &str = "update";
/// Field of a modal: which incident.
pub const FIELD_INCIDENT: &str = "incident";
/// Field of the modal: what is hit.
pub const FIELD_RESOURCES: &str = "resources";
/// Field of a modal: what people are told.
pub const FIELD_MESSAGE: &str = "message";

/// Button: has the providers looked at and what they say drawn anew. Its value is the incident's id.
pub const ACTION_RELOAD_UPSTREAM: &str = "upstream.reload";

/// The block of a panel's selects: they keep a person's last choice until their block's id changes, so it ends in the
/// incident's revision.
pub fn panel_block(what: &str, incident: IncidentId, revision: i64) -> String {
    format!("{what}/{incident}/{revision}")
}

/// The incident that a block made by [`panel_block`] belongs to.
pub fn incident_of_block(block_id: &str) -> Option<IncidentId> {
    block_id.split('/').nth(1)?.parse().ok()
}

/// A role in an incident.
pub fn role_value(incident: IncidentId, role: &str) -> String {
    format!("{incident}/{role}")
}

/// The incident and the role that [`role_value`] made one value of.
pub fn role_of_value(value: &str) -> Option<(IncidentId, &str)> {
    let (incident, role) = value.split_once('/')?;
    Some((incident.parse().ok()?, role))
}

/// Buttons that only open a link begin with this; Slack tells of their presses too.
pub const LINK_PREFIX: &str = "link.";
