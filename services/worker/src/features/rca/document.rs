//! Writes the RCA document in Confluence, or writes it again.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use confluence::{Client, Error, Page};
use domain::rca::{Document, Edit, anchor, numbered_title, page_title, refresh, storage};
use domain::{Incident, Settings};
use incidents::Written;
use queue::JobContext;
use serde::{Deserialize, Serialize};
use store::effects;
use store::rca_documents::{self, RcaDocument};

use super::refusal::{dispensable, failure, once_more};
use crate::Worker;
use crate::effects::{Effect, Making};
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

/// How many titles are tried where others' pages have them.
const TITLES: u32 = 20;

#[async_trait]
impl Perform for jobs::WriteRcaDocument {
    const ON_DISCARD: OnDiscard = OnDiscard::RcaProblem("The RCA document could not be written.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(confluence) = worker.vendors.confluence.client() else {
            return Err(Failure::Never("Confluence is not set up.".to_owned()));
        };
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        if incident.private {
            return Ok(());
        }
        let before = {
            let mut conn = worker.pool.acquire().await?;
            rca_documents::get(&mut conn, incident.id).await?
        };
        let accounts = accounts(worker, confluence, &incident, context).await?;
        let document = worker.rca_document(&incident, &settings, &accounts).await?;
        let page = match &before {
            Some(before) => confluence.page(&before.page_id).await.map_err(failure)?,
            None => None,
        };
        if before.is_some() && page.is_none() {
            once_more(context, "the page is not shown")?;
        }
        let (page, part, written) = match (before, page) {
            (Some(before), Some(page)) if page.current => {
                again(confluence, &document, &before, page, &self, context.now()).await?
            }
            // Somebody removed it: then there is a new one.
            (before, _) => {
                let before = before.map_or_else(|| "first".to_owned(), |before| before.page_id);
                let key = format!("{}/rca_document/{before}", incident.id);
                let page = new_page(worker, confluence, &key, &document, &incident, &settings).await?;
                if let Err(error) = confluence.use_current_editor(&page.id).await {
                    dispensable(context, error, "the editor of the page could not be chosen")?;
                }
                (page, 1, Written::New)
            }
        };
        let document = RcaDocument {
            page_id: page.id,
            title: page.title,
            url: page.url,
            version: page.version,
            part,
        };
        let mut tx = worker.pool.begin().await?;
        incidents::rca_document_written(&mut tx, incident.id, &document, written, &self.by, context.now()).await?;
        context.complete(&mut tx).await?;
        store::commit(tx).await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::WriteRcaDocument>());

/// Confluence's accounts of the incident's people, found by their name and e-mail. Without them they are named all the same.
async fn accounts(
    worker: &Worker,
    confluence: &Client,
    incident: &Incident,
    context: &JobContext,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut people: Vec<_> = incident.roles.iter().map(|holder| holder.user_id.clone()).collect();
    people.extend(incident.declared_by.slack_user_id().map(str::to_owned));
    let mut known = {
        let mut conn = worker.pool.acquire().await?;
        rca_documents::names_and_emails(&mut conn, &people).await?
    };
    known.sort();
    let mut accounts = BTreeMap::new();
    for (user, name, email) in known {
        match confluence.account(&name, &email).await {
            Ok(account) => accounts.extend(account.map(|account| (user, account))),
            Err(error) => {
                dispensable(context, error, "people could not be looked up")?;
                break;
            }
        }
    }
    Ok(accounts)
}

/// The space where documents go. What is wrong with it is kept for `/incident diag`.
async fn space(worker: &Worker, confluence: &Client) -> Result<String, Failure> {
    let key = &confluence.config().space;
    let found = match confluence.space(key).await {
        Ok(Some(space)) => Ok(space),
        Ok(None) => Err(Failure::Never(format!(
            "Confluence has no space “{key}”, or our account can't see it. Check CONFLUENCE_SPACE and the account's \
             permissions."
        ))),
        Err(error) => Err(failure(error)),
    };
    let problem = match &found {
        Err(Failure::Never(sentence)) => Some(sentence.as_str()),
        _ => None,
    };
    let mut conn = worker.pool.acquire().await?;
    rca_documents::set_problem(&mut conn, problem).await?;
    store::flush(&mut conn).await?;
    found
}

async fn new_page(
    worker: &Worker,
    confluence: &Client,
    key: &str,
    document: &Document,
    incident: &Incident,
    settings: &Settings,
) -> Result<Page, Failure> {
    let config = confluence.config();
    let space = space(worker, confluence).await?;
    let parent = match &config.parent_page {
        Some(parent) => Some(find_parent(confluence, &space, parent).await?),
        None => None,
    };
    // Kept before the first call, because the incident may get another title before the next one.
    let title = page_title(&incident.title, incident.declared_at, settings.time_zone);
    let title = {
        let mut conn = worker.pool.acquire().await?;
        effects::intend(&mut conn, key, &title).await?
    };
    let new = NewPage {
        confluence,
        space,
        parent,
        anchor: anchor(incident.id),
        title: &|number| numbered_title(&title, number),
        body: storage(document, &settings.rca_template),
    };
    let made = worker.once(key, confluence.timeout(), &new).await?;
    Ok(Page {
        id: made.id,
        title: made.title,
        version: made.version,
        url: made.url,
        message: String::new(),
        body: String::new(),
        current: true,
    })
}

/// The id of the page below which documents go, which is named by its title or else by its id; `None` where it is not there.
pub(crate) async fn parent_page(confluence: &Client, space: &str, parent: &str) -> Result<Option<String>, Error> {
    let mut found = confluence.page_by_title(space, parent).await?;
    if found.is_none() && parent.chars().all(|c| c.is_ascii_digit()) {
        found = confluence.page(parent).await?;
    }
    Ok(found.map(|page| page.id))
}

async fn find_parent(confluence: &Client, space: &str, parent: &str) -> Result<String, Failure> {
    let found = parent_page(confluence, space, parent).await.map_err(failure)?;
    found.ok_or_else(|| {
        Failure::Never(format!(
            "The parent page “{parent}” does not exist. Create it in Confluence, or change CONFLUENCE_PARENT_PAGE."
        ))
    })
}

/// Writes the page again. What people have edited is left alone.
async fn again(
    confluence: &Client,
    document: &Document,
    before: &RcaDocument,
    page: Page,
    job: &jobs::WriteRcaDocument,
    now: DateTime<Utc>,
) -> Result<(Page, i32, Written), Failure> {
    let mark = format!("incident-bot {}", job.writing);
    // An earlier run has written it, and its answer was lost.
    if let Some(part) = page.message.strip_prefix(&format!("{mark} part ")) {
        let part = part.parse().unwrap_or(before.part);
        let written = if part == before.part {
            Written::Again
        } else {
            Written::Below
        };
        return Ok((page, part, written));
    }
    let edited = page.version != before.version;
    let (body, part, written) = match refresh(document, &page.body, before.part, edited, now) {
        Edit::Replaced(body) => (body, before.part, Written::Again),
        Edit::Added { body, number } => (body, number, Written::Below),
    };
    let changed = confluence
        .update_page(&page, &body, &format!("{mark} part {part}"))
        .await
        .map_err(failure)?;
    Ok((changed, part, written))
}

/// A page that was made, as it is kept with its key.
#[derive(Serialize, Deserialize)]
struct Made {
    id: String,
    title: String,
    version: i64,
    url: String,
}

impl From<Page> for Made {
    fn from(page: Page) -> Self {
        Self {
            id: page.id,
            title: page.title,
            version: page.version,
            url: page.url,
        }
    }
}

/// A page that is to be made, once: it is found again by its title and the anchor in its body.
struct NewPage<'a> {
    confluence: &'a Client,
    space: String,
    parent: Option<String>,
    anchor: String,
    title: &'a (dyn Fn(u32) -> String + Send + Sync),
    body: String,
}

impl NewPage<'_> {
    /// The page with this title, and whether it is ours.
    async fn titled(&self, title: &str) -> Result<Option<(Page, bool)>, Failure> {
        let page = self
            .confluence
            .page_by_title(&self.space, title)
            .await
            .map_err(failure)?;
        Ok(page.map(|page| {
            let ours = page.current && page.body.contains(&self.anchor);
            (page, ours)
        }))
    }
}

#[async_trait]
impl Effect for NewPage<'_> {
    type Made = Made;

    async fn find(&self, _oldest: DateTime<Utc>) -> Result<Option<Made>, Failure> {
        for number in 1..=TITLES {
            match self.titled(&(self.title)(number)).await? {
                Some((page, true)) => return Ok(Some(page.into())),
                Some((_, false)) => {}
                None => break,
            }
        }
        Ok(None)
    }

    async fn make(&self, _attempt: &Making) -> Result<Made, Failure> {
        for number in 1..=TITLES {
            let title = (self.title)(number);
            let made = self
                .confluence
                .create_page(&self.space, self.parent.as_deref(), &title, &self.body)
                .await;
            match made {
                Ok(page) => return Ok(page.into()),
                Err(Error::TitleTaken) => {
                    if let Some((page, true)) = self.titled(&title).await? {
                        return Ok(page.into());
                    }
                }
                Err(error) => return Err(failure(error)),
            }
        }
        Err(Failure::Never(format!(
            "{TITLES} titles in a row are taken by other pages in Confluence. Rename the incident or those pages."
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read() {
        crate::effects::assert_reads::<NewPage<'_>>(&[(
            1,
            r#"{"id":"1","title":"2026-11-23 - Payments fail","version":1,"url":"https://example.com/1"}"#,
        )]);
    }
}
