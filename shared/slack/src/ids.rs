//! The ids by which the gateway recognises what the worker drew: of shortcuts, modals, buttons and fields.
//!
//! A shortcut's id is part of the app's manifest and the same as in 0.8.2, so that an existing app goes on working.

use std::fmt;
use std::str::FromStr;

use domain::IncidentId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
/// Button where the form to declare did not open: declares without it. Its value holds what was typed.
pub const ACTION_DECLARE_NOW: &str = "declare.now";
/// Button where a form did not open: opens it. Its value holds which form, and what was typed.
pub const ACTION_OPEN_FORM: &str = "form.open";
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
/// Button with an incident's id: opens a resolved one again.
pub const ACTION_REOPEN: &str = "status.reopen";
/// Modal: resolve an incident.
pub const VIEW_RESOLVE: &str = "resolve";

/// Button of the panel: take a role. Its value is [`role_value`].
pub const ACTION_CLAIM: &str = "roles.claim";
/// Overflow of the panel: [`OPTION_TAKE_OVER`] or [`OPTION_GIVE_UP`] before a `/` and [`held_role_value`].
pub const ACTION_ROLE: &str = "roles.held";
/// Option of [`ACTION_ROLE`]: take the role from whoever has it.
pub const OPTION_TAKE_OVER: &str = "take_over";
/// Option of [`ACTION_ROLE`]: give the role up.
pub const OPTION_GIVE_UP: &str = "give_up";
/// Selects of the panel that give a role that nobody holds to somebody begin with this, followed by the role's key.
pub const ASSIGN_PREFIX: &str = "roles.assign/";
/// Selects of the panel that give a role that somebody holds to somebody else begin with this, followed by
/// [`held_role_value`].
pub const REASSIGN_PREFIX: &str = "roles.reassign/";
/// Button: gives a role to somebody in the place of its holder. Its value is [`Replacement`].
pub const ACTION_REPLACE_HOLDER: &str = "roles.replace";
/// Button: takes a role from its holder. Its value is [`held_role_value`].
pub const ACTION_REMOVE_HOLDER: &str = "roles.remove";
/// Modal: confirm that a role gets another holder. It is about a [`Replacement`].
pub const VIEW_REPLACE_HOLDER: &str = "roles.replace";
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

/// Button of the digest: ask to be let into a private incident. Its value is the incident's id.
pub const ACTION_REQUEST_ACCESS: &str = "access.request";
/// Button: let somebody into a private incident. Its value is the request's id.
pub const ACTION_ACCESS_GRANT: &str = "access.grant";
/// Button: do not let somebody in. Its value is the request's id.
pub const ACTION_ACCESS_DECLINE: &str = "access.decline";
/// Button of a direct message: the person of the console is me. Its value is the question's id.
pub const ACTION_CONNECT_YES: &str = "connect.yes";
/// Button of a direct message: the person of the console is not me. Its value is the question's id.
pub const ACTION_CONNECT_NO: &str = "connect.no";
/// Button: opens the timeline. Its value is the incident's id.
pub const ACTION_TIMELINE: &str = "timeline.open";
/// Modal: which incident's timeline.
pub const VIEW_TIMELINE_CHOOSE: &str = "timeline.choose";
/// Modal: the entries of a timeline.
pub const VIEW_TIMELINE: &str = "timeline";
/// Button of the timeline: opens the form for a new entry. Its value is the incident's id.
pub const ACTION_TIMELINE_ADD: &str = "timeline.add";
/// Button of the timeline: the page before. Its value is [`page_value`].
pub const ACTION_TIMELINE_EARLIER: &str = "timeline.earlier";
/// Button of the timeline: the page after. Its value is [`page_value`].
pub const ACTION_TIMELINE_LATER: &str = "timeline.later";
/// Overflows of the timeline's entries begin with this, followed by the entry's id. Their values are [`OPTION_EDIT`] or
/// [`OPTION_DELETE`] before a `/` and [`entry_value`].
pub const TIMELINE_ENTRY_PREFIX: &str = "timeline.entry/";
/// Option of an entry: change it.
pub const OPTION_EDIT: &str = "edit";
/// Option of an entry: delete it.
pub const OPTION_DELETE: &str = "delete";
/// Modal: write an entry of the timeline.
pub const VIEW_TIMELINE_ENTRY: &str = "timeline.entry";
/// Modal: delete an entry of the timeline.
pub const VIEW_TIMELINE_DELETE: &str = "timeline.delete";
/// Field of a modal: a day.
pub const FIELD_DATE: &str = "date";
/// Field of a modal: a time of the day.
pub const FIELD_TIME: &str = "time";
/// Field of a modal: what is written down.
pub const FIELD_TEXT: &str = "text";

/// Modal: the whole description.
pub const VIEW_DESCRIPTION: &str = "description";
/// Button of the panel: shows the whole description. Its value is the incident's id.
pub const ACTION_DESCRIPTION: &str = "panel.description";
/// Overflow of the panel, for what is done seldom. Its values are what to do before a `/` and the incident's id.
pub const ACTION_MORE: &str = "panel.more";
/// Option of [`ACTION_MORE`]: change the title.
pub const OPTION_RENAME: &str = "rename";
/// Option of [`ACTION_MORE`]: export the chat.
pub const OPTION_EXPORT: &str = "export";
/// Option of [`ACTION_MORE`]: write the RCA document.
pub const OPTION_RCA: &str = "rca";
/// Button: has the RCA document written, or brought up to date. Its value is the incident's id.
pub const ACTION_RCA_WRITE: &str = "rca.write";
/// Button: has the RCA document shared as a Markdown file. Its value is the incident's id.
pub const ACTION_RCA_MARKDOWN: &str = "rca.markdown";
/// Button: has the RCA document shared as an HTML file. Its value is the incident's id.
pub const ACTION_RCA_HTML: &str = "rca.html";
/// Button: exports the chat. Its value is the incident's id.
pub const ACTION_EXPORT: &str = "export.start";
/// Modal: change the title.
pub const VIEW_RENAME: &str = "rename";
/// Field of the modal: the title.
pub const FIELD_TITLE: &str = "title";
/// Field of the modal: whether the channel gets another name too.
pub const FIELD_RENAME_CHANNEL: &str = "rename_channel";
/// The one option of [`FIELD_RENAME_CHANNEL`].
pub const OPTION_RENAME_CHANNEL: &str = "rename_channel";

/// A page of something long about an incident, from 0 on.
pub fn page_value(incident: IncidentId, page: usize) -> String {
    format!("{incident}/{page}")
}

/// The incident and the page that [`page_value`] made one value of.
pub fn page_of_value(value: &str) -> Option<(IncidentId, usize)> {
    let (incident, page) = value.split_once('/')?;
    Some((incident.parse().ok()?, page.parse().ok()?))
}

/// An entry of an incident's timeline.
pub fn entry_value(incident: IncidentId, entry: Uuid) -> String {
    format!("{incident}/{entry}")
}

/// The incident and the entry that [`entry_value`] made one value of; no entry where the value is only the incident's id.
pub fn entry_of_value(value: &str) -> Option<(IncidentId, Option<Uuid>)> {
    match value.split_once('/') {
        Some((incident, entry)) => Some((incident.parse().ok()?, Some(entry.parse().ok()?))),
        None => Some((value.parse().ok()?, None)),
    }
}

/// Option of [`ACTION_MORE`]: archive the channel.
pub const OPTION_ARCHIVE: &str = "archive";
/// Button: opens the dialog that archives the channel. Its value is the incident's id.
pub const ACTION_ARCHIVE: &str = "archive.open";
/// Modal: archive the channel of an incident.
pub const VIEW_ARCHIVE: &str = "archive";
/// Button: has a new channel made in the place of an archived one. Its value is the incident's id.
pub const ACTION_NEW_CHANNEL: &str = "archive.new_channel";

/// Buttons that put reminders off begin with this, followed by the minutes. Their value is the incident's id.
pub const PUT_OFF_PREFIX: &str = "reminders.put_off/";
/// Button: stops the reminders. Its value is the incident's id.
pub const ACTION_STOP_REMINDERS: &str = "reminders.stop";

/// Button: puts the hint in the digest channel away. Its value is the hint's id.
pub const ACTION_DISMISS_HINT: &str = "chatter.dismiss";

/// Button: calls off what is planned. Its value is the job's id.
pub const ACTION_CALL_OFF: &str = "scheduler.call_off";
/// Field of a modal: the status.
pub const FIELD_STATUS: &str = "status";
/// Field of a modal: a role.
pub const FIELD_ROLE: &str = "role";
/// Field of a modal: somebody.
pub const FIELD_PERSON: &str = "person";
/// Modal: set the severity of an incident that is to be chosen.
pub const VIEW_SEVERITY: &str = "severity";
/// Modal: set the status of an incident that is to be chosen.
pub const VIEW_STATUS: &str = "status";
/// Modal: choose the incident for what was typed elsewhere than in its channel.
pub const VIEW_WHICH: &str = "which";
/// Modal: give somebody a role in an incident that is to be chosen.
pub const VIEW_ROLE: &str = "role";

/// Button of a list: the page before. Its value is [`list_value`].
pub const ACTION_LIST_NEWER: &str = "list.newer";
/// Button of a list: the page after. Its value is [`list_value`].
pub const ACTION_LIST_OLDER: &str = "list.older";
/// Button of the home: the page before. Its value is the id of the incident that the page ends before.
pub const ACTION_HOME_NEWER: &str = "home.newer";
/// Button of the home: the page after. Its value is the id of the incident that the page begins after.
pub const ACTION_HOME_OLDER: &str = "home.older";

/// The incident beside a page of a list, and which incidents are listed.
pub fn list_value(open: bool, incident: IncidentId) -> String {
    format!("{}/{incident}", if open { "open" } else { "all" })
}

/// Whether only open incidents are listed, and the incident, that [`list_value`] made one value of.
pub fn list_of_value(value: &str) -> Option<(bool, IncidentId)> {
    let (which, incident) = value.split_once('/')?;
    Some((which == "open", incident.parse().ok()?))
}
/// Button: has what could not be done tried again. Its value is [`entry_value`] of the problem's entry in the timeline.
pub const ACTION_RETRY: &str = "problems.retry";

/// Button: opens the form to page a team. Its value is the incident's id, or empty where one is to be chosen.
pub const ACTION_PAGE: &str = "paging.open";
/// Pages somebody who was not; its value is [`entry_value`] with the page's id.
pub const ACTION_PAGE_ANYWAY: &str = "paging.anyway";
/// Overflows of teams that are on call begin with this, followed by the team's id. Their values are one of the options below,
/// before a `/` and PagerDuty's or Slack's ids.
pub const ON_CALL_PREFIX: &str = "on_call.act/";
/// Option of [`ON_CALL_PREFIX`]: page the team.
pub const OPTION_PAGE_TEAM: &str = "page";
/// Option of [`ON_CALL_PREFIX`]: page somebody of it.
pub const OPTION_PAGE_PERSON: &str = "page_person";
/// Option of [`ON_CALL_PREFIX`]: invite somebody to an incident.
pub const OPTION_INVITE_PERSON: &str = "invite";
/// Option of [`ON_CALL_PREFIX`]: read PagerDuty again.
pub const OPTION_REFRESH: &str = "refresh";
/// Button: has PagerDuty read again.
pub const ACTION_REFRESH_ON_CALL: &str = "on_call.refresh";
/// Modal: page a team. It is about PagerDuty's id of the person who is paged alone, or about nothing.
pub const VIEW_PAGE: &str = "page";
/// Modal: who will be called.
pub const VIEW_PAGE_CONFIRM: &str = "page.confirm";
/// Modal: invite somebody to an incident that is to be chosen. It is about Slack's id of the person.
pub const VIEW_INVITE_PERSON: &str = "invite_person";
/// Field of a modal: the team.
pub const FIELD_TEAM: &str = "team";
/// Field of a modal: how loud somebody is called.
pub const FIELD_URGENCY: &str = "urgency";
/// Button: resolves the pages of an incident in PagerDuty. Its value is the incident's id.
pub const ACTION_RESOLVE_PAGES: &str = "paging.resolve";
/// Field of the dialog that resolves: whether the pages are resolved too.
pub const FIELD_RESOLVE_PAGES: &str = "resolve_pages";
/// The one option of [`FIELD_RESOLVE_PAGES`].
pub const OPTION_RESOLVE_PAGES: &str = "resolve_pages";

/// Button: has the providers looked at and what they say drawn anew. Its value is the incident's id.
pub const ACTION_RELOAD_UPSTREAM: &str = "upstream.reload";

/// Button: opens the form to publish on Statuspage, or to update what stands there. Its value is the incident's id.
pub const ACTION_STATUSPAGE: &str = "statuspage.open";
/// Button: opens the form to say on Statuspage that it is over. Its value is the incident's id.
pub const ACTION_STATUSPAGE_RESOLVE: &str = "statuspage.resolve";
/// Button: leave Statuspage as it is. Its value is the incident's id.
pub const ACTION_STATUSPAGE_LEAVE: &str = "statuspage.leave";
/// Modal: what is published on Statuspage.
pub const VIEW_STATUSPAGE: &str = "statuspage";
/// Modal: confirm what is published on Statuspage.
pub const VIEW_STATUSPAGE_CONFIRM: &str = "statuspage.confirm";
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

/// A role in an incident.
pub fn role_value(incident: IncidentId, role: &str) -> String {
    format!("{incident}/{role}")
}

/// The incident and the role that [`role_value`] made one value of.
pub fn role_of_value(value: &str) -> Option<(IncidentId, &str)> {
    let (incident, role) = value.split_once('/')?;
    Some((incident.parse().ok()?, role))
}

/// A role and who was seen holding it, by Slack id: whoever acts on it means this holder and no later one.
pub fn held_role_value(incident: IncidentId, role: &str, holder: &str) -> String {
    format!("{incident}/{holder}/{role}")
}

/// The incident, the role and its holder that [`held_role_value`] made one value of.
pub fn held_role_of_value(value: &str) -> Option<(IncidentId, &str, &str)> {
    let (incident, rest) = value.split_once('/')?;
    let (holder, role) = rest.split_once('/')?;
    Some((incident.parse().ok()?, role, holder))
}

/// Somebody who is to hold a role in the place of somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// In this incident.
    pub incident: IncidentId,
    /// Key of the role.
    pub role: String,
    /// Slack id of whoever was seen holding it.
    pub holder: String,
    /// Slack id of whoever is to hold it.
    pub person: String,
}

impl fmt::Display for Replacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.incident, self.holder, self.person, self.role)
    }
}

/// A value that no [`Replacement`] was made into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a role and its holders")]
pub struct NotAReplacement;

impl FromStr for Replacement {
    type Err = NotAReplacement;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let mut parts = value.splitn(4, '/');
        let mut next = || parts.next().ok_or(NotAReplacement);
        let (incident, holder, person, role) = (next()?, next()?, next()?, next()?);
        Ok(Self {
            incident: incident.parse().map_err(|_| NotAReplacement)?,
            role: role.to_owned(),
            holder: holder.to_owned(),
            person: person.to_owned(),
        })
    }
}

/// Buttons that only open a link begin with this; Slack tells of their presses too.
pub const LINK_PREFIX: &str = "link.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replacement_comes_back() {
        let replacement = Replacement {
            incident: IncidentId(Uuid::from_u128(7)),
            role: "on/call lead".to_owned(),
            holder: "U1".to_owned(),
            person: "U2".to_owned(),
        };
        assert_eq!(replacement.to_string().parse(), Ok(replacement));
        assert_eq!("7/U1".parse::<Replacement>(), Err(NotAReplacement));
        let incident = IncidentId(Uuid::from_u128(7));
        let value = held_role_value(incident, "on/call lead", "U1");
        assert_eq!(held_role_of_value(&value), Some((incident, "on/call lead", "U1")));
    }
}
