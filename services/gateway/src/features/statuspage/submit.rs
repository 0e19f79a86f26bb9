//! The form's steps were submitted: the first keeps what was written, the second publishes it.

use std::collections::BTreeMap;

use domain::statuspage::{Draft, DraftError, OPERATIONAL, RESOLVED, is_worth_telling, likely_status};
use incidents::CommandError;
use slack::ids;
use store::incident_list::{self, Viewer};
use store::statuspage as page;
use uuid::Uuid;

use super::confirm::{self, NOTIFY};
use super::form::Writing;
use crate::Gateway;
use crate::answer::{Answer, Trouble};
use crate::submitted::Submitted;

/// The first step: what is wrong is said at its field, else the second step comes on top.
pub(super) async fn submit(gateway: &Gateway, submitted: &Submitted, writing: Writing) -> Answer {
    let Writing { incident, published } = writing;
    let impact = submitted.option(ids::FIELD_IMPACT).unwrap_or_default();
    let draft = Draft {
        incident,
        published,
        name: submitted.text(ids::FIELD_NAME).trim().to_owned(),
        notify: published.is_some() || is_worth_telling(&impact),
        impact,
        status: submitted.option(ids::FIELD_STATUS).unwrap_or_default(),
        message: submitted.text(ids::FIELD_MESSAGE).trim().to_owned(),
        components: BTreeMap::new(),
    };
    if let Err(wrong) = draft.check() {
        let field = match wrong {
            DraftError::Name => ids::FIELD_NAME,
            _ => ids::FIELD_MESSAGE,
        };
        return Answer::field(field, &wrong.to_string());
    }
    let chosen = submitted.ticked(ids::FIELD_COMPONENTS);
    let step = gateway.confirm(next(gateway, submitted, draft, &chosen)).await;
    match step {
        Ok(view) => Answer::push(&view),
        Err(trouble) => Answer::field(ids::FIELD_MESSAGE, &trouble.sentence()),
    }
}

/// Keeps what was written and gives the step that confirms it.
async fn next(
    gateway: &Gateway,
    submitted: &Submitted,
    mut draft: Draft,
    chosen: &[String],
) -> Result<slack::blocks::View, CommandError> {
    let user = &submitted.user.id;
    let mut tx = gateway.pool.begin().await?;
    incident_list::get(&mut tx, &Viewer::in_slack(user), draft.incident)
        .await?
        .ok_or(CommandError::NoIncident)?;
    incidents::may_publish(&mut tx, Some(user)).await?;
    let components = page::components(&mut tx, chosen).await?;
    let touched = match draft.published {
        Some(published) => page::touched(&mut tx, published).await?,
        None => Vec::new(),
    };
    for component in &components {
        let known = touched.iter().find(|touched| touched.component_id == component.id);
        let status = match known {
            // Only what we touched is called well again.
            _ if draft.status == RESOLVED && known.is_none_or(|known| known.ours) => OPERATIONAL,
            Some(known) => &known.status,
            None if draft.published.is_none() && likely_status(&draft.impact) != OPERATIONAL => {
                likely_status(&draft.impact)
            }
            None => &component.status,
        };
        draft.components.insert(component.id.clone(), status.to_owned());
    }
    draft.check()?;
    let id = page::keep_draft(&mut tx, &submitted.view_id, user, &draft, gateway.now()).await?;
    let url = page::page(&mut tx).await?.and_then(|page| page.url);
    tx.commit().await?;
    Ok(confirm::view(id, &draft, &components, url.as_deref()))
}

/// The second step: it is published.
pub(super) async fn confirmed(gateway: &Gateway, submitted: &Submitted, id: Uuid) -> Answer {
    let request = submitted.request(gateway);
    let published = gateway.confirm(async {
        let draft = {
            let mut conn = gateway.pool.acquire().await?;
            page::draft(&mut conn, id, &submitted.user.id).await?
        };
        let mut draft = draft.ok_or(CommandError::DraftGone)?;
        for (component, status) in &mut draft.components {
            let field = format!("{}{component}", ids::FIELD_COMPONENT_PREFIX);
            if let Some(chosen) = submitted.option(&field) {
                *status = chosen;
            }
        }
        draft.notify = submitted.option(ids::FIELD_NOTIFY).as_deref() == Some(NOTIFY);
        incidents::publish(&gateway.pool, &request, &draft).await
    });
    match published.await {
        Ok(()) => Answer::clear(),
        Err(trouble @ (Trouble::Refused(_) | Trouble::Unconfirmed)) => {
            Answer::field(ids::FIELD_NOTIFY, &trouble.sentence())
        }
    }
}
