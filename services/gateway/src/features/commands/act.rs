//! Does what somebody asked for, and says what came of it.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use domain::description::cut_at_word;
use domain::paging::listed;
use domain::timeline::TimelineEntry;
use domain::{Actor, Incident, Settings};
use incidents::{CommandError, MAX_UPDATE, Replaces, Request, Update};
use jobs::payloads::slack::{Offer, RcaFormat};
use slack::Message;
use slack::blocks::{button, button_of, buttons, primary, section};
use slack::ids;
use slack::text::{escape, from_slack, mentioned_ids, moment};

use super::choose::{Named, list, named};
use super::jokes::joke;
use super::planned;
use super::which::Task;
use super::words::{Holder, Wish, role};
use crate::Gateway;
use crate::features::incident::incident_of_channel;
use crate::features::{rca, roles, statuspage};
use crate::forms::Form;

/// How many entries of a timeline are told.
const ENTRIES: usize = 10;
/// The most characters of one of them.
const ENTRY: usize = 180;
/// The most characters that are repeated of words that are not understood.
const MAX_UNKNOWN: usize = 60;

/// Who asks, where, and what.
#[derive(Clone, Debug)]
pub(crate) struct Asked<'a> {
    /// Slack's id of the person.
    pub(crate) user: &'a str,
    /// The channel's id.
    pub(crate) channel: &'a str,
    /// The same when Slack sends it again.
    pub(crate) key: String,
    /// Whether others read the answer.
    pub(crate) in_public: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Came {
    /// An answer.
    Said(Reply),
    /// The help is wanted.
    Help,
    /// These words are not understood; the help says what is.
    Unknown(String),
    /// A list is wanted.
    List { open: bool },
    /// It is to be said what the bot has and lacks.
    Diag,
    /// A form is wanted.
    Open(Form),
    /// It is to be said who is on call, of the teams that have all of these words.
    OnCall(Vec<String>),
}

/// An answer, in mrkdwn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) text: String,
    pub(crate) offers: Vec<Offer>,
}

impl Reply {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            offers: Vec::new(),
        }
    }

    /// As a message.
    pub(crate) fn message(&self) -> Message {
        let mut blocks = vec![section(self.text.clone())];
        let offers = self.offers.iter().map(|offer| match offer {
            Offer::Declare => primary(button(ids::ACTION_DECLARE, "Start a new incident")),
            Offer::Update(id) => button_of(ids::ACTION_UPDATE, "Send update", id.to_string()),
            Offer::Page(id) => slack::on_call::page_button(*id),
            Offer::Resolve(id) => button_of(ids::ACTION_RESOLVE, "Resolve", id.to_string()),
            Offer::Archive(id) => button_of(ids::ACTION_ARCHIVE, "Archive channel…", id.to_string()),
            Offer::Statuspage(id) => button_of(ids::ACTION_STATUSPAGE, "Statuspage…", id.to_string()),
            Offer::RcaFile(id, RcaFormat::Markdown) => {
                button_of(ids::ACTION_RCA_MARKDOWN, "Markdown file", id.to_string())
            }
            Offer::RcaFile(id, RcaFormat::Html) => button_of(ids::ACTION_RCA_HTML, "HTML file", id.to_string()),
            Offer::ReplaceHolder {
                incident,
                role,
                holder,
                person,
                label,
            } => slack::roles::replace_button(*incident, role, holder, person, label),
            Offer::RemoveHolder {
                incident,
                role,
                holder,
                label,
            } => slack::roles::remove_button(*incident, role, holder, label),
            Offer::CallOff(job) => button_of(ids::ACTION_CALL_OFF, "Delete", job.to_string()),
        });
        blocks.extend(buttons(offers.collect()));
        Message {
            text: self.text.clone(),
            blocks,
        }
    }
}

impl<T: Into<String>> From<T> for Came {
    fn from(text: T) -> Self {
        Self::Said(Reply::new(text))
    }
}

impl Gateway {
    /// Does what is asked for. What is refused is an answer; an error is a failure, after which the same may be asked again.
    pub(crate) async fn act(&self, asked: &Asked<'_>, wish: Wish<'_>) -> Result<Came, CommandError> {
        Ok(match wish {
            Wish::Help => Came::Help,
            Wish::Unknown(said) => Came::Unknown(cut_at_word(&self.plain(said).await?, MAX_UNKNOWN)),
            Wish::New(typed) => {
                let typed = self.plain(typed).await?;
                Came::Open(Form::Declare { typed })
            }
            Wish::List { open } => Came::List { open },
            Wish::Diag => Came::Diag,
            Wish::Ping => "🏓 Pong.".into(),
            Wish::Version => format!("incident-bot {}", env!("CARGO_PKG_VERSION")).into(),
            Wish::Joke => joke(&asked.key).into(),
            Wish::Planned => planned::list(self, asked).await?.into(),
            Wish::CallOff(id) => Came::Said(planned::ask_to_call_off(self, asked, id).await?),
            Wish::Status(typed) => {
                let typed = from_slack(typed, |_| None);
                match self.incident_here(asked).await? {
                    Some((incident, settings)) => self.status(asked, &incident, &settings, &typed).await?,
                    None => Came::Open(Form::Status { typed }),
                }
            }
            wish @ (Wish::Resolve | Wish::Reopen | Wish::Rename(_) | Wish::Export | Wish::Archive) => {
                Box::pin(self.act_on_whole(asked, wish)).await?
            }
            Wish::Severity(typed) => {
                let typed = from_slack(typed, |_| None);
                match self.incident_here(asked).await? {
                    Some((incident, settings)) => self.severity(asked, &incident, &settings, &typed).await?,
                    None => Came::Open(Form::Severity { typed }),
                }
            }
            Wish::Role(typed) => {
                let (named, holder) = role(typed);
                match self.incident_here(asked).await? {
                    Some((incident, settings)) => self.role(asked, &incident, &settings, &named, holder).await?,
                    None => Came::Open(Form::Role {
                        typed: named,
                        person: match holder {
                            Some(Holder::Person(user)) => Some(user),
                            Some(Holder::Me) => Some(asked.user.to_owned()),
                            _ => None,
                        },
                    }),
                }
            }
            Wish::Update(typed) => {
                let typed = self.plain(typed).await?;
                match self.incident_here(asked).await? {
                    // What is too long is shortened in the form.
                    Some((incident, _)) if typed.is_empty() || typed.chars().count() > MAX_UPDATE => {
                        let incident = Some(incident.id);
                        Came::Open(Form::Update { incident, typed })
                    }
                    Some((incident, _)) => self.update(asked, &incident, typed).await?,
                    None => Came::Open(Form::Update { incident: None, typed }),
                }
            }
            Wish::OnStatuspage => statuspage::list(self).await?.into(),
            Wish::Statuspage => match self.incident_here(asked).await? {
                Some((incident, _)) => {
                    let (incident, resolves) = (incident.id, false);
                    Came::Open(Form::Statuspage { incident, resolves })
                }
                None => Came::Open(Form::which(Task::Statuspage)),
            },
            Wish::Pager(typed) => {
                let words = from_slack(typed, |_| None);
                Came::OnCall(words.split_whitespace().map(str::to_owned).collect())
            }
            Wish::Page => {
                let here = self.incident_here(asked).await?;
                Came::Open(Form::page(here.map(|(incident, _)| incident.id)))
            }
            Wish::Timeline => match self.incident_here(asked).await? {
                Some((incident, settings)) => {
                    let mut conn = self.pool.acquire().await?;
                    let entries = store::timeline::of_incident(&mut conn, incident.id).await?;
                    timeline(&entries, &settings).into()
                }
                None => Came::Open(Form::Timeline { incident: None }),
            },
            Wish::Rca => self.rca(asked).await?,
        })
    }

    /// Has the RCA document written of the incident that they ask about.
    async fn rca(&self, asked: &Asked<'_>) -> Result<Came, CommandError> {
        let Some((incident, _)) = self.incident_here(asked).await? else {
            return Ok(Came::Open(Form::which(Task::WriteRca)));
        };
        let request = self.request_of(asked).await?;
        let begun = incidents::write_rca_document(&self.pool, &request, incident.id).await;
        Ok(Came::Said(rca::answer(begun, incident.id)?))
    }

    /// The incident whose channel they ask in, or the one about its causes.
    pub(super) async fn incident_here(
        &self,
        asked: &Asked<'_>,
    ) -> Result<Option<(Incident, Arc<Settings>)>, CommandError> {
        let mut conn = self.pool.acquire().await?;
        let Some(incident) = incident_of_channel(&mut conn, asked.user, asked.channel).await? else {
            return Ok(None);
        };
        Ok(Some((incident, self.pool.settings(&mut conn).await?)))
    }

    /// What was typed, as people saw it.
    pub(crate) async fn plain(&self, typed: &str) -> Result<String, CommandError> {
        let ids = mentioned_ids(typed);
        if ids.is_empty() {
            return Ok(from_slack(typed, |_| None));
        }
        let mut conn = self.pool.acquire().await?;
        let names = store::slack_names::of(&mut conn, &ids).await?;
        Ok(from_slack(typed, |user| names.get(user).cloned()))
    }

    /// The request that they make.
    pub(crate) async fn request_of(&self, asked: &Asked<'_>) -> Result<Request, CommandError> {
        let mut conn = self.pool.acquire().await?;
        let name = store::slack_users::name(&mut conn, asked.user).await?;
        Ok(Request {
            key: asked.key.clone(),
            actor: Actor::Slack {
                user_id: asked.user.to_owned(),
                name: name.unwrap_or_else(|| asked.user.to_owned()),
            },
            now: self.now(),
            channel: Some(asked.channel.to_owned()),
            content: None,
            audit: None,
        })
    }

    async fn status(
        &self,
        asked: &Asked<'_>,
        incident: &Incident,
        settings: &Settings,
        typed: &str,
    ) -> Result<Came, CommandError> {
        let there = list(settings.statuses.iter().map(|status| status.label.as_str()));
        let now = escape(settings.status_label(&incident.status));
        if typed.is_empty() {
            return Ok(format!(
                "The status is *{now}*. Options: {there}. To change it, type `status` followed by one of \
                         them."
            )
            .into());
        }
        let Named::One(status) = named(&settings.statuses, typed, |status| (&status.key, &status.label)) else {
            return Ok(format!("There is no status “{}”. Options: {there}.", escape(typed)).into());
        };
        if status.resolved && !incident.is_resolved() {
            let (incident, status) = (incident.id, Some(status.key.clone()));
            return Ok(Came::Open(Form::Resolve { incident, status }));
        }
        let request = self.request_of(asked).await?;
        let set = incidents::set_status(&self.pool, &request, incident.id, &status.key, &[]).await;
        refused(set, format!("The status is now *{}*.", escape(&status.label)))
    }

    async fn severity(
        &self,
        asked: &Asked<'_>,
        incident: &Incident,
        settings: &Settings,
        typed: &str,
    ) -> Result<Came, CommandError> {
        let there = list(settings.severities.iter().map(|severity| severity.label.as_str()));
        let mut paged = self.teams_to_page(incident, settings).await?;
        if typed.is_empty() {
            let now = escape(settings.severity_label(&incident.severity));
            let emoji = settings.severity_emoji(&incident.severity);
            let mut said = format!(
                "{emoji} The severity is *{now}*. Options: {there}. To change it, type `sev` followed by one \
                         of them."
            );
            for severity in &settings.severities {
                if let Some(teams) = paged.get(&severity.key) {
                    let _ = write!(said, "\n{} pages {}.", escape(&severity.label), escape(&listed(teams)));
                }
            }
            return Ok(said.into());
        }
        let Named::One(severity) = named(&settings.severities, typed, |severity| (&severity.key, &severity.label))
        else {
            return Ok(format!("There is no severity “{}”. Options: {there}.", escape(typed)).into());
        };
        let request = self.request_of(asked).await?;
        let set = incidents::set_severity(&self.pool, &request, incident.id, &severity.key).await;
        let mut said = format!("{} The severity is now *{}*.", severity.emoji, escape(&severity.label));
        if let Some(teams) = paged.remove(&severity.key) {
            let _ = write!(said, " Paging {}.", escape(&listed(&teams)));
        }
        refused(set, said)
    }

    /// The teams that each severity would page now, by its key; none where PagerDuty is not switched on.
    async fn teams_to_page(
        &self,
        incident: &Incident,
        settings: &Settings,
    ) -> Result<HashMap<String, Vec<String>>, CommandError> {
        let mut conn = self.pool.acquire().await?;
        if !store::on_call::state(&mut conn).await?.enabled {
            return Ok(HashMap::new());
        }
        Ok(incidents::teams_to_page(&mut conn, incident, settings).await?)
    }

    async fn role(
        &self,
        asked: &Asked<'_>,
        incident: &Incident,
        settings: &Settings,
        typed: &str,
        holder: Option<Holder>,
    ) -> Result<Came, CommandError> {
        let held = |role: &domain::settings::Role| match incident.holder(&role.key) {
            Some(holder) => format!("*{}*: {}", escape(&role.label), escape(&holder.name)),
            None => format!("*{}*: nobody yet", escape(&role.label)),
        };
        if typed.is_empty() {
            let lines: Vec<_> = settings.roles.iter().map(held).collect();
            let how = "`role commander me` claims a role, `role commander @somebody` assigns it, `role commander \
                       none` clears it.";
            return Ok(format!("{}\n{how}", lines.join("\n")).into());
        }
        let Named::One(role) = named(&settings.roles, typed, |role| (&role.key, &role.label)) else {
            let there = list(settings.roles.iter().map(|role| role.label.as_str()));
            return Ok(format!("There is no role “{}”. Options: {there}.", escape(typed)).into());
        };
        let label = escape(&role.label);
        let user = match holder {
            None => return Ok(held(role).into()),
            Some(Holder::Stranger(name)) => {
                let name = escape(&name);
                return Ok(format!(
                    "Slack doesn't know {name}. Pick one of the names that Slack suggests while you type."
                )
                .into());
            }
            Some(Holder::Nobody) => {
                if let Some(holder) = incident.holder(&role.key).filter(|holder| holder.user_id != asked.user) {
                    return Ok(Came::Said(Reply {
                        text: format!("{} is *{label}*. Remove them?", escape(&holder.name)),
                        offers: vec![Offer::RemoveHolder {
                            incident: incident.id,
                            role: role.key.clone(),
                            holder: holder.user_id.clone(),
                            label: cut_at_word(&format!("Remove {}", holder.name), slack::roles::MAX_BUTTON),
                        }],
                    }));
                }
                let request = self.request_of(asked).await?;
                let given_up = incidents::give_up(&self.pool, &request, incident.id, &role.key, Some(asked.user)).await;
                return refused(given_up, format!("The role *{label}* is now open."));
            }
            Some(Holder::Me) => asked.user.to_owned(),
            Some(Holder::Person(user)) => user,
        };
        let request = self.request_of(asked).await?;
        let replaces = Replaces::Nobody;
        let assigned = incidents::assign(&self.pool, &request, incident.id, &role.key, &user, replaces).await;
        if let Err(CommandError::RoleHeld { holder, .. }) = &assigned {
            return Ok(Came::Said(Reply {
                text: format!("{} is already *{label}*.", escape(&holder.name)),
                offers: vec![Offer::ReplaceHolder {
                    incident: incident.id,
                    role: role.key.clone(),
                    holder: holder.user_id.clone(),
                    label: roles::replace_label(holder, &user, asked.user),
                    person: user,
                }],
            }));
        }
        let who = if user == asked.user {
            format!("You are now *{label}*.")
        } else {
            let mut conn = self.pool.acquire().await?;
            let name = store::slack_users::name(&mut conn, &user).await?.unwrap_or(user);
            format!("{} is now *{label}*.", escape(&name))
        };
        refused(assigned, who)
    }

    async fn update(&self, asked: &Asked<'_>, incident: &Incident, message: String) -> Result<Came, CommandError> {
        let request = self.request_of(asked).await?;
        let update = Update {
            resources: String::new(),
            message,
        };
        let sent = incidents::send_update(&self.pool, &request, incident.id, &update).await;
        let said = if incident.private {
            "Added to the timeline and posted in this channel only, because the incident is private."
        } else {
            "Sent. It's being posted in the digest channel and is in the timeline."
        };
        refused(sent, said.to_owned())
    }
}

/// What is said after a command; what is refused is an answer too.
pub(super) fn refused(done: Result<(), CommandError>, said: String) -> Result<Came, CommandError> {
    match done {
        Ok(()) => Ok(said.into()),
        Err(error) if error.is_refusal() => Ok(escape(&error.to_string()).into()),
        Err(error) => Err(error),
    }
}

/// What happened last, in order of time.
fn timeline(entries: &[TimelineEntry], settings: &Settings) -> String {
    let line = |entry: &TimelineEntry| {
        let sentence = entry.happening.sentence(&entry.actor, settings).replace('\n', " ");
        let sentence = domain::description::cut_at_word(&sentence, ENTRY);
        format!("{}  {}", moment(entry.at), escape(&sentence))
    };
    let earlier = entries.len().saturating_sub(ENTRIES);
    let mut lines: Vec<_> = entries[earlier..].iter().map(line).collect();
    // `&` takes five characters when it is escaped.
    while lines.iter().map(|line| line.chars().count() + 1).sum::<usize>() > 2_800 {
        lines.remove(0);
    }
    let earlier = entries.len() - lines.len();
    if earlier > 0 {
        lines.insert(0, format!("… {earlier} earlier"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use domain::timeline::Happening;

    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn the_last_entries_fit() {
        let entry = TimelineEntry {
            id: incident().id.0,
            at: incident().declared_at,
            actor: incident().declared_by,
            happening: Happening::Noted { text: "&".repeat(500) },
        };
        let text = timeline(&vec![entry; 30], &Settings::default());
        assert!(text.chars().count() <= slack::text::MAX_SECTION, "{}", text.len());
        assert!(text.starts_with("… 27 earlier"), "{text}");
    }

    #[test]
    fn an_answer_with_a_button() {
        let reply = Reply {
            text: "Resolving asks first.".to_owned(),
            offers: vec![Offer::Resolve(incident().id)],
        };
        insta::assert_json_snapshot!(reply.message().to_json());
    }
}
