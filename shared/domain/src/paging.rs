//! Who is on call, and pages: calling people for an incident by PagerDuty.

use std::fmt::{self, Write};
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Actor, IncidentId};

/// The most characters of what somebody who is paged is told.
pub const MAX_MESSAGE: usize = 1_000;
/// A copy of who is on call that is older is said to be.
pub const FRESH: TimeDelta = TimeDelta::minutes(45);

/// Somebody who is on call now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnCall {
    /// PagerDuty's id of the person.
    pub user_id: String,
    /// Their name in PagerDuty.
    pub name: String,
    /// The same person in Slack, where one with their e-mail or name is there.
    pub slack_user_id: Option<String>,
    /// Until when; `None` for always.
    pub until: Option<DateTime<Utc>>,
}

/// Those whom PagerDuty calls at once, and how long it waits for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// Counted from 1.
    pub number: i32,
    /// After how many minutes the next level is called.
    pub minutes: Option<i32>,
    /// Who is on call; empty where nobody is now.
    pub people: Vec<OnCall>,
}

/// A team as people call it: an escalation policy of PagerDuty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// PagerDuty's id of the escalation policy.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its page in PagerDuty.
    pub url: Option<String>,
    /// Who is called, in order.
    pub levels: Vec<Level>,
    /// The services whose incidents go to it, those that PagerDuty takes incidents for first.
    pub services: Vec<Service>,
}

/// A service of PagerDuty: every page is about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// PagerDuty's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether PagerDuty takes incidents for it.
    pub state: ServiceState,
}

/// Whether PagerDuty takes incidents for a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceState {
    /// It does.
    Usable,
    /// The service is in maintenance: PagerDuty may call nobody.
    Maintenance,
    /// It does not.
    Disabled,
}

impl ServiceState {
    /// What PagerDuty's word for it means.
    pub fn from_word(word: &str) -> Self {
        match word {
            "maintenance" => Self::Maintenance,
            "disabled" => Self::Disabled,
            _ => Self::Usable,
        }
    }
}

impl Team {
    /// The service that a page of it is about.
    pub fn service(&self) -> Option<&Service> {
        let usable = |state| self.services.iter().find(|service| service.state == state);
        usable(ServiceState::Usable).or_else(|| usable(ServiceState::Maintenance))
    }

    /// Why it cannot be paged, in words that fit behind "cannot be paged:"; `None` where it can.
    pub fn unpageable(&self) -> Option<&'static str> {
        match (self.service(), self.services.as_slice()) {
            (Some(_), _) => None,
            (None, []) => Some("no service in PagerDuty uses this escalation policy"),
            (None, [_]) => Some("its service is disabled in PagerDuty"),
            (None, _) => Some("all its services are disabled in PagerDuty"),
        }
    }

    /// What to know of the service that a page of it is about: its name, and whether it is in maintenance.
    pub fn service_note(&self, strong: impl Fn(&str) -> String) -> Option<String> {
        let service = self.service()?;
        let name = strong(&service.name);
        Some(match service.state {
            ServiceState::Maintenance => {
                format!("⚠️ The service {name} is in maintenance: PagerDuty may not call anybody.")
            }
            _ => format!("Service in PagerDuty: {name}"),
        })
    }

    /// Those who are called first: of the first level where somebody is.
    pub fn first(&self) -> &[OnCall] {
        let level = self.levels.iter().find(|level| !level.people.is_empty());
        level.map(|level| level.people.as_slice()).unwrap_or_default()
    }

    /// Somebody of it who is on call now.
    pub fn person(&self, user_id: &str) -> Option<&OnCall> {
        let people = self.levels.iter().flat_map(|level| &level.people);
        people.into_iter().find(|person| person.user_id == user_id)
    }
}

/// Who will be called, before anybody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calls {
    /// In order, a line each.
    pub text: String,
    /// Whether somebody is on call who can be called.
    pub anybody: bool,
}

impl Team {
    /// Who is called when it is paged, or `person` of it alone; `strong` and `plain` write names as the reader's place does.
    pub fn calls(
        &self,
        person: Option<&str>,
        urgency: Urgency,
        strong: impl Fn(&str) -> String,
        plain: impl Fn(&str) -> String,
    ) -> Calls {
        let names = |people: &[OnCall]| {
            let names: Vec<_> = people.iter().map(|person| strong(&person.name)).collect();
            listed(&names)
        };
        let calls = match urgency {
            Urgency::High => "PagerDuty will page",
            Urgency::Low => "PagerDuty will notify (low urgency)",
        };
        if let Some(person) = person {
            let person = self
                .person(person)
                .map(|person| strong(&person.name))
                .unwrap_or_default();
            return Calls {
                text: format!("{calls} only {person} ({}).", plain(&self.name)),
                anybody: true,
            };
        }
        let mut levels = self.levels.iter().filter(|level| !level.people.is_empty());
        let Some(first) = levels.next() else {
            return Calls {
                text: format!(
                    "Nobody in {} is on call right now. PagerDuty accepts the page, but may not call anybody.",
                    strong(&self.name)
                ),
                anybody: false,
            };
        };
        let mut text = format!("{calls} {} ({}).", names(&first.people), plain(&self.name));
        let mut waited = first.minutes;
        for level in levels.take(3) {
            if let Some(minutes) = waited {
                let _ = write!(
                    text,
                    "\nIf nobody acknowledges within {minutes} minutes: {}.",
                    names(&level.people)
                );
            }
            waited = level.minutes;
        }
        Calls { text, anybody: true }
    }
}

/// What else somebody is told before they page a team.
pub fn notes_before(is_private: bool) -> Vec<&'static str> {
    let mut notes =
        vec!["They are invited to the channel. The channel shows who was paged and when somebody acknowledges."];
    if is_private {
        notes.push("The incident is private: PagerDuty gets your message, not the title.");
    }
    notes
}

/// Names as a sentence has them.
pub fn listed(names: &[String]) -> String {
    match names {
        [] => "nobody".to_owned(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// What is known of PagerDuty itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnCallState {
    /// Whether it is switched on.
    pub enabled: bool,
    /// When the copy that is shown was complete.
    pub copied_at: Option<DateTime<Utc>>,
    /// Since when it cannot be read, where it cannot.
    pub failing_since: Option<DateTime<Utc>>,
    /// Why it cannot be read.
    pub error: Option<String>,
}

impl OnCallState {
    /// Whether what is shown may not be true any more.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        self.copied_at.is_none_or(|at| now - at > FRESH)
    }

    /// How old what is shown is, and why, where that matters; `ago` and `moment` write times as the reader's place does.
    pub fn age(
        &self,
        now: DateTime<Utc>,
        ago: impl Fn(DateTime<Utc>) -> String,
        moment: impl Fn(DateTime<Utc>) -> String,
        reason: impl Fn(&str) -> String,
    ) -> String {
        let reason = || format!(": {}", reason(self.error.as_deref().unwrap_or_default()));
        match (self.copied_at, self.failing_since) {
            (Some(copied_at), Some(since)) if self.is_stale(now) => format!(
                "On-call data synced from PagerDuty {}. It can't be read since {}{}",
                ago(copied_at),
                moment(since),
                reason()
            ),
            (Some(copied_at), _) if self.is_stale(now) => {
                format!(
                    "On-call data may be out of date: synced from PagerDuty {}.",
                    ago(copied_at)
                )
            }
            (Some(copied_at), _) => format!("On-call data synced from PagerDuty {}.", ago(copied_at)),
            (None, Some(_)) => format!("On-call data couldn't be read from PagerDuty yet{}", reason()),
            (None, None) => "On-call data is being synced for the first time. Try again in a moment.".to_owned(),
        }
    }
}

/// How loud somebody is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Wakes people.
    High,
    /// Doesn’t wake anybody.
    Low,
}

impl Urgency {
    /// PagerDuty's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Low => "low",
        }
    }
}

impl fmt::Display for Urgency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Urgency {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::High, Self::Low]
            .into_iter()
            .find(|urgency| urgency.as_str() == word)
            .ok_or(())
    }
}

/// Where a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageState {
    /// PagerDuty does not have it yet.
    Waiting,
    /// PagerDuty could not be given it.
    Failed,
    /// Nobody needed it any more before PagerDuty had it.
    Withdrawn,
    /// PagerDuty calls people.
    Triggered,
    /// Somebody has taken it.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl PageState {
    const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Failed,
        Self::Withdrawn,
        Self::Triggered,
        Self::Acknowledged,
        Self::Resolved,
    ];

    /// The word that stands for it in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Withdrawn => "withdrawn",
            Self::Triggered => "triggered",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }

    /// What the word in the database stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether PagerDuty has it and it is not over.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Triggered | Self::Acknowledged)
    }
}

/// Somebody who is called, as PagerDuty knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callee {
    /// PagerDuty's id of the person.
    pub user_id: String,
    /// Their name.
    pub name: String,
}

/// A page: a team, or somebody of it, that was called for an incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Its id; PagerDuty knows it as the incident key.
    pub id: Uuid,
    /// For this incident.
    pub incident: IncidentId,
    /// PagerDuty's id of the escalation policy.
    pub policy_id: String,
    /// Its name then.
    pub team: String,
    /// The one person who was to be called, where not the whole team was.
    pub person: Option<Callee>,
    /// How loud.
    pub urgency: Urgency,
    /// What they are told.
    pub message: String,
    /// Who wanted it; the system for one that follows from a severity.
    pub paged_by: Actor,
    /// When.
    pub paged_at: DateTime<Utc>,
    /// Where it stands.
    pub state: PageState,
    /// PagerDuty's id of the incident there.
    pub pagerduty_id: Option<String>,
    /// Its page in PagerDuty.
    pub url: Option<String>,
    /// When PagerDuty had it.
    pub triggered_at: Option<DateTime<Utc>>,
    /// When somebody took it, and their name.
    pub acknowledged: Option<(DateTime<Utc>, String)>,
    /// Whether the channel was told that nobody has taken it.
    pub late_told: bool,
    /// Key of the severity that it follows from; `None` where somebody asked for it.
    pub severity: Option<String>,
    /// Since when PagerDuty is tried.
    pub waiting_since: DateTime<Utc>,
    /// Names of those whom PagerDuty called.
    pub called: Vec<String>,
    /// Why PagerDuty could not be given it the last time; kept until PagerDuty has it.
    pub failure: Option<PageFailure>,
    /// Why it was not sent, where it was withdrawn.
    pub not_sent: Option<NotSent>,
    /// When it was known to be over in PagerDuty.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// Why PagerDuty could not be given a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageFailure {
    /// As people read it.
    pub sentence: String,
    /// The timeline entry that says so.
    pub problem: Uuid,
}

/// Why a page was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotSent {
    /// The incident was resolved before PagerDuty had it.
    Resolved,
    /// The severity was lowered before PagerDuty had it.
    Lowered,
    /// The team was paged before: paging it again is for somebody to decide.
    Again,
}

impl NotSent {
    const ALL: [Self; 3] = [Self::Resolved, Self::Lowered, Self::Again];

    /// The word that stands for it in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::Lowered => "lowered",
            Self::Again => "again",
        }
    }

    /// What the word in the database stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// That `whom` was not paged, and why.
    pub fn sentence(self, whom: &str) -> String {
        match self {
            Self::Resolved => {
                format!("{whom} was not paged: the incident was resolved before PagerDuty accepted the page.")
            }
            Self::Lowered => {
                format!("{whom} was not paged: the severity was lowered before PagerDuty accepted the page.")
            }
            Self::Again => format!("{whom} was not paged again."),
        }
    }
}

/// PagerDuty accepts a page within this time, or the channel reads that it has not.
pub const ACCEPTED_WITHIN: TimeDelta = TimeDelta::seconds(8);

impl Page {
    /// Who is called, in words: the team, or somebody of it.
    pub fn whom(&self) -> String {
        whom(&self.team, self.person.as_ref().map(|person| person.name.as_str()))
    }

    /// Whether the team is being called, or is about to be.
    pub fn is_under_way(&self) -> bool {
        self.state == PageState::Waiting || self.state.is_open()
    }

    /// Whether it calls nobody and somebody can have it sent after all.
    pub fn can_be_sent(&self) -> bool {
        matches!(self.state, PageState::Failed | PageState::Withdrawn)
    }

    /// Whether it is of this team, given as id and name; the id is not known of every one.
    pub fn is_of_team(&self, id: &str, name: &str) -> bool {
        (!id.is_empty() && self.policy_id == id) || self.team.to_lowercase() == name.to_lowercase()
    }

    /// Whether it calls everybody whom the other one would call, and wakes them if that one would.
    pub fn covers(&self, other: &Self) -> bool {
        let person = |page: &Self| page.person.as_ref().map(|person| person.user_id.clone());
        self.is_of_team(&other.policy_id, &other.team)
            && person(self) == person(other)
            && (self.urgency == Urgency::High || other.urgency == Urgency::Low)
    }

    /// Whether a newer one of the incident's `pages` makes it needless: its button would call the same people twice.
    pub fn is_superseded(&self, pages: &[Self]) -> bool {
        let is_newer = |page: &Self| (page.paged_at, page.id) > (self.paged_at, self.id) || page.is_under_way();
        pages
            .iter()
            .any(|page| page.id != self.id && is_newer(page) && page.covers(self))
    }

    /// Whether it ended because the incident was resolved at this time.
    ///
    /// What somebody resolved in PagerDuty is noticed only at the next poll, so the moment before counts too.
    pub fn ended_with(&self, incident_resolved_at: DateTime<Utc>) -> bool {
        match self.state {
            PageState::Resolved => self
                .resolved_at
                .is_some_and(|at| at >= incident_resolved_at - TimeDelta::minutes(1)),
            // One that says already that it was not sent is said again: its message is far up by now.
            PageState::Withdrawn => self.not_sent != Some(NotSent::Lowered),
            _ => false,
        }
    }

    /// Whether PagerDuty should have accepted it by now.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.overdue_in(now) == Some(TimeDelta::zero())
    }

    /// How long PagerDuty still has to accept it; `None` where it does not wait for PagerDuty.
    pub fn overdue_in(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let left = self.waiting_since + ACCEPTED_WITHIN - now;
        (self.state == PageState::Waiting).then_some(left.max(TimeDelta::zero()))
    }

    /// Who can be called without PagerDuty, as name and id in Slack: those of its `team` who are on call first, or the one
    /// person whom it is for.
    pub fn contacts<'a>(&'a self, team: Option<&'a Team>) -> Vec<(&'a str, Option<&'a str>)> {
        let known = |person: &'a OnCall| (person.name.as_str(), person.slack_user_id.as_deref());
        match (team, &self.person) {
            (None, alone) => alone.iter().map(|person| (person.name.as_str(), None)).collect(),
            (Some(team), None) => team.first().iter().map(known).collect(),
            (Some(team), Some(alone)) => team.person(&alone.user_id).into_iter().map(known).collect(),
        }
    }
}

/// A team, or somebody of it, in words.
pub(crate) fn whom(team: &str, person: Option<&str>) -> String {
    match person {
        Some(person) => format!("{person} ({team})"),
        None => team.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for state in PageState::ALL {
            assert_eq!(PageState::from_word(state.as_str()), Some(state));
        }
        for reason in NotSent::ALL {
            assert_eq!(NotSent::from_word(reason.as_str()), Some(reason));
        }
        assert_eq!("high".parse(), Ok(Urgency::High));
        assert!("loud".parse::<Urgency>().is_err());
    }

    #[test]
    fn the_first_level_where_somebody_is_is_called_first() {
        let person = |name: &str| OnCall {
            user_id: name.to_owned(),
            name: name.to_owned(),
            slack_user_id: None,
            until: None,
        };
        let level = |number, people: Vec<OnCall>| Level {
            number,
            minutes: Some(30),
            people,
        };
        let team = Team {
            id: "P1".to_owned(),
            name: "Payments".to_owned(),
            url: None,
            levels: vec![
                level(1, vec![]),
                level(2, vec![person("erin")]),
                level(3, vec![person("bob")]),
            ],
            services: Vec::new(),
        };
        assert_eq!(team.first(), [person("erin")]);
        assert_eq!(team.person("bob"), Some(&person("bob")));
    }

    #[test]
    fn a_team_without_a_usable_service_cannot_be_paged() {
        let team = |states: &[&str]| Team {
            id: "P1".to_owned(),
            name: "Payments".to_owned(),
            url: None,
            levels: Vec::new(),
            services: states
                .iter()
                .map(|state| Service {
                    id: (*state).to_owned(),
                    name: format!("service {state}"),
                    state: ServiceState::from_word(state),
                })
                .collect(),
        };
        let plain = str::to_owned;
        assert!(team(&[]).unpageable().is_some_and(|why| why.starts_with("no service")));
        assert_eq!(
            team(&["disabled"]).unpageable(),
            Some("its service is disabled in PagerDuty")
        );
        assert!(team(&["disabled", "disabled"]).unpageable().is_some());
        let in_maintenance = team(&["disabled", "maintenance"]);
        assert_eq!(in_maintenance.unpageable(), None);
        assert!(in_maintenance.service_note(plain).unwrap().contains("in maintenance"));
        let usable = team(&["maintenance", "critical"]);
        assert_eq!(
            usable.service_note(plain).unwrap(),
            "Service in PagerDuty: service critical"
        );
    }

    #[test]
    fn what_was_copied_long_ago_is_stale() {
        let now = DateTime::UNIX_EPOCH;
        let copied = |minutes| OnCallState {
            copied_at: Some(now - TimeDelta::minutes(minutes)),
            ..OnCallState::default()
        };
        assert!(!copied(30).is_stale(now));
        assert!(copied(46).is_stale(now));
        assert!(OnCallState::default().is_stale(now));
    }
}
