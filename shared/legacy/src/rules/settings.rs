//! Settings of 0.8.2 that have a counterpart here.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use domain::Settings;
use domain::settings::{Role, Severity};
use serde_json::{Value, json};

/// A setting as it is to be here.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its key here.
    pub key: &'static str,
    /// Its value here.
    pub value: Value,
    /// Where it was there.
    pub from: &'static str,
}

/// What became of the settings of 0.8.2.
#[derive(Clone, Debug, Default)]
pub struct Translated {
    /// Those that have a counterpart.
    pub settings: Vec<Setting>,
    /// What has none, or does not fit, in sentences.
    pub notes: Vec<String>,
}

/// The company's time zone, where one is set.
pub fn time_zone(values: &BTreeMap<String, Value>) -> Option<Tz> {
    text(values.get(CONFIGURATION)?, "timezone")?.parse().ok()
}

const CONFIGURATION: &str = "incident_management_configuration";

/// Translates the settings, by their names, and who is paged for every incident: `teams` are schedules, of which `policies`
/// tells the escalation policy.
pub fn translate(values: &BTreeMap<String, Value>, teams: &Value, policies: &Value) -> Translated {
    let mut translated = Translated::default();
    let mut put = |key: &'static str, value: Value, from: &'static str| {
        let mut all = json!(Settings::default());
        all[key] = value.clone();
        let fits = serde_json::from_value::<Settings>(all).map_err(|error| error.to_string());
        match fits.and_then(|settings| settings.validate().map_err(|invalid| invalid.to_string())) {
            Ok(()) => translated.settings.push(Setting { key, value, from }),
            Err(reason) => translated.notes.push(format!("{from} does not fit: {reason}.")),
        }
    };
    if let Some(configuration) = values.get(CONFIGURATION) {
        for (key, name) in [
            ("time_zone", "timezone"),
            ("channel_topic", "incident_channel_topic"),
            ("guide_link", "incident_guide_link"),
            ("postmortems_link", "incident_postmortems_link"),
            ("meeting_link", "zoom_link"),
        ] {
            if let Some(value) = text(configuration, name) {
                put(key, json!(value), name);
            }
        }
    }
    let page_teams = page_teams(teams, policies);
    let severities = values.get("severity_levels").map_or_else(Vec::new, severities);
    if !severities.is_empty() || !page_teams.is_empty() {
        let mut severities = if severities.is_empty() {
            Settings::default().severities
        } else {
            severities
        };
        for severity in &mut severities {
            severity.page_teams.clone_from(&page_teams);
        }
        put_severities(&mut translated, &severities);
        if !page_teams.is_empty() {
            translated.notes.push(format!(
                "Every severity pages {}, as every incident did: change that in the setting severities.",
                page_teams.join(", ")
            ));
        }
    }
    if let Some(roles) = values
        .get("role_definitions")
        .map(roles)
        .filter(|roles| !roles.is_empty())
    {
        put_roles(&mut translated, &roles);
    }
    for name in values.keys().filter(|name| !KNOWN.contains(&name.as_str())) {
        translated
            .notes
            .push(format!("The setting {name} has no counterpart and is kept aside."));
    }
    if values
        .get(CONFIGURATION)
        .and_then(|configuration| text(configuration, "slack_workspace_id"))
        .is_some()
    {
        translated
            .notes
            .push("slack_workspace_id has no counterpart: Slack tells it.".to_owned());
    }
    translated
}

/// `init_job` and `application_state` are the state of the old program.
const KNOWN: &[&str] = &[
    CONFIGURATION,
    "severity_levels",
    "role_definitions",
    "init_job",
    "application_state",
];

/// The mildest severity becomes the default where ours is not among them.
fn put_severities(translated: &mut Translated, severities: &[Severity]) {
    let ours = Settings::default();
    let has_ours = severities.iter().any(|severity| severity.key == ours.default_severity);
    let default_severity = match severities.last() {
        Some(mildest) if !has_ours => mildest.key.clone(),
        _ => ours.default_severity.clone(),
    };
    let settings = Settings {
        severities: severities.to_vec(),
        default_severity: default_severity.clone(),
        ..ours
    };
    let from = "severity_levels";
    if let Err(invalid) = settings.validate() {
        translated.notes.push(format!("{from} does not fit: {invalid}."));
        return;
    }
    let mut put = |key: &'static str, value: Value| translated.settings.push(Setting { key, value, from });
    put("severities", json!(severities));
    if !has_ours {
        put("default_severity", json!(default_severity));
    }
}

fn put_roles(translated: &mut Translated, roles: &[Role]) {
    let settings = Settings {
        roles: roles.to_vec(),
        ..Settings::default()
    };
    match settings.validate() {
        Ok(()) => translated.settings.push(Setting {
            key: "roles",
            value: json!(roles),
            from: "role_definitions",
        }),
        Err(invalid) => translated
            .notes
            .push(format!("role_definitions do not fit: {invalid}.")),
    }
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// Severities by their keys, which are in alphabetical order from worst to mildest; what is not set there is as it is here.
fn severities(levels: &Value) -> Vec<Severity> {
    let mut levels: Vec<_> = levels
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(key, description)| Some((key.trim().to_lowercase(), description.as_str()?)))
        .filter(|(key, _)| !key.is_empty())
        .collect();
    levels.sort();
    levels.dedup_by(|one, other| one.0 == other.0);
    let ours = Settings::default().severities;
    let severity = |(place, (key, description)): (usize, (String, &str))| {
        let known = ours.iter().find(|severity| severity.key == key);
        Severity {
            label: key.to_uppercase(),
            description: description.trim().to_owned(),
            emoji: known
                .or(ours.get(place))
                .map_or("⬜", |severity| &severity.emoji)
                .to_owned(),
            reminders: matches!(key.as_str(), "sev1" | "sev2"),
            invite_groups: Vec::new(),
            page_teams: Vec::new(),
            key,
        }
    };
    levels.into_iter().enumerate().map(severity).collect()
}

/// Roles as they are here, with their descriptions of there: the first paragraph says what the role means, the others are
/// duties. Line breaks are written as a backslash and an n.
fn roles(definitions: &Value) -> Vec<Role> {
    let Some(definitions) = definitions.as_object() else {
        return Vec::new();
    };
    let mut roles = Settings::default().roles;
    for role in &mut roles {
        let Some(definition) = definitions.get(&role.key).and_then(Value::as_str) else {
            continue;
        };
        let definition = definition.replace("\\n", "\n");
        let mut paragraphs = definition.lines().map(str::trim).filter(|line| !line.is_empty());
        if let Some(first) = paragraphs.next() {
            first.clone_into(&mut role.description);
            role.duties = paragraphs.map(str::to_owned).collect();
        }
    }
    for (key, definition) in definitions {
        let Some(definition) = definition
            .as_str()
            .filter(|_| !roles.iter().any(|role| role.key == *key))
        else {
            continue;
        };
        let definition = definition.replace("\\n", "\n");
        let mut paragraphs = definition
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned);
        roles.push(Role {
            key: key.clone(),
            label: label_of(key),
            description: paragraphs.next().unwrap_or_default(),
            duties: paragraphs.collect(),
            needed_to_resolve: false,
        });
    }
    roles
}

fn label_of(key: &str) -> String {
    let words = key.replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Escalation policies of the teams that every incident paged.
fn page_teams(teams: &Value, policies: &Value) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    for team in teams.get("teams").and_then(Value::as_array).into_iter().flatten() {
        let Some(team) = team.as_str().filter(|team| !team.trim().is_empty()) else {
            continue;
        };
        let policy = policies.get(team).and_then(Value::as_str).unwrap_or(team).to_owned();
        if !named.contains(&policy) {
            named.push(policy);
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(name: &str, value: Value) -> BTreeMap<String, Value> {
        BTreeMap::from([(name.to_owned(), value)])
    }

    fn value<'a>(translated: &'a Translated, key: &str) -> &'a Value {
        &translated
            .settings
            .iter()
            .find(|setting| setting.key == key)
            .unwrap()
            .value
    }

    #[test]
    fn links_topic_and_zone_come_along() {
        let configuration = json!({ "timezone": "America/Chicago", "zoom_link": "https://meet.example.com/x", "incident_guide_link": "" });
        let translated = translate(&values(CONFIGURATION, configuration), &Value::Null, &Value::Null);
        assert_eq!(value(&translated, "time_zone"), "America/Chicago");
        assert_eq!(value(&translated, "meeting_link"), "https://meet.example.com/x");
        assert_eq!(translated.settings.len(), 2);
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let configuration = json!({ "timezone": "Middle-earth", "incident_channel_topic": "x".repeat(300) });
        let translated = translate(&values(CONFIGURATION, configuration), &Value::Null, &Value::Null);
        assert_eq!(
            (translated.settings.len(), translated.notes.len()),
            (0, 2),
            "{:?}",
            translated.notes
        );
        assert_eq!(time_zone(&values(CONFIGURATION, json!("garbage"))), None);
    }

    #[test]
    fn every_severity_pages_the_teams_that_every_incident_paged() {
        let levels = values(
            "severity_levels",
            json!({ "sev2": "Many.", "sev1": "All.", "sev4": "?", "sev3": "Some." }),
        );
        let translated = translate(
            &levels,
            &json!({ "teams": ["Platform rota"] }),
            &json!({ "Platform rota": "Platform" }),
        );
        let severities = value(&translated, "severities");
        assert_eq!(severities[0]["key"], "sev1");
        assert_eq!(severities[3]["page_teams"], json!(["Platform"]));
        assert_eq!(
            (&severities[1]["reminders"], &severities[2]["reminders"]),
            (&json!(true), &json!(false))
        );
    }

    #[test]
    fn severities_of_their_own_come_with_their_default() {
        let levels = values("severity_levels", json!({ "p1": "All.", "p2": "Some." }));
        let translated = translate(&levels, &Value::Null, &Value::Null);
        assert_eq!(value(&translated, "severities")[1]["key"], "p2");
        assert_eq!(value(&translated, "default_severity"), "p2");
        assert_eq!(translated.notes, [] as [String; 0]);
    }

    #[test]
    fn line_breaks_of_roles_are_two_signs() {
        let definitions = values(
            "role_definitions",
            json!({ "technical_lead": "Leads.\\n\\nFinds it.\\nFixes it.", "scribe_two": "Writes." }),
        );
        let translated = translate(&definitions, &Value::Null, &Value::Null);
        let roles = value(&translated, "roles");
        assert_eq!(roles[1]["description"], "Leads.");
        assert_eq!(roles[1]["duties"], json!(["Finds it.", "Fixes it."]));
        assert_eq!(
            (&roles[3]["key"], &roles[3]["label"]),
            (&json!("scribe_two"), &json!("Scribe two"))
        );
    }
}
