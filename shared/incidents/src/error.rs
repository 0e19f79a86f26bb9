//! Why a command was not carried out.

use domain::settings::Role;
use domain::text::{clean, is_visible};
use thiserror::Error;

use crate::JobCommandError;

/// Why nothing was changed. The text is for whoever asked, unless [`Self::is_refusal`] says that it is a failure.
#[derive(Debug, Error)]
pub enum CommandError {
    /// It is not there, or the actor may not see it; the two are not told apart.
    #[error("There is no such incident, or you are not in it.")]
    NoIncident,
    /// The severity was removed from the settings meanwhile, or never was one.
    #[error("The severity “{0}” no longer exists; choose another.")]
    UnknownSeverity(String),
    /// The status was removed from the settings meanwhile, or never was one.
    #[error("The status “{0}” no longer exists; choose another.")]
    UnknownStatus(String),
    /// The role was removed from the settings meanwhile, or never was one.
    #[error("The role “{0}” no longer exists.")]
    UnknownRole(String),
    /// Somebody holds the role whom the actor did not mean to replace.
    #[error("{} is already {label}.", .holder.name)]
    RoleHeld {
        /// The role as people know it.
        label: String,
        /// Who holds it; its role is the key.
        holder: domain::RoleHolder,
    },
    /// Somebody who could not act in it.
    #[error("{} can't hold a role: {}", .person.name, .person.why)]
    CannotHoldRole {
        /// Key of the role.
        role: String,
        /// Who was chosen.
        person: UnableToAct,
    },
    /// Somebody who could not act in the incident.
    #[error("{} can't be invited: {}", .0.name, .0.why)]
    CannotBeInvited(UnableToAct),
    /// Nobody holds the role.
    #[error("Nobody has the role {0}.")]
    RoleNotHeld(String),
    /// Roles have to be held to resolve, and nobody holds these.
    #[error("To resolve the incident, assign {} first.", labels(.0))]
    MissingRoles(Vec<Role>),
    /// The actor may see the private incident already.
    #[error("You already have access to this incident; look for its channel in your list of channels.")]
    AccessAlready,
    /// The actor asked to see the private incident before, and nobody has decided yet.
    #[error("You already requested access. You'll get a direct message when it's approved or declined.")]
    AccessAskedBefore,
    /// The private incident has no channel in which its people could be asked.
    #[error("Its channel is closed, so nobody can be asked there. Ask a Slack admin.")]
    NobodyToAsk,
    /// Somebody else was quicker.
    #[error("{by} already {} this request.", if *.granted { "approved" } else { "declined" })]
    AccessDecided {
        /// Who decided.
        by: String,
        /// What.
        granted: bool,
    },
    /// The incident is resolved, or too mild: nobody is reminded of its updates.
    #[error("This incident has no update reminders now, so there is nothing to snooze.")]
    NoReminders,
    /// Only the channel of a resolved incident is archived.
    #[error("The incident is open. Resolve it before you archive its channel.")]
    NotResolved,
    /// Only a resolved incident is reopened.
    #[error("The incident is already open.")]
    OpenAlready,
    /// The incident has no channel yet.
    #[error("The incident has no channel yet; it is being created. Try again in a moment.")]
    NoChannel,
    /// The channel is already archived.
    #[error("The channel is already archived.")]
    ChannelArchived,
    /// The bot is not in the channel any more, or it was deleted.
    #[error("incident-bot can't use the channel. Invite it back, or create a new channel.")]
    ChannelLost,
    /// The channel is open, so no new one is needed.
    #[error("The channel of this incident is usable again; no new one is needed.")]
    ChannelOpen,
    /// Somebody had a new channel made before.
    #[error("A new channel was made for this incident already; no other one is needed.")]
    ChannelMadeAnew,
    /// There is no such job, or it has begun.
    #[error("Nothing with this ID is scheduled. “scheduler list” shows what is.")]
    NothingPlanned,
    /// A text is needed and none was given.
    #[error("Enter some text.")]
    EmptyText,
    /// A text is too long.
    #[error("That is {length} characters long; the limit is {most}.")]
    TextTooLong {
        /// How long it is.
        length: usize,
        /// How long it may be.
        most: usize,
    },
    /// The request's key stands for something else that was done.
    #[error(
        "Your first submission was applied; this one is different and was not. Check the incident, then send it again."
    )]
    OtherContent,
    /// What is noted happened so long before the declaration that the date must be wrong.
    #[error("That is more than {0} days before the incident was declared. Check the date.")]
    LongBefore(i64),
    /// What is noted has to have happened already.
    #[error("That time is in the future. Choose a time in the past.")]
    NotYet {
        /// Whether the day is right: it is today in the company's zone, and only the time is wrong.
        today: bool,
    },
    /// The entry of the timeline was deleted meanwhile, or never was one.
    #[error("This entry no longer exists.")]
    NoEntry,
    /// The entry of the timeline is somebody else's and the actor has no role in the incident, or it is nobody's.
    #[error("Only the author of an entry and people with a role in the incident can change or delete it.")]
    NotYourEntry,
    /// Slack has not made the channel yet.
    #[error("The channel is not ready yet. Try again in a moment.")]
    ChannelNotReady,
    /// Nothing can be posted in an archived channel.
    #[error("The channel is archived. Unarchive it in Slack first.")]
    ChannelIsArchived,
    /// The chat is being exported already.
    #[error("The chat is already being exported. The file will be posted in the channel when it's ready.")]
    ExportUnderWay,
    /// No workers publish on a status page.
    #[error("Statuspage is not enabled.")]
    StatuspageOff,
    /// Only the people of some user groups may publish.
    #[error("Only people in {} may publish on Statuspage. Ask one of them.", .0.join(" or "))]
    MayNotPublish(Vec<String>),
    /// Nobody knows who may publish.
    #[error(
        "Nobody may publish on Statuspage, because the setting that says who may can't be read. Ask an admin to \
         correct it."
    )]
    PublishersUnknown,
    /// It was published before, or is being published.
    #[error("It's already on Statuspage, or is being published. Its message in the channel has a button to update it.")]
    OnStatuspageAlready,
    /// There is nothing that could be updated.
    #[error("It's not on Statuspage, or is already resolved there.")]
    NotOnStatuspage,
    /// What was written is not kept any more.
    #[error("Your draft has expired. Go back and press Next again.")]
    DraftGone,
    /// Statuspage would not take it.
    #[error(transparent)]
    Draft(#[from] domain::statuspage::DraftError),
    /// PagerDuty is not switched on.
    #[error("PagerDuty is not enabled, so nobody can be paged. Ask whoever runs incident-bot to set it up.")]
    NoPaging,
    /// The team is not in PagerDuty any more.
    #[error("This team is no longer in PagerDuty; choose another.")]
    NoTeam,
    /// Page not found of the incident.
    #[error("This page no longer exists, so nobody was called. Use “Page a team” instead.")]
    NoPage,
    /// Another page calls the same people.
    #[error(
        "There is already an open page to {0}, so nobody was called again. To call somebody else, use “Page a team”."
    )]
    PagedAlready(String),
    /// The pages of an open incident are not resolved with it.
    #[error("The incident is open again, so its pages stay open too. Resolve them in PagerDuty if nobody is needed.")]
    PagesStay,
    /// PagerDuty has no service for the team.
    #[error(
        "{team} cannot be paged: {reason}. Page another team, or have it set up in PagerDuty and press Refresh below `/incident pager`."
    )]
    CannotBePaged {
        /// Its name.
        team: String,
        /// Why not.
        reason: &'static str,
    },
    /// The request came too long after who would be called was shown.
    #[error(
        "Not paged: too much time passed since you were shown who would be called. Go back, check who will be called, and press Page again."
    )]
    PageExpired,
    /// The person is not on call any more.
    #[error("They are no longer on call for {0}. Page the team, or check who is on call now.")]
    NotOnCall(String),
    /// Nobody is called for an incident that is over.
    #[error("The incident is resolved, so nobody was paged. Reopen it first.")]
    ResolvedAlready,
    /// What could not be done is being tried again, or is done meanwhile.
    #[error("This is already being retried, or is done.")]
    TriedAlready,
    /// There is no such question, or whom it is about is there no longer.
    #[error("This question is no longer open.")]
    NoQuestion,
    /// Somebody else was asked.
    #[error("Somebody else was asked, so only they can answer.")]
    NotAsked,
    /// It was answered already.
    #[error("You already answered.")]
    AnsweredBefore,
    /// It waited too long for its answer.
    #[error("This question has expired. Press “Connect Slack” in the console again, and answer within 15 minutes.")]
    QuestionExpired,
    /// The person of the console and the one in Slack do not have the same e-mail any more.
    #[error("Your e-mail in Slack and the one in the console no longer match, so nothing was connected. Ask an admin.")]
    EmailChanged,
    /// The one in Slack is another person of the console.
    #[error("Another console account is already connected with you, so nothing was changed. Ask an admin.")]
    ConnectedOtherwise,
    /// Confluence is not set up.
    #[error("Confluence is not set up. Export the document as a file instead.")]
    NoConfluence,
    /// Everybody in Confluence's space could read it.
    #[error("This incident is private, and others could read its document in Confluence. Export it as a file.")]
    PrivateDocument,
    /// The database failed: whether anything was changed is not known. The same request may be sent again.
    #[error("the change could not be recorded: {0}")]
    Store(#[from] store::Error),
    /// The jobs could not be recorded: nothing was changed.
    #[error("the change's jobs could not be recorded: {0}")]
    Jobs(#[from] queue::EnqueueError),
}

impl From<JobCommandError> for CommandError {
    fn from(error: JobCommandError) -> Self {
        match error {
            JobCommandError::Store(error) => Self::Store(error),
            JobCommandError::Jobs(error) => Self::Jobs(error),
        }
    }
}

impl CommandError {
    /// Whether the request was wrong, and its sentence helps whoever asked; else something failed, and the same request may
    /// be sent again.
    pub fn is_refusal(&self) -> bool {
        !matches!(self, Self::Store(_) | Self::Jobs(_))
    }
}

fn labels(roles: &[Role]) -> String {
    let labels: Vec<_> = roles.iter().map(|role| role.label.as_str()).collect();
    labels.join(" and ")
}

/// Text that somebody typed, without blanks around it and without what [`clean`] takes away, if something of it can be seen
/// and it fits.
pub(crate) fn typed(text: &str, most: usize) -> Result<String, CommandError> {
    let text = clean(text).trim().to_owned();
    let length = text.chars().count();
    if !is_visible(&text) {
        Err(CommandError::EmptyText)
    } else if length > most {
        Err(CommandError::TextTooLong { length, most })
    } else {
        Ok(text)
    }
}

/// The same where nothing may be typed.
pub(crate) fn typed_or_empty(text: &str, most: usize) -> Result<String, CommandError> {
    match typed(text, most) {
        Err(CommandError::EmptyText) => Ok(String::new()),
        typed => typed,
    }
}

/// Somebody who cannot act in incidents, so that they are given no role and are not invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnableToAct {
    /// Who.
    pub name: String,
    /// Why, and what to do instead.
    pub why: WhyUnable,
}

/// Why somebody cannot act in incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WhyUnable {
    /// An app, or an account that is deactivated.
    #[error("it's an app or a deactivated account. Choose a person.")]
    Nobody,
    /// Of another workspace, whose people may not act by the settings.
    #[error(
        "they're from another workspace. Choose somebody from this one, or ask an admin to let other workspaces act."
    )]
    Outsider,
    /// A guest, who may not act by the settings.
    #[error("they're a guest. Choose a member, or ask an admin to let guests act.")]
    Guest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_not_kept() {
        assert_eq!(typed(" DB\u{202e} down\u{200b} ", 10).unwrap(), "DB down");
        assert!(matches!(typed("\u{200b} \u{2800}", 10), Err(CommandError::EmptyText)));
        assert!(matches!(
            typed("ab", 1),
            Err(CommandError::TextTooLong { length: 2, most: 1 })
        ));
        assert_eq!(typed_or_empty(" \u{200b}", 10).unwrap(), "");
    }
}
