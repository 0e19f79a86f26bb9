//! Who is on call, wherever it stands: in answers, in threads, at home.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use domain::IncidentId;
use domain::paging::{Level, OnCall, OnCallState, Team, listed};
use domain::settings::Severity;

use crate::Message;
use crate::blocks::{
    Accessory, Block, Button, Choice, MAX_OPTION, button, button_of, buttons, context, overflow, primary, section,
    section_with,
};
use crate::ids;
use crate::text::{ago, escape, escape_within, link, moment};
use crate::values::OnCallOption;

/// The most teams that one message shows.
pub const MOST: usize = 20;
/// The most characters of a team's section, well below Slack's.
const MAX_TEAM: usize = 1_500;

/// A severity to choose, with the teams that choosing it would page.
pub fn severity_label(severity: &Severity, teams: &[String]) -> String {
    let label = format!("{} {}", severity.emoji, severity.label);
    if teams.is_empty() {
        return label;
    }
    let named = format!("{label} · pages {}", listed(teams));
    if named.chars().count() <= MAX_OPTION {
        return named;
    }
    match teams.len() {
        1 => format!("{label} · pages 1 team"),
        teams => format!("{label} · pages {teams} teams"),
    }
}

/// What is shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The teams that were looked for, at most [`MOST`] of them are shown.
    pub teams: &'a [Team],
    /// Whether only some of all were looked for.
    pub is_search: bool,
    /// What is known of PagerDuty itself.
    pub state: &'a OnCallState,
    /// Now.
    pub now: DateTime<Utc>,
}

/// Who is on call, team by team, with what can be done about each.
pub fn message(shown: &Shown<'_>) -> Message {
    let Shown { teams, state, .. } = shown;
    if !state.enabled {
        let text = "PagerDuty is not enabled, so on-call data isn't available.".to_owned();
        return Message {
            blocks: vec![section(text.clone())],
            text,
        };
    }
    let text = match (teams.is_empty(), shown.is_search) {
        (true, true) => "No team or person on call matches. `pager` alone shows all.".to_owned(),
        (true, false) => "PagerDuty has no teams (escalation policies) yet.".to_owned(),
        (false, _) => "📟 Who is on call now".to_owned(),
    };
    let mut blocks = vec![section(format!("*{text}*"))];
    blocks.extend(sections(teams, MOST));
    if teams.len() > MOST {
        blocks.push(context(format!(
            "… and {} more: `pager` with part of a name finds one.",
            teams.len() - MOST
        )));
    }
    blocks.push(context(age(state, shown.now)));
    blocks.extend(buttons(vec![
        primary(page_button(None)),
        button(ids::ACTION_REFRESH_ON_CALL, "Refresh"),
    ]));
    let lines = teams.iter().take(MOST).map(|team| {
        let names: Vec<_> = team.first().iter().map(|person| person.name.clone()).collect();
        format!("\n{}: {}", escape(&team.name), escape(&listed(&names)))
    });
    Message {
        text: format!("{text}{}", lines.collect::<String>())
            .chars()
            .take(3_000)
            .collect(),
        blocks,
    }
}

/// A button that opens the form to page a team, about an incident where one is known.
pub fn page_button(incident: Option<IncidentId>) -> Button {
    button_of(ids::ACTION_PAGE, "Page a team", &incident)
}

/// A section for each team, at most `most`.
pub fn sections(teams: &[Team], most: usize) -> Vec<Block> {
    let shown = teams.iter().take(most);
    shown
        .map(|team| {
            section_with(
                told(team),
                overflow::<Accessory>(&ids::ON_CALL_PREFIX.with(&team.id), &choices(team)),
            )
        })
        .collect()
}

/// How old it is, and why, where that matters.
pub fn age(state: &OnCallState, now: DateTime<Utc>) -> String {
    let age = state.age(now, ago, moment, |error| escape_within(error, 300));
    // Being read for the first time is no trouble.
    let was_tried = state.copied_at.is_some() || state.failing_since.is_some();
    if was_tried && state.is_stale(now) {
        format!("⚠️ {age}")
    } else {
        age
    }
}

fn told(team: &Team) -> String {
    let name = match &team.url {
        Some(url) => link(url, &escape(&team.name)),
        None => escape(&team.name),
    };
    let mut text = format!("*{name}*");
    if let Some(reason) = team.unpageable() {
        let _ = write!(text, "\n⚠️ Cannot be paged: {reason}.");
    }
    for level in &team.levels {
        let line = line(level);
        if text.chars().count() + line.chars().count() > MAX_TEAM {
            text.push_str("\n…");
            break;
        }
        text.push('\n');
        text.push_str(&line);
    }
    text
}

fn line(level: &Level) -> String {
    let people: Vec<_> = level.people.iter().map(person).collect();
    let people = if people.is_empty() {
        "nobody right now".to_owned()
    } else {
        people.join(", ")
    };
    if level.number == 1 {
        format!("On call: {people}")
    } else {
        format!("Escalates to: {people}")
    }
}

fn person(person: &OnCall) -> String {
    let until = person.until.map(|until| format!(" until {}", moment(until)));
    format!("{}{}", escape(&person.name), until.unwrap_or_default())
}

/// What can be done about a team and about who is called first.
fn choices(team: &Team) -> Vec<Choice> {
    let choice = |option: OnCallOption, label: String| Choice::new(ids::ON_CALL_PREFIX.encode(&option), label);
    let id = || team.id.clone();
    let mut choices = vec![choice(
        OnCallOption::PageTeam { team: id() },
        format!("Page {}…", team.name),
    )];
    let first = team.first().first();
    choices.extend(first.map(|person| {
        choice(
            OnCallOption::PagePerson {
                team: id(),
                person: person.user_id.clone(),
            },
            format!("Page {} alone…", person.name),
        )
    }));
    let in_slack = first.and_then(|person| Some((person, person.slack_user_id.as_ref()?)));
    choices.extend(in_slack.map(|(person, user)| {
        choice(
            OnCallOption::Invite { person: user.clone() },
            format!("Invite {} to an incident…", person.name),
        )
    }));
    // An overflow has two options at least.
    if choices.len() == 1 {
        choices.push(choice(OnCallOption::Refresh, "Refresh who is on call".to_owned()));
    }
    choices
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::paging::{Service, ServiceState};

    use super::*;

    #[test]
    fn a_severity_says_whom_it_pages_where_that_fits() {
        let severity = &domain::Settings::default().severities[0];
        let label = |teams: &[&str]| {
            let teams: Vec<_> = teams.iter().map(|team| (*team).to_owned()).collect();
            severity_label(severity, &teams)
        };
        assert_eq!(label(&[]), "🟥 SEV1");
        assert_eq!(
            label(&["Payments", "Platform"]),
            "🟥 SEV1 · pages Payments and Platform"
        );
        let long = "a team with a name that nobody can read in a list";
        assert_eq!(label(&[long, "Payments", "Search"]), "🟥 SEV1 · pages 3 teams");
        assert_eq!(label(&[&long.repeat(2)]), "🟥 SEV1 · pages 1 team");
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_442_520, 0).unwrap()
    }

    fn team(name: &str, people: &[&str]) -> Team {
        let person = |name: &&str| OnCall {
            user_id: format!("P{name}"),
            name: (*name).to_owned(),
            slack_user_id: Some(format!("U{name}")),
            until: Some(now() + TimeDelta::hours(4)),
        };
        let level = |number, people: &[&str]| Level {
            number,
            minutes: Some(30),
            people: people.iter().map(person).collect(),
        };
        Team {
            id: format!("P{name}"),
            name: name.to_owned(),
            url: Some("https://acme.pagerduty.com/escalation_policies/P1".to_owned()),
            levels: vec![level(1, people), level(2, &["frank"])],
            services: (!people.is_empty()).then(service).into_iter().collect(),
        }
    }

    fn service() -> Service {
        Service {
            id: "PS".to_owned(),
            name: "Payments API".to_owned(),
            state: ServiceState::Usable,
        }
    }

    fn state(minutes: i64) -> OnCallState {
        OnCallState {
            enabled: true,
            copied_at: Some(now() - TimeDelta::minutes(minutes)),
            failing_since: (minutes > 60).then(|| now() - TimeDelta::minutes(50)),
            error: (minutes > 60).then(|| "it answered 502 Bad Gateway".to_owned()),
        }
    }

    fn shown(teams: &[Team], state: &OnCallState) -> serde_json::Value {
        let shown = Shown {
            teams,
            is_search: false,
            state,
            now: now(),
        };
        message(&shown).to_json()
    }

    #[test]
    fn fresh_old_and_off() {
        let teams = [team("Payments <EU>", &["erin", "bob"]), team("Night", &[])];
        insta::assert_json_snapshot!("fresh", shown(&teams, &state(10)));
        insta::assert_json_snapshot!("old", shown(&teams[..1], &state(90)));
        insta::assert_json_snapshot!("off", shown(&[], &OnCallState::default()));
    }

    #[test]
    fn as_many_as_there_may_be_fit() {
        let names: Vec<_> = (0..60).map(|number| format!("{number} {}", "&".repeat(200))).collect();
        let people: Vec<_> = names.iter().map(String::as_str).collect();
        let teams: Vec<_> = names.iter().map(|name| team(name, &people)).collect();
        let shown = shown(&teams, &state(10));
        let blocks = shown["blocks"].as_array().unwrap();
        assert!(blocks.len() <= 50, "{}", blocks.len());
        for block in blocks {
            assert!(block["text"]["text"].as_str().unwrap_or_default().chars().count() <= 3_000);
        }
    }
}
