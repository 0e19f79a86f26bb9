//! Forms that ask which incident is meant, for a word that was typed elsewhere than in its channel.

use std::collections::HashMap;

use domain::Settings;
use domain::settings::Severity;
use slack::blocks::{Block, Choice, View, context, modal, person_field, select_field};
use slack::ids;

use super::choose::{Named, named};
use crate::Gateway;
use crate::answer::Trouble;
use crate::features::incident::incident_field;
use crate::forms::Form;

/// The names of teams, by the key of the severity that pages them.
type Paged = HashMap<String, Vec<String>>;

/// The form.
pub(crate) async fn form(gateway: &Gateway, user: &str, form: &Form) -> Result<View, Trouble> {
    gateway
        .for_form(async {
            let mut conn = gateway.pool.acquire().await?;
            let settings = gateway.pool.settings(&mut conn).await?;
            let mut paged = Paged::new();
            if matches!(form, Form::Severity { .. }) && store::on_call::state(&mut conn).await?.enabled {
                paged = incidents::teams_of_severities(&mut conn, &settings).await?;
            }
            Ok(view(form, user, &settings, &paged))
        })
        .await
}

/// The form for somebody, with what they typed already.
fn view(form: &Form, user: &str, settings: &Settings, paged: &Paged) -> View {
    let which = incident_field(None, settings);
    match form {
        Form::Severity { typed } => {
            let mut blocks = vec![which, severity_field(typed, settings, paged)];
            if !paged.is_empty() {
                blocks.push(context(
                    "📟 Raising the severity pages these teams, unless the incident is private or they already have an open page.",
                ));
            }
            modal(ids::VIEW_SEVERITY, "Set the severity", "Set", blocks)
        }
        Form::Role { typed, person } => modal(
            ids::VIEW_ROLE,
            "Assign a role",
            "Assign",
            vec![
                which,
                role_field(typed, settings),
                person_field(ids::FIELD_PERSON, "Who", Some(person.as_deref().unwrap_or(user))),
            ],
        ),
        _ => modal(
            ids::VIEW_STATUS,
            "Set the status",
            "Set",
            vec![which, status_field(form.typed(), settings)],
        ),
    }
}

fn severity_field(typed: &str, settings: &Settings, paged: &Paged) -> Block {
    let choice = |severity: &Severity| {
        let teams = paged.get(&severity.key).map(Vec::as_slice).unwrap_or_default();
        Choice {
            value: severity.key.clone(),
            label: slack::on_call::severity_label(severity, teams),
            description: severity.description.clone(),
        }
    };
    let choices: Vec<_> = settings.severities.iter().map(choice).collect();
    let chosen = match named(&settings.severities, typed, |severity| (&severity.key, &severity.label)) {
        Named::One(severity) => &severity.key,
        Named::Unclear => "",
    };
    select_field(ids::FIELD_SEVERITY, "Severity", &choices, chosen)
}

fn status_field(typed: &str, settings: &Settings) -> Block {
    let statuses = settings.statuses.iter();
    let choices: Vec<_> = statuses.map(|status| Choice::new(&status.key, &status.label)).collect();
    let chosen = match named(&settings.statuses, typed, |status| (&status.key, &status.label)) {
        Named::One(status) => &status.key,
        Named::Unclear => "",
    };
    select_field(ids::FIELD_STATUS, "Status", &choices, chosen)
}

fn role_field(typed: &str, settings: &Settings) -> Block {
    let choices: Vec<_> = settings
        .roles
        .iter()
        .map(|role| Choice {
            value: role.key.clone(),
            label: role.label.clone(),
            description: role.description.clone(),
        })
        .collect();
    let chosen = match named(&settings.roles, typed, |role| (&role.key, &role.label)) {
        Named::One(role) => &role.key,
        Named::Unclear => "",
    };
    select_field(ids::FIELD_ROLE, "Role", &choices, chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form() {
        let view = |form| view(&form, "U1", &Settings::default(), &Paged::new());
        let typed = |text: &str| text.to_owned();
        insta::assert_json_snapshot!("severity", view(Form::Severity { typed: typed("SEV1") }));
        insta::assert_json_snapshot!("status", view(Form::Status { typed: typed("") }));
        let role = Form::Role {
            typed: typed("commander"),
            person: Some("U2".to_owned()),
        };
        insta::assert_json_snapshot!("role", view(role));
    }

    #[test]
    fn who_a_severity_pages_is_said_before_it_is_set() {
        let typed = String::new();
        let paged = Paged::from([("sev1".to_owned(), vec!["Payments".to_owned(), "Search".to_owned()])]);
        let view = view(&Form::Severity { typed }, "U1", &Settings::default(), &paged);
        insta::assert_json_snapshot!("severity_paging", view);
    }
}
