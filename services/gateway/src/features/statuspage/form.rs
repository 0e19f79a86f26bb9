//! The form's first step: what customers read, and which components it is about.

use domain::statuspage::{
    Component, IMPACTS, MAX_COMPONENTS, MAX_MESSAGE, MAX_NAME, Published, RESOLVED, STATUSES, Word, label,
};
use domain::{Incident, IncidentId};
use incidents::RESOLVED_MESSAGE;
use serde::{Deserialize, Serialize};
use slack::blocks::{
    Choice, View, context, modal_of, multi_search_field, section, select_field, short_field, text_field,
};
use slack::ids;
use slack::text::escape;
use uuid::Uuid;

/// What the form is about.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Writing {
    pub(super) incident: IncidentId,
    /// What it updates; `None` where it is published for the first time.
    pub(super) published: Option<Uuid>,
}

/// What the form shows.
pub(super) struct Form {
    pub(super) incident: Incident,
    /// What it updates; `None` where it is published for the first time.
    pub(super) published: Option<Published>,
    /// The components that it touches already.
    pub(super) touched: Vec<Component>,
    /// Whether it is to be resolved there.
    pub(super) resolves: bool,
    /// The impact that is proposed.
    pub(super) impact: &'static str,
}

/// The form.
pub(super) fn view(form: &Form) -> View {
    let mut blocks = Vec::new();
    if form.incident.private {
        blocks.push(context(
            "🔒 The incident is private, but everybody can read what you publish on Statuspage.",
        ));
    }
    if let Some(published) = &form.published {
        blocks.push(section(format!(
            "*{}* · currently {}",
            escape(&published.name),
            escape(label(&published.status))
        )));
    } else {
        // The title of a private one must not get there by a hasty press.
        let name = (!form.incident.private).then_some(form.incident.title.as_str());
        blocks.push(short_field(ids::FIELD_NAME, "Name", name, MAX_NAME));
    }
    blocks.push(select_field(
        ids::FIELD_STATUS,
        "Status",
        &words(STATUSES),
        status(form),
    ));
    blocks.push(text_field(
        ids::FIELD_MESSAGE,
        "Message",
        "Customers read this. You review everything in the next step.",
        "What customers notice, what is being done, when the next update comes",
        form.resolves.then_some(RESOLVED_MESSAGE),
        MAX_MESSAGE as u64,
    ));
    if form.published.is_none() {
        blocks.push(select_field(ids::FIELD_IMPACT, "Impact", &words(IMPACTS), form.impact));
    }
    let chosen: Vec<_> = form.touched.iter().map(choice).collect();
    blocks.push(multi_search_field(
        ids::FIELD_COMPONENTS,
        "Components",
        "You set each component's status in the next step. Components that you remove here stay unchanged.",
        "Type to search",
        &chosen,
        MAX_COMPONENTS,
    ));
    let about = Writing {
        incident: form.incident.id,
        published: form.published.as_ref().map(|published| published.id),
    };
    let title = if form.published.is_some() {
        "Update Statuspage"
    } else {
        "Publish on Statuspage"
    };
    modal_of(ids::VIEW_STATUSPAGE, &about, title, "Next", blocks)
}

/// What is there, or what our own status would be called there.
fn status(form: &Form) -> &str {
    if form.resolves {
        return RESOLVED;
    }
    let known = |key: &str| STATUSES.iter().any(|word| word.key == key);
    let there = form.published.as_ref().map(|published| published.status.as_str());
    [there.unwrap_or(&form.incident.status)]
        .into_iter()
        .find(|key| known(key))
        .unwrap_or("investigating")
}

pub(super) fn words(words: &[Word]) -> Vec<Choice> {
    words.iter().map(|word| Choice::new(word.key, word.label)).collect()
}

/// A component, where the group is not seen otherwise.
pub(super) fn choice(component: &Component) -> Choice {
    Choice {
        value: component.id.clone(),
        label: component.name.clone(),
        description: match &component.group {
            Some(group) => format!("{group} · {}", label(&component.status)),
            None => label(&component.status).to_owned(),
        },
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::features::testing::incident;

    pub(crate) fn component(number: usize, group: Option<&str>) -> Component {
        Component {
            id: format!("c{number}"),
            name: format!("Component {number}"),
            group: group.map(str::to_owned),
            status: "partial_outage".to_owned(),
            group_position: 1,
            position: i32::try_from(number).unwrap(),
        }
    }

    #[test]
    fn new_update_and_the_end() {
        let mut form = Form {
            incident: incident(),
            published: None,
            touched: Vec::new(),
            resolves: false,
            impact: "major",
        };
        insta::assert_json_snapshot!("new", view(&form));
        form.incident.private = true;
        let json = serde_json::to_string(&view(&form)).unwrap();
        assert!(
            json.contains("everybody can read") && !json.contains("Payments fail"),
            "{json}"
        );
        form.incident.private = false;
        form.published = Some(Published {
            id: Uuid::nil(),
            incident: incident().id,
            name: "Payments <fail>".to_owned(),
            impact: "major".to_owned(),
            status: "identified".to_owned(),
            statuspage_id: Some("p1".to_owned()),
            url: None,
            changed_at: None,
            ended_at: None,
            removed: false,
        });
        form.touched = vec![component(1, Some("Payments")), component(2, None)];
        insta::assert_json_snapshot!("update", view(&form));
        form.resolves = true;
        insta::assert_json_snapshot!("resolve", view(&form));
    }
}
