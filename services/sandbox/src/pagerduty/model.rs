//! What PagerDuty holds.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

/// Somebody in PagerDuty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// `P…`.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their e-mail.
    pub email: String,
}

/// What incidents are about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Service {
    /// `P…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `active` or `disabled`, among others.
    pub status: String,
    /// Whom its incidents go to.
    pub policy: String,
}

/// Who is on call when: one person, until it is their turn no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Schedule {
    /// `P…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The people, who take turns.
    pub users: Vec<String>,
    /// When the first one's turn began.
    pub began_at: DateTime<Utc>,
    /// How many hours a turn takes.
    pub hours: i64,
}

/// Who is called at a level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// After how many minutes the next level is called.
    pub minutes: i64,
    /// People, by id.
    pub users: Vec<String>,
    /// Schedules, by id.
    pub schedules: Vec<String>,
}

/// Who is called, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// `P…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// A level each.
    pub rules: Vec<Rule>,
}

/// A note on an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// `P…`.
    pub id: String,
    /// Who wrote it.
    pub user: String,
    /// What it says.
    pub content: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// An incident of PagerDuty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// `Q…`.
    pub id: String,
    /// Counted from 1.
    pub number: u64,
    /// What people are told first.
    pub title: String,
    /// What else they are told.
    pub details: String,
    /// What it is about.
    pub service: String,
    /// Whom it goes to, where not to one person.
    pub policy: Option<String>,
    /// `high` or `low`.
    pub urgency: String,
    /// `triggered`, `acknowledged` or `resolved`.
    pub status: String,
    /// The key that it was made with.
    pub key: String,
    /// Who is called.
    pub assigned: Vec<String>,
    /// Who has taken it, and when.
    pub acknowledged_by: Option<(String, DateTime<Utc>)>,
    /// Who last changed where it stands.
    pub changed_by: String,
    /// When.
    pub changed_at: DateTime<Utc>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What people wrote about it.
    pub notes: Vec<Note>,
}

/// Everything that PagerDuty holds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Account {
    /// The key that it is spoken to with.
    #[serde(skip)]
    pub token: String,
    /// People.
    pub users: Vec<User>,
    /// What incidents are about.
    pub services: Vec<Service>,
    /// Who is on call when.
    pub schedules: Vec<Schedule>,
    /// Who is called, in order.
    pub policies: Vec<Policy>,
    /// Incidents, oldest first.
    pub incidents: Vec<Incident>,
    /// What the account may do.
    pub abilities: BTreeSet<String>,
    pub(super) last_id: u64,
}

impl Account {
    /// An account with these people (handles): erin and whoever else there is are on call for three teams, one of which
    /// has no service.
    pub(crate) fn with_people(people: &[String]) -> Self {
        let mut account = Self {
            token: "pd-sandbox".to_owned(),
            abilities: ["teams", "urgencies"].map(str::to_owned).into(),
            ..Self::default()
        };
        for name in people {
            account.add_user(name, &format!("{name}@example.com"));
        }
        account.add_user("Incident Bot", "bot@example.com");
        let ids: Vec<String> = account.users.iter().map(|user| user.id.clone()).collect();
        let person = |number: usize| {
            ids.get(number.min(ids.len().saturating_sub(2)))
                .cloned()
                .unwrap_or_default()
        };
        let primary = account.add_schedule("Payments primary", &[person(4)]);
        let payments = account.add_policy(
            "Payments",
            vec![(30, vec![], vec![primary]), (30, vec![person(5)], vec![])],
        );
        account.add_service("Payments API", &payments);
        let platform = account.add_policy(
            "Platform",
            vec![(15, vec![person(3)], vec![]), (30, vec![person(2)], vec![])],
        );
        account.add_service("Platform", &platform);
        account.add_policy("Data without a service", vec![(30, vec![person(2)], vec![])]);
        account
    }

    /// Empties the account; no id is given out again.
    pub(crate) fn begin_anew(&mut self, people: &[String]) {
        let last_id = self.last_id;
        *self = Self::with_people(people);
        self.last_id = self.last_id.max(last_id);
    }

    pub(super) fn next_id(&mut self, letter: char) -> String {
        self.last_id += 1;
        format!("{letter}{:06X}", self.last_id)
    }

    /// Adds somebody and gives their id.
    pub fn add_user(&mut self, name: &str, email: &str) -> String {
        let id = self.next_id('P');
        self.users.push(User {
            id: id.clone(),
            name: name.to_owned(),
            email: email.to_owned(),
        });
        id
    }

    /// Adds a schedule in which these people take turns of a week, the first one now, and gives its id.
    pub fn add_schedule(&mut self, name: &str, users: &[String]) -> String {
        let id = self.next_id('P');
        self.schedules.push(Schedule {
            id: id.clone(),
            name: name.to_owned(),
            users: users.to_vec(),
            began_at: Utc::now() - TimeDelta::hours(1),
            hours: 7 * 24,
        });
        id
    }

    /// Adds an escalation policy, of levels with their minutes, people and schedules, and gives its id.
    pub fn add_policy(&mut self, name: &str, levels: Vec<(i64, Vec<String>, Vec<String>)>) -> String {
        let id = self.next_id('P');
        let rules = levels.into_iter().map(|(minutes, users, schedules)| Rule {
            minutes,
            users,
            schedules,
        });
        self.policies.push(Policy {
            id: id.clone(),
            name: name.to_owned(),
            rules: rules.collect(),
        });
        id
    }

    /// Adds a service whose incidents go to a policy, and gives its id.
    pub fn add_service(&mut self, name: &str, policy: &str) -> String {
        let id = self.next_id('P');
        self.services.push(Service {
            id: id.clone(),
            name: name.to_owned(),
            status: "active".to_owned(),
            policy: policy.to_owned(),
        });
        id
    }

    /// Somebody by id, name or e-mail.
    pub fn user(&self, who: &str) -> Option<&User> {
        let is = |user: &&User| user.id == who || user.name == who || user.email.eq_ignore_ascii_case(who);
        self.users.iter().find(is)
    }

    pub(super) fn policy(&self, id: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.id == id)
    }

    /// The turns of a schedule that touch a span of time: who, from when, until when.
    pub(super) fn turns(
        schedule: &Schedule,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Vec<(String, DateTime<Utc>, DateTime<Utc>)> {
        let (Some(count), length) = (
            i64::try_from(schedule.users.len()).ok().filter(|count| *count > 0),
            schedule.hours,
        ) else {
            return Vec::new();
        };
        let first = (since - schedule.began_at).num_minutes().div_euclid(length * 60);
        let last = (until - schedule.began_at).num_minutes().div_euclid(length * 60);
        (first..=last)
            .filter_map(|turn| {
                let place = usize::try_from(turn.rem_euclid(count)).ok()?;
                let start = schedule.began_at + TimeDelta::hours(turn * length);
                Some((
                    schedule.users.get(place)?.clone(),
                    start,
                    start + TimeDelta::hours(length),
                ))
            })
            .collect()
    }

    /// Who is called first by a policy now.
    pub(super) fn first_called(&self, policy: &str, now: DateTime<Utc>) -> Vec<String> {
        let rules = self
            .policy(policy)
            .map(|policy| policy.rules.clone())
            .unwrap_or_default();
        for rule in rules {
            let mut called = rule.users;
            for schedule in self
                .schedules
                .iter()
                .filter(|schedule| rule.schedules.contains(&schedule.id))
            {
                called.extend(Self::turns(schedule, now, now).into_iter().map(|(user, ..)| user));
            }
            if !called.is_empty() {
                called.sort();
                called.dedup();
                return called;
            }
        }
        Vec::new()
    }

    /// Lets somebody (id, name or e-mail) acknowledge or resolve an incident (id); false where that cannot be.
    pub fn change(&mut self, id: &str, who: &str, status: &str) -> bool {
        let Some(user) = self.user(who).map(|user| user.id.clone()) else {
            return false;
        };
        let Some(incident) = self.incidents.iter_mut().find(|incident| incident.id == id) else {
            return false;
        };
        let now = Utc::now();
        incident.acknowledged_by = match status {
            "acknowledged" => Some((user.clone(), now)),
            "triggered" => None,
            "resolved" if incident.status != "resolved" => None,
            _ => return false,
        };
        status.clone_into(&mut incident.status);
        incident.changed_by = user;
        incident.changed_at = now;
        true
    }
}
