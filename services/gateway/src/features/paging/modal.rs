//! The form in which a team is paged.

use domain::paging::{MAX_MESSAGE, OnCall, Team, Urgency, listed};
use domain::{Incident, Settings};
use slack::blocks::{Choice, View, context, modal_of, optional_text_field, search_field, select_field};
use slack::ids;
use slack::text::escape;

use crate::features::incident::incident_field;

/// A team, as it is offered.
pub(super) fn option(team: &Team) -> Choice {
    let names: Vec<_> = team.first().iter().map(|person| person.name.clone()).collect();
    Choice {
        value: team.id.clone(),
        label: team.name.clone(),
        description: match team.unpageable() {
            Some(reason) => format!("cannot be paged: {reason}"),
            None => format!("on call: {}", listed(&names)),
        },
    }
}

/// The form, with what is known already; `person` is who of the team is paged alone.
pub(super) fn view(
    incident: Option<&Incident>,
    settings: &Settings,
    team: Option<&Team>,
    person: Option<&OnCall>,
) -> View {
    let chosen = team.map(option);
    let mut blocks = vec![
        search_field(ids::FIELD_TEAM, "Team", "Who is needed?", chosen.as_ref()),
        select_field(
            ids::FIELD_URGENCY,
            "Urgency",
            &[
                Choice {
                    value: Urgency::High.to_string(),
                    label: "High".to_owned(),
                    description: "Wakes people".to_owned(),
                },
                Choice {
                    value: Urgency::Low.to_string(),
                    label: "Low".to_owned(),
                    description: "Doesn't wake anybody".to_owned(),
                },
            ],
            Urgency::High.as_str(),
        ),
        incident_field(incident, settings),
        optional_text_field(
            ids::FIELD_MESSAGE,
            "Message",
            "What should they know, and do first?",
            MAX_MESSAGE,
        ),
    ];
    if let Some(person) = person {
        blocks.insert(
            0,
            context(format!("Only *{}* is paged, not the whole team.", escape(&person.name))),
        );
    }
    let about = person.map(|person| person.user_id.as_str());
    modal_of(ids::VIEW_PAGE, &about, "Page a team", "Next", blocks)
}

/// The form that asks which incident somebody is invited to.
pub(super) fn invite(user: &str, name: &str, settings: &Settings) -> View {
    modal_of(
        ids::VIEW_INVITE_PERSON,
        &user,
        "Invite somebody",
        "Invite",
        vec![
            context(format!(
                "*{}* is invited to the channel of this incident.",
                escape(name)
            )),
            incident_field(None, settings),
        ],
    )
}

#[cfg(test)]
pub(crate) mod tests {
    use domain::paging::{Level, Service, ServiceState};

    use super::*;
    use crate::features::testing::incident;

    pub(crate) fn team() -> Team {
        let person = |name: &str| OnCall {
            user_id: format!("P{name}"),
            name: name.to_owned(),
            slack_user_id: Some(format!("U{name}")),
            until: None,
        };
        let level = |number, name: &str| Level {
            number,
            minutes: Some(30),
            people: vec![person(name)],
        };
        Team {
            id: "PTEAM".to_owned(),
            name: "Payments".to_owned(),
            url: None,
            levels: vec![level(1, "erin"), level(2, "frank")],
            services: vec![Service {
                id: "PS".to_owned(),
                name: "Payments API".to_owned(),
                state: ServiceState::Usable,
            }],
        }
    }

    #[test]
    fn a_team_that_cannot_be_paged_is_marked() {
        let without = Team {
            services: Vec::new(),
            ..team()
        };
        assert_eq!(option(&team()).description, "on call: erin");
        let marked = option(&without).description;
        assert!(marked.starts_with("cannot be paged: no service"), "{marked}");
        // Slack takes no more in an option.
        assert!(marked.chars().count() <= 75, "{marked}");
    }

    #[test]
    fn with_and_without_what_is_known() {
        let settings = Settings::default();
        insta::assert_json_snapshot!("empty", view(None, &settings, None, None));
        let team = team();
        insta::assert_json_snapshot!(
            "person",
            view(Some(&incident()), &settings, Some(&team), team.first().first())
        );
        insta::assert_json_snapshot!("invite", invite("U1", "erin <3", &settings));
    }
}
