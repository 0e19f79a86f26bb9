//! The dialog that resolves an incident: who is missing, and what will be posted to whom.

use domain::paging::{Page, listed};
use domain::settings::ResolvePages;
use domain::statuspage::OnResolve;
use domain::{Incident, IncidentId, Settings};
use incidents::CommandError;
use serde::{Deserialize, Serialize};
use slack::blocks::{Choice, View, context, modal_of, person_field, section, ticked_field};
use slack::ids;
use slack::text::escape;
use store::PgConnection;

/// What ends with an incident, or not, beside Slack.
#[derive(Clone, Debug, Default)]
pub(crate) struct Along {
    /// Its pages that are not over.
    pub(crate) pages: Vec<Page>,
    /// What happens on Statuspage, where it is published.
    pub(crate) statuspage: Option<OnResolve>,
}

impl Along {
    /// What is so now, by `settings`.
    pub(crate) async fn of(
        conn: &mut PgConnection,
        incident: IncidentId,
        settings: &Settings,
    ) -> Result<Self, CommandError> {
        Ok(Self {
            pages: store::pages::unresolved(conn, incident).await?,
            statuspage: incidents::statuspage_on_resolve(conn, incident, settings).await?,
        })
    }
}

/// What the dialog is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Resolving {
    pub(super) incident: IncidentId,
    /// Key of the status that it will have.
    pub(super) status: String,
}

/// The dialog, which asks who has the roles that nobody has. `status` is what the incident will have.
pub(crate) fn view(incident: &Incident, settings: &Settings, status: &str, along: &Along) -> View {
    let pages = &along.pages;
    let mut blocks = vec![section(format!(
        "{} *{}*",
        settings.severity_emoji(&incident.severity),
        escape(&incident.title)
    ))];
    let missing = settings.missing_to_resolve(incident);
    if !missing.is_empty() {
        blocks.push(section(
            "These roles must be filled before the incident can be resolved. Choose who had them.",
        ));
        blocks.extend(missing.into_iter().map(|role| {
            let field = format!("{}{}", ids::FIELD_ROLE_PREFIX, role.key);
            // Nobody is filled in: what is only confirmed is wrong in every record that follows.
            person_field(&field, &role.label, None)
        }));
    }
    let called: Vec<_> = pages.iter().map(Page::whom).collect();
    if !pages.is_empty() && settings.resolve_pages == ResolvePages::Ask {
        blocks.push(ticked_field(
            ids::FIELD_RESOLVE_PAGES,
            "PagerDuty",
            &Choice {
                value: ids::OPTION_RESOLVE_PAGES.to_owned(),
                label: "Resolve its pages too, so that PagerDuty stops calling people".to_owned(),
                description: listed(&called),
            },
        ));
    }
    let mut follows = vec![
        "This is posted in the incident's channel, with an offer to export the chat.",
        "The post in the digest channel shows it as resolved.",
        "Reminders stop.",
    ];
    if settings.rca_channel && incident.rca_channel_lost.is_none() {
        follows.push(if incident.rca_channel.is_some() {
            "The post-incident channel stays as it is."
        } else {
            "A post-incident channel is created, with the commander and the technical lead in it."
        });
    }
    if !pages.is_empty() && settings.resolve_pages == ResolvePages::Always {
        follows.push("Its pages in PagerDuty are resolved.");
    }
    match along.statuspage {
        Some(OnResolve::Ask) => follows.push("You're asked whether to resolve it on Statuspage too."),
        Some(OnResolve::Always) => follows.push(
            "It is resolved on Statuspage too: subscribers are notified, and its components go back to \
                   operational.",
        ),
        Some(OnResolve::Never) | None => {}
    }
    blocks.push(context(
        follows
            .iter()
            .map(|line| format!("• {line}"))
            .collect::<Vec<_>>()
            .join("\n"),
    ));
    modal_of(
        ids::VIEW_RESOLVE,
        &Resolving {
            incident: incident.id,
            status: status.to_owned(),
        },
        "Resolve incident",
        "Resolve",
        blocks,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn with_roles_missing_and_without() {
        let settings = Settings::default();
        let mut incident = incident();
        let none = Along::default();
        insta::assert_json_snapshot!("missing", view(&incident, &settings, "resolved", &none));
        for role in ["incident_commander", "technical_lead"] {
            incident.roles.push(domain::RoleHolder {
                role: role.to_owned(),
                user_id: "U2".to_owned(),
                name: "bob".to_owned(),
                active: true,
            });
        }
        let published = Along {
            statuspage: Some(OnResolve::Always),
            ..Along::default()
        };
        insta::assert_json_snapshot!("complete", view(&incident, &settings, "resolved", &published));
        let paged = Along {
            pages: vec![crate::features::testing::page()],
            ..Along::default()
        };
        insta::assert_json_snapshot!("paged", view(&incident, &settings, "resolved", &paged));
    }
}
