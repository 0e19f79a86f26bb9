//! The ids by which the gateway recognises what the worker drew: of shortcuts, modals, buttons and fields.
//!
//! A shortcut's id is part of the app's manifest and the same as in 0.8.2, so that an existing app goes on working.

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

/// Buttons that only open a link begin with this; Slack tells of their presses too.
pub const LINK_PREFIX: &str = "link.";
