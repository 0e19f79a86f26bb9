//! What happened in an incident, entry by entry. Entries are only ever added.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::paging::{NotSent, Urgency};
use crate::{Actor, Incident};

mod words;

/// What people write down happened at most this long before the declaration: an older date is a wrong one.
pub const MAX_BEFORE_DECLARED: TimeDelta = TimeDelta::days(30);

/// What an entry tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    /// The incident was declared.
    Declared {
        /// Key of the severity it began with.
        severity: String,
    },
    /// Its channel in Slack is there.
    ChannelCreated {
        /// Name of the channel, without `#`.
        name: String,
    },
    /// Somebody has a role now.
    RoleTaken {
        /// Key of the role.
        role: String,
        /// Slack's id of the person.
        user_id: String,
        /// Their name then.
        name: String,
        /// Name of the person who had it before.
        before: Option<String>,
    },
    /// Somebody has a role no more, and nobody has it now.
    RoleGivenUp {
        /// Key of the role.
        role: String,
        /// Slack's id of the person.
        user_id: String,
        /// Their name then.
        name: String,
    },
    /// Somebody who has a role cannot act any more: their account was closed, or they are a guest now.
    HolderLeft {
        /// Key of the role.
        role: String,
        /// Slack's id of the person.
        user_id: String,
        /// Their name then.
        name: String,
        /// Whether their account is open, and they are a guest.
        #[serde(default)]
        guest: bool,
    },
    /// The severity changed.
    SeverityChanged {
        /// Key of the severity before.
        from: String,
        /// Key of the severity now.
        to: String,
    },
    /// The status changed; resolving and reopening are changes of status too.
    StatusChanged {
        /// Key of the status before.
        from: String,
        /// Key of the status now.
        to: String,
    },
    /// Everybody was told where the incident stands.
    UpdateSent {
        /// What is hit, as it was typed; empty where nothing was said of it.
        resources: String,
        /// What they were told, as it was typed.
        message: String,
    },
    /// The title changed.
    TitleChanged {
        /// The title before.
        from: String,
        /// The title now.
        to: String,
    },
    /// The channel has another name.
    ChannelRenamed {
        /// The name now, without `#`.
        name: String,
    },
    /// The channel in which the causes are looked into is there.
    RcaChannelCreated {
        /// Name of the channel, without `#`.
        name: String,
    },
    /// The channel was archived.
    ChannelArchived {
        /// Name of the channel, without `#`.
        name: String,
    },
    /// The channel is open again.
    ChannelUnarchived {
        /// Name of the channel, without `#`.
        name: String,
    },
    /// Somebody wrote something down.
    Noted {
        /// What, as it was typed.
        text: String,
    },
    /// A message was pinned to the incident.
    Pinned {
        /// The message's `ts` in the channel.
        ts: String,
        /// Name of who wrote it.
        author: String,
        /// What it said then, as people read it; empty where it was only an image.
        text: String,
    },
    /// A message is not pinned to the incident any more.
    Unpinned {
        /// The message's `ts` in the channel.
        ts: String,
        /// Name of who wrote it.
        author: String,
    },
    /// A group of people was invited to the channel.
    GroupInvited {
        /// The group's handle, without `@`.
        group: String,
        /// How many of its people.
        people: u32,
    },
    /// Somebody may see the private incident now.
    AccessGranted {
        /// Slack's id of the person.
        user_id: String,
        /// Their name then.
        name: String,
    },
    /// People are not reminded to send updates for a while, or not at all.
    RemindersPaused {
        /// For how many minutes; `None` until somebody sends an update.
        minutes: Option<u32>,
    },
    /// Something that was planned was deleted.
    PlanDeleted {
        /// What.
        what: String,
    },
    /// What was written in the channel was put into a file.
    ChatExported {
        /// How many messages there were.
        messages: u32,
    },
    /// A provider told of an outage, or of a change of one.
    UpstreamChanged {
        /// What people call the provider.
        provider: String,
        /// What the outage is about.
        title: String,
        /// Where it stands, in the provider's words.
        state: String,
        /// Where the provider tells more.
        url: Option<String>,
    },
    /// It was published on Statuspage.
    StatuspagePublished {
        /// Its name there.
        name: String,
        /// Where it stands there.
        status: String,
        /// What customers read.
        message: String,
    },
    /// Something more was said on Statuspage; by nobody where it was said there.
    StatuspageUpdated {
        /// Where it stands there.
        status: String,
        /// What customers read.
        message: String,
    },
    /// Something was changed on Statuspage itself.
    StatuspageChanged {
        /// What, as the end of a sentence.
        what: String,
    },
    /// PagerDuty calls a team, or somebody of it.
    Paged {
        /// Name of the team.
        team: String,
        /// Name of the one person who is called, where not the whole team is.
        person: Option<String>,
        /// How loud.
        urgency: Urgency,
        /// Names of those who are called first.
        called: Vec<String>,
        /// Label of the severity that it follows from, where nobody asked for it.
        severity: Option<String>,
        /// The page in PagerDuty.
        url: Option<String>,
    },
    /// PagerDuty does not take a page yet; it is tried on.
    PageDelayed {
        /// Whom it calls.
        whom: String,
        /// Why.
        reason: String,
        /// For how many minutes more it is tried.
        minutes: u32,
    },
    /// A page was not sent, because nobody needed it any more.
    PageWithdrawn {
        /// Whom it would have called.
        whom: String,
        /// Why not; entries of before say nothing of it.
        #[serde(default)]
        because: Option<NotSent>,
    },
    /// Somebody has taken a page.
    PageAcknowledged {
        /// Whom it called.
        whom: String,
        /// Name of who took it; empty where PagerDuty does not say.
        by: String,
        /// How many minutes it took.
        minutes: u32,
    },
    /// Nobody has a page any more who had taken it: PagerDuty calls people again.
    PageOpenAgain {
        /// Whom it calls.
        whom: String,
    },
    /// Nobody has taken a page.
    PageUnacknowledged {
        /// Whom it calls.
        whom: String,
        /// For how many minutes.
        minutes: u32,
    },
    /// A page is over.
    PageResolved {
        /// Whom it called.
        whom: String,
        /// Who said so in PagerDuty; empty where it was said here.
        by: String,
    },
    /// Somebody was invited to the channel by somebody else.
    PersonInvited {
        /// Slack's id of the person.
        user_id: String,
        /// Their name then.
        name: String,
    },
    /// The RCA document was written.
    RcaDocumentWritten {
        /// Title of the page.
        title: String,
        /// Where people read it.
        url: String,
        /// Whether it had been there before.
        again: bool,
    },
    /// Something could not be done.
    Problem {
        /// What, why and what to do, in one or two sentences.
        sentence: String,
        /// The job that did not do it, where it can be tried again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        job: Option<Uuid>,
        /// Whether it is about the RCA document, and said in the RCA channel where there is one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        in_rca: bool,
    },
    /// Somebody has what could not be done tried again.
    TriedAgain {
        /// What the problem was, as it was said.
        problem: String,
    },
    /// The incident came from incident-bot 0.8.2.
    ImportedFrom {
        /// What it was called there.
        name: String,
        /// Its tags there.
        tags: Vec<String>,
        /// What of it has no place here, in sentences.
        kept: Vec<String>,
    },
    /// incident-bot 0.8.2 wrote this by itself.
    Imported {
        /// What kind of entry it is, such as `status`.
        what: String,
        /// Its text.
        text: String,
        /// Whether what it says came true: 0.8.2 wrote some entries before it tried. `None` where that is not in question.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took_effect: Option<bool>,
    },
    /// Something that a newer release wrote.
    #[serde(other)]
    Unknown,
}

/// An entry of a timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEntry {
    /// Its id.
    pub id: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: Actor,
    /// What happened.
    pub happening: Happening,
}

impl TimelineEntry {
    /// Whether somebody may change or delete it: who wrote it down, and whoever has a role in the incident. What
    /// incident-bot wrote stays as it is.
    pub fn may_be_changed_by(&self, actor: &Actor, incident: &Incident) -> bool {
        let has_role = || {
            let user = actor.slack_user_id();
            user.is_some_and(|user| incident.roles.iter().any(|holder| holder.user_id == user))
        };
        matches!(self.happening, Happening::Noted { .. }) && (self.actor.is(actor) || has_role())
    }
}

impl Happening {
    /// The word that stands for it in the database.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Declared { .. } => "declared",
            Self::ChannelCreated { .. } => "channel_created",
            Self::RoleTaken { .. } => "role_taken",
            Self::RoleGivenUp { .. } => "role_given_up",
            Self::HolderLeft { .. } => "holder_left",
            Self::SeverityChanged { .. } => "severity_changed",
            Self::StatusChanged { .. } => "status_changed",
            Self::UpdateSent { .. } => "update_sent",
            Self::TitleChanged { .. } => "title_changed",
            Self::ChannelRenamed { .. } => "channel_renamed",
            Self::RcaChannelCreated { .. } => "rca_channel_created",
            Self::ChannelArchived { .. } => "channel_archived",
            Self::ChannelUnarchived { .. } => "channel_unarchived",
            Self::Noted { .. } => "noted",
            Self::Pinned { .. } => "pinned",
            Self::Unpinned { .. } => "unpinned",
            Self::GroupInvited { .. } => "group_invited",
            Self::AccessGranted { .. } => "access_granted",
            Self::RemindersPaused { .. } => "reminders_paused",
            Self::PlanDeleted { .. } => "plan_deleted",
            Self::ChatExported { .. } => "chat_exported",
            Self::UpstreamChanged { .. } => "upstream_changed",
            Self::StatuspagePublished { .. } => "statuspage_published",
            Self::StatuspageUpdated { .. } => "statuspage_updated",
            Self::StatuspageChanged { .. } => "statuspage_changed",
            Self::Paged { .. } => "paged",
            Self::PageDelayed { .. } => "page_delayed",
            Self::PageWithdrawn { .. } => "page_withdrawn",
            Self::PageAcknowledged { .. } => "page_acknowledged",
            Self::PageOpenAgain { .. } => "page_open_again",
            Self::PageUnacknowledged { .. } => "page_unacknowledged",
            Self::PageResolved { .. } => "page_resolved",
            Self::PersonInvited { .. } => "person_invited",
            Self::RcaDocumentWritten { .. } => "rca_document_written",
            Self::Problem { .. } => "problem",
            Self::TriedAgain { .. } => "tried_again",
            Self::ImportedFrom { .. } => "imported_from",
            Self::Imported { .. } => "imported",
            Self::Unknown => "unknown",
        }
    }
}
