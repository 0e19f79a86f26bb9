//! The modal in which an incident is declared.

use domain::Settings;
use domain::description::MAX_DESCRIPTION;
use slack::blocks::{Block, Choice, View, context, modal, select_field, text_field, tick_field};
use slack::ids;

use crate::features::left_over::{left_over, split_at_char};

/// The modal, with what was typed before where something was; `pages` tells who is paged by which severity. Without settings
/// there is no severity to choose, and the incident gets the default one.
pub(crate) fn view(settings: Option<&Settings>, description: Option<&str>, pages: &[String]) -> View {
    let (description, rest) = split_at_char(description.unwrap_or_default(), MAX_DESCRIPTION);
    let mut blocks = vec![
        text_field(
            ids::FIELD_DESCRIPTION,
            "Description",
            "The first line becomes the title. You can say more in the channel.",
            "What is happening, and who is affected?",
            Some(description),
            MAX_DESCRIPTION as u64,
        ),
        settings.map_or_else(no_severities, severity_field),
        tick_field(
            ids::FIELD_PRIVATE,
            "Private incident",
            &Choice {
                value: ids::OPTION_PRIVATE.to_owned(),
                label: "Only people invited to its channel can see it".to_owned(),
                description: String::new(),
            },
        ),
    ];
    if !pages.is_empty() {
        let lines = format!(
            "📟 {}\nA private incident doesn't page anybody automatically.",
            pages.join("\n📟 ")
        );
        blocks.insert(2, context(lines));
    }
    blocks.extend(left_over(rest));
    modal(ids::VIEW_DECLARE, "Start an incident", "Start", blocks)
}

fn severity_field(settings: &Settings) -> Block {
    let severities: Vec<Choice> = settings
        .severities
        .iter()
        .map(|severity| Choice {
            value: severity.key.clone(),
            label: format!("{} {}", severity.emoji, severity.label),
            description: severity.description.clone(),
        })
        .collect();
    select_field(ids::FIELD_SEVERITY, "Severity", &severities, &settings.default_severity)
}

fn no_severities() -> Block {
    context("⚠️ The severities couldn't be loaded. The incident gets the default one; you can change it later.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_filled() {
        let settings = Settings::default();
        insta::assert_json_snapshot!("empty", view(Some(&settings), None, &[]));
        insta::assert_json_snapshot!("filled", view(Some(&settings), Some("Payments fail"), &[]));
        let pages = ["🟥 SEV1 pages Payments (erin)".to_owned()];
        insta::assert_json_snapshot!("paging", view(Some(&settings), None, &pages));
    }

    #[test]
    fn without_settings_no_severity_is_made_up() {
        let pages = ["Who would be paged couldn't be loaded.".to_owned()];
        insta::assert_json_snapshot!("not_loaded", view(None, Some("Payments fail"), &pages));
    }
}
