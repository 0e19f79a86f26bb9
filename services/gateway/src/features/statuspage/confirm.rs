//! The form's second step: everything that will be published, how each component is, and who is told.

use domain::statuspage::{COMPONENT_STATUSES, Component, Draft, label};
use slack::blocks::{Choice, View, context, prose, section, select_field, step_of};
use slack::ids;
use slack::text::{escape, link};
use uuid::Uuid;

use super::form::words;

/// Subscribers are told.
pub(super) const NOTIFY: &str = "yes";
/// They are not.
const SILENT: &str = "no";

/// The step that confirms `draft`, which is kept with this id.
pub(super) fn view(id: Uuid, draft: &Draft, components: &[Component], page: Option<&str>) -> View {
    let place = page.map_or_else(|| "Statuspage".to_owned(), |page| link(page, "your status page"));
    let mut head = format!("This will be published on {place}:");
    if draft.published.is_none() {
        head = format!(
            "{head}\n*{}* · impact {}",
            escape(&draft.name),
            label(&draft.impact).to_lowercase()
        );
    }
    let mut blocks = vec![section(format!("{head}\n*{}*", label(&draft.status)))];
    blocks.extend(prose(&draft.message));
    blocks.extend(components.iter().map(|component| {
        let name = match &component.group {
            Some(group) => format!("{group}: {}", component.name),
            None => component.name.clone(),
        };
        let now = draft.components.get(&component.id).map_or("", String::as_str);
        select_field(
            &format!("{}{}", ids::FIELD_COMPONENT_PREFIX, component.id),
            &name,
            &words(COMPONENT_STATUSES),
            now,
        )
    }));
    if components.is_empty() {
        blocks.push(context("No components change."));
    }
    let tell = [
        Choice::new(NOTIFY, "Yes, notify all subscribers"),
        Choice::new(SILENT, "No, only show it on the page"),
    ];
    let told = if draft.notify { NOTIFY } else { SILENT };
    blocks.push(select_field(ids::FIELD_NOTIFY, "Notify subscribers", &tell, told));
    step_of(
        ids::VIEW_STATUSPAGE_CONFIRM,
        &id,
        "Check and publish",
        ("Publish", "Back"),
        blocks,
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::form::tests::component;
    use super::*;
    use crate::features::testing::incident;

    fn draft() -> Draft {
        Draft {
            incident: incident().id,
            published: None,
            name: "Payments & refunds fail".to_owned(),
            impact: "major".to_owned(),
            status: "investigating".to_owned(),
            message: "Some cards are <declined>.".to_owned(),
            components: BTreeMap::from([("c1".to_owned(), "partial_outage".to_owned())]),
            notify: true,
        }
    }

    #[test]
    fn all_that_is_published() {
        let page = Some("https://status.example.com");
        let shown = view(Uuid::nil(), &draft(), &[component(1, Some("Payments"))], page);
        insta::assert_json_snapshot!("new", shown);
        let update = Draft {
            published: Some(Uuid::nil()),
            components: BTreeMap::new(),
            ..draft()
        };
        insta::assert_json_snapshot!("update", view(Uuid::nil(), &update, &[], None));
    }

    #[test]
    fn as_many_components_as_there_may_be_fit() {
        let components: Vec<_> = (0..domain::statuspage::MAX_COMPONENTS)
            .map(|number| component(number, Some(&"x".repeat(200))))
            .collect();
        let draft = Draft {
            message: "&".repeat(3_000),
            ..draft()
        };
        let View::Modal(modal) = view(Uuid::nil(), &draft, &components, None) else {
            panic!("no modal");
        };
        assert!(modal.blocks.len() <= 100, "{}", modal.blocks.len());
        assert!(serde_json::to_string(&modal).unwrap().len() < 250_000);
    }
}
