//! Forms that ask which incident is meant, for a word that was typed elsewhere than in its channel.

use domain::Settings;
use slack::blocks::{Block, Choice, View, modal, person_field, select_field};
use slack::ids;

use super::choose::{Named, named};
use crate::Gateway;
use crate::answer::Trouble;
use crate::features::incident::incident_field;
use crate::forms::Form;

/// The form.
pub(crate) async fn form(gateway: &Gateway, user: &str, form: &Form) -> Result<View, Trouble> {
    let settings = gateway.settings_for_form().await?;
    Ok(view(form, user, &settings))
}

/// The form for somebody, with what they typed already.
fn view(form: &Form, user: &str, settings: &Settings) -> View {
    let which = incident_field(None, settings);
    match form {
        Form::Severity { typed } => modal(
            ids::VIEW_SEVERITY,
            "Set the severity",
            "Set",
            vec![which, severity_field(typed, settings)],
        ),
        Form::Role { typed, person } => modal(
            ids::VIEW_ROLE,
            "Give a role",
            "Give",
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

fn severity_field(typed: &str, settings: &Settings) -> Block {
    let choices: Vec<_> = settings
        .severities
        .iter()
        .map(|severity| Choice {
            value: severity.key.clone(),
            label: format!("{} {}", severity.emoji, severity.label),
            description: severity.description.clone(),
        })
        .collect();
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
        let view = |form| view(&form, "U1", &Settings::default());
        let typed = |text: &str| text.to_owned();
        insta::assert_json_snapshot!("severity", view(Form::Severity { typed: typed("SEV1") }));
        insta::assert_json_snapshot!("status", view(Form::Status { typed: typed("") }));
        let role = Form::Role {
            typed: typed("commander"),
            person: Some("U2".to_owned()),
        };
        insta::assert_json_snapshot!("role", view(role));
    }
}
