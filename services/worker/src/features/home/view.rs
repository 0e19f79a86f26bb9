//! The app home.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use domain::paging::{OnCallState, Team};
use domain::{Incident, Settings};
use slack::blocks::{Block, View, buttons, context, declare_button, header, home, section};
use slack::commands::{WHERE, words};
use slack::listing::{line, pager};
use slack::{ids, on_call};
use store::incident_pages::Page;

/// The most of somebody's own incidents that are shown: with what is below them they fit into the 100 blocks of a home.
const OWN: usize = 20;

/// What somebody is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a> {
    /// The open incidents that they declared or have a role in.
    pub(crate) own: &'a [Incident],
    /// A page of the other open ones that they may see.
    pub(crate) others: &'a Page,
    /// Who is on call, where that is known.
    pub(crate) on_call: Option<OnCall<'a>>,
}

/// Who is on call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnCall<'a> {
    /// The teams, a few of them.
    pub(crate) teams: &'a [Team],
    /// How many there are.
    pub(crate) total: i64,
    /// How old it is.
    pub(crate) state: &'a OnCallState,
    /// Now.
    pub(crate) now: DateTime<Utc>,
}

impl OnCall<'_> {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![header("On call")];
        blocks.extend(on_call::sections(self.teams, TEAMS));
        let mut age = on_call::age(self.state, self.now);
        if self.total > i64::try_from(self.teams.len()).unwrap_or(i64::MAX) {
            let _ = write!(age, " `{} pager` shows all {} teams.", ids::COMMAND, self.total);
        }
        blocks.push(context(age));
        blocks.extend(buttons(vec![on_call::page_button(None)]));
        blocks
    }
}

/// The most teams that are shown.
pub(crate) const TEAMS: usize = 8;

/// The app home.
pub(crate) fn view(shown: &Shown<'_>, settings: &Settings) -> View {
    let mut blocks: Vec<Block> = buttons(vec![declare_button()]).into_iter().collect();
    let lines = |incidents: &[Incident]| -> Vec<Block> {
        let lines = incidents.iter().map(|incident| section(line(incident, settings)));
        lines.collect()
    };
    if !shown.own.is_empty() {
        blocks.push(header("Your incidents"));
        blocks.extend(lines(&shown.own[..shown.own.len().min(OWN)]));
        if shown.own.len() > OWN {
            let all = format!("These are the {OWN} most severe; `{} list` shows all.", ids::COMMAND);
            blocks.push(context(all));
        }
    }
    let others = &shown.others.incidents;
    if !others.is_empty() {
        blocks.push(header(if shown.own.is_empty() {
            "Open incidents"
        } else {
            "Other open incidents"
        }));
        blocks.extend(lines(others));
        blocks.extend(pager(
            others,
            (ids::ACTION_HOME_NEWER, shown.others.newer),
            (ids::ACTION_HOME_OLDER, shown.others.older),
            |id| id,
        ));
    } else if shown.own.is_empty() {
        blocks.push(header("Open incidents"));
        blocks.push(section("No open incidents. 🎉"));
    }
    blocks.extend(shown.on_call.iter().flat_map(OnCall::blocks));
    blocks.push(header("How it works"));
    let mut how = "Start an incident with the button, the ⚡ shortcut or a command. It gets its own channel for \
                   everybody who can help. The panel pinned there sets severity, status and roles and sends updates. \
                   When it's over, resolve it and review it together."
        .to_owned();
    if let Some(emoji) = &settings.declare_emoji {
        let _ = write!(how, " Or react with :{emoji}: to a message that reports one.");
    }
    blocks.push(section(how));
    blocks.push(header("Commands"));
    blocks.push(section(format!(
        "Type `{}` or mention the bot, followed by:\n{}",
        ids::COMMAND,
        words()
    )));
    blocks.push(context(WHERE));
    blocks.push(context(concat!("incident-bot ", env!("CARGO_PKG_VERSION"))));
    home(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::{incident, settings};

    fn blocks(view: &View) -> usize {
        match view {
            View::Home(home) => home.blocks.len(),
            View::Modal(_) => 0,
        }
    }

    #[test]
    fn with_and_without_incidents() {
        let open = Incident {
            channel_id: Some("C1".to_owned()),
            ..incident()
        };
        let middle = Page {
            incidents: vec![incident(), open.clone()],
            newer: true,
            older: true,
        };
        let shown = |own: &[Incident], others: &Page| {
            view(
                &Shown {
                    own,
                    others,
                    on_call: None,
                },
                &settings(),
            )
        };
        insta::assert_json_snapshot!("open", shown(std::slice::from_ref(&open), &middle));
        insta::assert_json_snapshot!("calm", shown(&[], &Page::default()));
        let settings = Settings {
            declare_emoji: Some("fire".to_owned()),
            ..settings()
        };
        let full = Page {
            incidents: vec![open.clone(); 15],
            newer: true,
            older: true,
        };
        let team = Team {
            id: "P1".to_owned(),
            name: "Payments".to_owned(),
            url: None,
            levels: Vec::new(),
            services: Vec::new(),
        };
        let teams = vec![team; TEAMS];
        let many = vec![open; 21];
        let full = Shown {
            own: &many,
            others: &full,
            on_call: Some(OnCall {
                teams: &teams,
                total: 60,
                state: &OnCallState::default(),
                now: incident().declared_at,
            }),
        };
        let full = view(&full, &settings);
        assert!(blocks(&full) <= 100, "{}", blocks(&full));
    }
}
