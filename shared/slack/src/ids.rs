//! The ids by which the gateway recognises what the worker drew: of shortcuts, modals, buttons and fields.
//!
//! A shortcut's id is part of the app's manifest and the same as in 0.8.2, so that an existing app goes on working.

use domain::IncidentId;
use serde_json::Value;
use uuid::Uuid;

use crate::values::{
    ActionId, Chosen, EntryChange, EntryOf, HeldRole, HeldRoleChange, ListPage, Nothing, OnCallOption, PageOf,
    PanelOption, Replacement, RoleOf, TimelinePage,
};

macro_rules! ids {
    ($(#[$doc_of_all:meta])* $all:ident: $($(#[$doc:meta])* $name:ident = $id:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $id;)*

        $(#[$doc_of_all])*
        pub const $all: &[&str] = &[$($id),*];
    };
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident: $value:ty = $id:literal;)*) => {
        $($(#[$doc])* pub const $name: ActionId<$value> = ActionId::new($id);)*

        /// The ids of all that can be pressed or chosen, or what they begin with.
        pub const ACTIONS: &[&str] = &[$($id),*];
    };
}

ids! {
    /// Every shortcut.
    SHORTCUTS:
    /// Shortcut: *Start a new incident*.
    SHORTCUT_DECLARE = "open_incident_modal";
    /// Shortcut: *Provide incident update*.
    SHORTCUT_UPDATE = "open_incident_general_update_modal";
    /// Shortcut: *Incident Bot Pager*.
    SHORTCUT_PAGER = "open_incident_bot_pager";
    /// Shortcut: *Manage incident timeline*.
    SHORTCUT_TIMELINE = "open_incident_bot_timeline";
}

ids! {
    /// Every modal that can be submitted.
    VIEWS:
    /// Modal: declare an incident.
    VIEW_DECLARE = "declare";
    /// Modal: resolve an incident.
    VIEW_RESOLVE = "resolve";
    /// Modal: confirm that a role gets another holder. It is about a [`Replacement`].
    VIEW_REPLACE_HOLDER = "roles.replace";
    /// Modal: send an update.
    VIEW_UPDATE = "update";
    /// Modal: which incident's timeline.
    VIEW_TIMELINE_CHOOSE = "timeline.choose";
    /// Modal: write an entry of the timeline.
    VIEW_TIMELINE_ENTRY = "timeline.entry";
    /// Modal: delete an entry of the timeline.
    VIEW_TIMELINE_DELETE = "timeline.delete";
    /// Modal: change the title.
    VIEW_RENAME = "rename";
    /// Modal: archive the channel of an incident.
    VIEW_ARCHIVE = "archive";
    /// Modal: set the severity of an incident that is to be chosen.
    VIEW_SEVERITY = "severity";
    /// Modal: set the status of an incident that is to be chosen.
    VIEW_STATUS = "status";
    /// Modal: choose the incident for what was typed elsewhere than in its channel.
    VIEW_WHICH = "which";
    /// Modal: give somebody a role in an incident that is to be chosen.
    VIEW_ROLE = "role";
    /// Modal: page a team. It may be about one person, by PagerDuty's id.
    VIEW_PAGE = "page";
    /// Modal: who will be called.
    VIEW_PAGE_CONFIRM = "page.confirm";
    /// Modal: invite somebody to an incident that is to be chosen. It is about Slack's id of the person.
    VIEW_INVITE_PERSON = "invite_person";
    /// Modal: what is published on Statuspage.
    VIEW_STATUSPAGE = "statuspage";
    /// Modal: confirm what is published on Statuspage.
    VIEW_STATUSPAGE_CONFIRM = "statuspage.confirm";
}

actions! {
    /// Button, anywhere: opens the modal to declare an incident.
    ACTION_DECLARE: Nothing = "declare.open";
    /// Button where the form to declare did not open: declares without it. Its value holds what was typed.
    ACTION_DECLARE_NOW: Value = "declare.now";
    /// Button where a form did not open: opens it. Its value holds which form, and what was typed.
    ACTION_OPEN_FORM: Value = "form.open";
    /// Select of the panel: the severity.
    ACTION_SEVERITY: Chosen = "severity.set";
    /// Select of the panel: the status.
    ACTION_STATUS: Chosen = "status.set";
    /// Button: opens the dialog that resolves.
    ACTION_RESOLVE: IncidentId = "status.resolve";
    /// Button: opens a resolved incident again.
    ACTION_REOPEN: IncidentId = "status.reopen";
    /// Button of the panel: take a role.
    ACTION_CLAIM: RoleOf = "roles.claim";
    /// Overflow of the panel: what is done with a role that somebody holds.
    ACTION_ROLE: HeldRoleChange = "roles.held";
    /// Selects of the panel that give a role that nobody holds to somebody begin with this, followed by the role's key.
    ASSIGN_PREFIX: Chosen = "roles.assign/";
    /// Selects of the panel that give a role that somebody holds to somebody else begin with this, followed by
    /// the [`HeldRole`] in JSON.
    REASSIGN_PREFIX: Chosen = "roles.reassign/";
    /// Button: gives a role to somebody in the place of its holder.
    ACTION_REPLACE_HOLDER: Replacement = "roles.replace";
    /// Button: takes a role from its holder.
    ACTION_REMOVE_HOLDER: HeldRole = "roles.remove";
    /// Button: opens the modal to send an update, about an incident or one that is to be chosen.
    ACTION_UPDATE: Option<IncidentId> = "update.open";
    /// Button of the digest: ask to be let into a private incident.
    ACTION_REQUEST_ACCESS: IncidentId = "access.request";
    /// Button: let somebody into a private incident. Its value is the request's id.
    ACTION_ACCESS_GRANT: Uuid = "access.grant";
    /// Button: do not let somebody in. Its value is the request's id.
    ACTION_ACCESS_DECLINE: Uuid = "access.decline";
    /// Button of a direct message: the person of the console is me. Its value is the question's id.
    ACTION_CONNECT_YES: Uuid = "connect.yes";
    /// Button of a direct message: the person of the console is not me. Its value is the question's id.
    ACTION_CONNECT_NO: Uuid = "connect.no";
    /// Button: opens the timeline.
    ACTION_TIMELINE: Option<IncidentId> = "timeline.open";
    /// Button of the timeline: opens the form for a new entry.
    ACTION_TIMELINE_ADD: IncidentId = "timeline.add";
    /// Button of the timeline: the page before.
    ACTION_TIMELINE_EARLIER: TimelinePage = "timeline.earlier";
    /// Button of the timeline: the page after.
    ACTION_TIMELINE_LATER: TimelinePage = "timeline.later";
    /// Overflows of the timeline's entries begin with this, followed by the entry's id.
    TIMELINE_ENTRY_PREFIX: EntryChange = "timeline.entry/";
    /// Button of the panel: shows the whole description.
    ACTION_DESCRIPTION: IncidentId = "panel.description";
    /// Overflow of the panel, for what is done seldom.
    ACTION_MORE: PanelOption = "panel.more";
    /// Button: has the RCA document written, or brought up to date.
    ACTION_RCA_WRITE: IncidentId = "rca.write";
    /// Button: has the RCA document shared as a Markdown file.
    ACTION_RCA_MARKDOWN: IncidentId = "rca.markdown";
    /// Button: has the RCA document shared as an HTML file.
    ACTION_RCA_HTML: IncidentId = "rca.html";
    /// Button: exports the chat.
    ACTION_EXPORT: IncidentId = "export.start";
    /// Button: opens the dialog that archives the channel.
    ACTION_ARCHIVE: IncidentId = "archive.open";
    /// Button: has a new channel made in the place of an archived one.
    ACTION_NEW_CHANNEL: IncidentId = "archive.new_channel";
    /// Buttons that put reminders off begin with this, followed by the minutes.
    PUT_OFF_PREFIX: IncidentId = "reminders.put_off/";
    /// Button: stops the reminders.
    ACTION_STOP_REMINDERS: IncidentId = "reminders.stop";
    /// Button: puts the hint in the digest channel away. Its value is the hint's id.
    ACTION_DISMISS_HINT: Uuid = "chatter.dismiss";
    /// Button: calls off what is planned.
    ACTION_CALL_OFF: Uuid = "scheduler.call_off";
    /// Button of a list: the page before.
    ACTION_LIST_NEWER: ListPage = "list.newer";
    /// Button of a list: the page after.
    ACTION_LIST_OLDER: ListPage = "list.older";
    /// Button of the home: the page before. Its value is the id of the incident that the page ends before.
    ACTION_HOME_NEWER: IncidentId = "home.newer";
    /// Button of the home: the page after. Its value is the id of the incident that the page begins after.
    ACTION_HOME_OLDER: IncidentId = "home.older";
    /// Button: has what could not be done tried again.
    ACTION_RETRY: EntryOf = "problems.retry";
    /// Button: opens the form to page a team, about an incident or one that is to be chosen.
    ACTION_PAGE: Option<IncidentId> = "paging.open";
    /// Button: pages somebody who was not.
    ACTION_PAGE_ANYWAY: PageOf = "paging.anyway";
    /// Overflows of teams that are on call begin with this, followed by the team's id.
    ON_CALL_PREFIX: OnCallOption = "on_call.act/";
    /// Button: has PagerDuty read again.
    ACTION_REFRESH_ON_CALL: Nothing = "on_call.refresh";
    /// Button: resolves the pages of an incident in PagerDuty.
    ACTION_RESOLVE_PAGES: IncidentId = "paging.resolve";
    /// Button: polls the providers and re-renders their status.
    ACTION_RELOAD_UPSTREAM: IncidentId = "upstream.reload";
    /// Button: opens the form to publish on Statuspage, or to update what is published.
    ACTION_STATUSPAGE: IncidentId = "statuspage.open";
    /// Button: opens the form to say on Statuspage that it is over.
    ACTION_STATUSPAGE_RESOLVE: IncidentId = "statuspage.resolve";
    /// Button: leaves Statuspage as it is.
    ACTION_STATUSPAGE_LEAVE: IncidentId = "statuspage.leave";
    /// Buttons that only open a link begin with this; Slack reports their presses too.
    LINK_PREFIX: Nothing = "link.";
}

/// The slash command.
pub const COMMAND: &str = "/incident";
/// Field of the modal: what is happening.
pub const FIELD_DESCRIPTION: &str = "description";
/// Field of the modal: the severity.
pub const FIELD_SEVERITY: &str = "severity";
/// Field of the modal: whether the incident is private.
pub const FIELD_PRIVATE: &str = "private";
/// The one option of [`FIELD_PRIVATE`].
pub const OPTION_PRIVATE: &str = "private";
/// Fields that give a role to somebody begin with this, followed by the role's key.
pub const FIELD_ROLE_PREFIX: &str = "role/";
/// Field of a modal: which incident.
pub const FIELD_INCIDENT: &str = "incident";
/// Field of the modal: what is hit.
pub const FIELD_RESOURCES: &str = "resources";
/// Field of a modal: what people are told.
pub const FIELD_MESSAGE: &str = "message";
/// Modal: the entries of a timeline.
pub const VIEW_TIMELINE: &str = "timeline";
/// Field of a modal: a day.
pub const FIELD_DATE: &str = "date";
/// Field of a modal: a time of the day.
pub const FIELD_TIME: &str = "time";
/// Field of a modal: what is written down.
pub const FIELD_TEXT: &str = "text";
/// Modal: the whole description.
pub const VIEW_DESCRIPTION: &str = "description";
/// Field of the modal: the title.
pub const FIELD_TITLE: &str = "title";
/// Field of the modal: whether the channel gets another name too.
pub const FIELD_RENAME_CHANNEL: &str = "rename_channel";
/// The one option of [`FIELD_RENAME_CHANNEL`].
pub const OPTION_RENAME_CHANNEL: &str = "rename_channel";
/// Field of a modal: the status.
pub const FIELD_STATUS: &str = "status";
/// Field of a modal: a role.
pub const FIELD_ROLE: &str = "role";
/// Field of a modal: somebody.
pub const FIELD_PERSON: &str = "person";
/// Field of a modal: the team.
pub const FIELD_TEAM: &str = "team";
/// Field of a modal: how loud somebody is called.
pub const FIELD_URGENCY: &str = "urgency";
/// Field of the dialog that resolves: whether the pages are resolved too.
pub const FIELD_RESOLVE_PAGES: &str = "resolve_pages";
/// The one option of [`FIELD_RESOLVE_PAGES`].
pub const OPTION_RESOLVE_PAGES: &str = "resolve_pages";
/// Field of the modal: its name there.
pub const FIELD_NAME: &str = "name";
/// Field of the modal: how bad it is for customers.
pub const FIELD_IMPACT: &str = "impact";
/// Field of the modal: which components it is about.
pub const FIELD_COMPONENTS: &str = "components";
/// Fields that say how a component is begin with this, followed by the component's id.
pub const FIELD_COMPONENT_PREFIX: &str = "component/";
/// Field of the modal: whether subscribers are told.
pub const FIELD_NOTIFY: &str = "notify";

/// The block of a panel's selects: they keep a person's last choice until their block's id changes, so it ends in the
/// incident's revision.
pub fn panel_block(what: &str, incident: IncidentId, revision: i64) -> String {
    format!("{what}/{incident}/{revision}")
}

/// The incident that a block made by [`panel_block`] belongs to.
pub fn incident_of_block(block_id: &str) -> Option<IncidentId> {
    block_id.split('/').nth(1)?.parse().ok()
}
