//! Publishes on Statuspage, once.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::statuspage::{Published, Seen, is_over};
use queue::{Discard, JobContext};
use statuspage::{Change, Client, Creation};
use store::PgConnection;
use store::statuspage::Update;
use uuid::Uuid;

use super::failed;
use crate::Worker;
use crate::effects::{Effect, Making};
use crate::failure::Failure;
use crate::features::problems::noted;
use crate::perform::{Handler, OnDiscard, Perform};

/// What is to be said, and about what.
struct Said {
    published: Published,
    update: Update,
    /// All components that it touches.
    touched: Vec<String>,
    /// Whether it is not true any more.
    outdated: bool,
}

/// Why something is not said any more. What an earlier attempt may have said is looked for all the same.
const OUTDATED: &str = "The incident was resolved before Statuspage accepted it, so it was not sent to customers. If \
                        they need to know, publish it again.";

impl Said {
    fn check(&self) -> Result<(), Failure> {
        if self.outdated {
            return Err(Failure::Never(OUTDATED.to_owned()));
        }
        Ok(())
    }

    fn change(&self) -> Change<'_> {
        Change {
            status: &self.update.status,
            body: &self.update.body,
            components: &self.update.components,
            touched: &self.touched,
            notify: self.update.notify,
        }
    }
}

/// An incident that is made on Statuspage: it carries its key in its metadata.
struct Create<'a> {
    client: &'a Client,
    key: &'a str,
    said: &'a Said,
}

#[async_trait]
impl Effect for Create<'_> {
    type Made = Seen;

    async fn find(&self, oldest: DateTime<Utc>) -> Result<Option<Seen>, Failure> {
        self.client.find(self.key, oldest).await.map_err(failed)
    }

    async fn make(&self, _attempt: &Making) -> Result<Seen, Failure> {
        self.said.check()?;
        let creation = Creation {
            key: self.key,
            name: &self.said.published.name,
            impact: &self.said.published.impact,
            first: self.said.change(),
        };
        self.client.create(&creation).await.map_err(failed)
    }
}

/// Something that is said about an incident there: one with our status and words, that no other of ours is, is it.
struct Say<'a> {
    client: &'a Client,
    id: &'a str,
    said: &'a Said,
    /// Statuspage's ids of the updates that are known.
    known: Vec<String>,
}

#[async_trait]
impl Effect for Say<'_> {
    type Made = Seen;

    async fn find(&self, oldest: DateTime<Utc>) -> Result<Option<Seen>, Failure> {
        let seen = self.client.get(self.id).await.map_err(failed)?;
        let wanted = &self.said.update;
        let found = seen.updates.iter().any(|update| {
            update.at >= oldest && !self.known.contains(&update.id) && update.says(&wanted.status, &wanted.body)
        });
        Ok(found.then_some(seen))
    }

    async fn make(&self, _attempt: &Making) -> Result<Seen, Failure> {
        self.said.check()?;
        self.client.update(self.id, &self.said.change()).await.map_err(failed)
    }
}

impl Worker {
    /// What is to be said: `update`, or the first thing. `None` when it has been said, or nobody wants it any more.
    async fn to_say(&self, published: Uuid, update: Option<Uuid>) -> Result<Option<(Said, Vec<String>)>, Failure> {
        let mut conn = self.pool.acquire().await?;
        let Some(published) = store::statuspage::get(&mut conn, published).await? else {
            return Ok(None);
        };
        let updates = store::statuspage::updates(&mut conn, published.id).await?;
        let touched = store::statuspage::touched(&mut conn, published.id).await?;
        let incident = store::incidents::get(&mut conn, published.incident).await?;
        let resolved_at = incident.and_then(|incident| incident.resolved_at);
        store::flush(&mut conn).await?;
        let known = updates.iter().filter_map(|update| update.update_id.clone()).collect();
        let mut updates = updates.into_iter();
        let wanted = match update {
            Some(id) => updates.find(|update| update.id == id),
            None => updates.next(),
        };
        let Some(update) = wanted.filter(|update| update.update_id.is_none() && published.ended_at.is_none()) else {
            return Ok(None);
        };
        let mut all: Vec<_> = touched.into_iter().map(|touched| touched.component_id).collect();
        all.extend(update.components.keys().cloned());
        all.sort_unstable();
        all.dedup();
        let outdated = !is_over(&update.status) && resolved_at.is_some_and(|resolved_at| resolved_at > update.at);
        let said = Said {
            outdated,
            published,
            update,
            touched: all,
        };
        Ok(Some((said, known)))
    }

    fn statuspage(&self) -> Result<&Client, Failure> {
        let off = || Failure::Never("Statuspage is no longer enabled.".to_owned());
        self.vendors.statuspage.client().ok_or_else(off)
    }

    /// Keeps what stands there now, and which components we touched.
    async fn keep_said(&self, said: &Said, seen: &Seen, context: &JobContext) -> Result<(), Failure> {
        let mut tx = self.pool.begin().await?;
        let id = said.published.id;
        incidents::statuspage_seen(&mut tx, id, seen, Some(said.update.id), context.now()).await?;
        for component in said.update.components.keys() {
            let status = seen.components.iter().find(|(seen, _)| seen == component);
            let status = status.map_or(&said.update.components[component], |(_, status)| status);
            store::statuspage::touch(&mut tx, id, component, status, true).await?;
        }
        context.complete(&mut tx).await?;
        store::commit(tx).await?;
        Ok(())
    }

    /// Notes that Statuspage did not take something, and has people told.
    async fn not_said(
        &self,
        conn: &mut PgConnection,
        update: &Update,
        what: &str,
        why: &Discard<'_>,
    ) -> Result<(), store::Error> {
        let Some(published) = store::statuspage::get(conn, update.published).await? else {
            return Ok(());
        };
        let now = self.config.jobs.clock.now();
        noted(incidents::statuspage_refused(conn, update, now).await)?;
        let sentence = format!("{what} {why}");
        self.note_problem(conn, published.incident, &sentence, Some(why.job))
            .await
    }
}

#[async_trait]
impl Perform for jobs::Publish {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some((said, _)) = worker.to_say(self.published, None).await? else {
            return Ok(());
        };
        let client = worker.statuspage()?;
        let key = said.published.id.to_string();
        let create = Create {
            client,
            key: &key,
            said: &said,
        };
        let seen = worker
            .once(&format!("statuspage/{key}"), client.longest_call(), &create)
            .await?;
        worker.keep_said(&said, &seen, context).await
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let updates = store::statuspage::updates(conn, self.published).await?;
        let Some(first) = updates.first() else {
            return Ok(());
        };
        let what = "This incident could not be published on Statuspage.";
        worker.not_said(conn, first, what, why).await
    }
}

inventory::submit!(Handler::of::<jobs::Publish>());

#[async_trait]
impl Perform for jobs::SendStatuspageUpdate {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some((said, known)) = worker.to_say(self.published, Some(self.update)).await? else {
            return Ok(());
        };
        let client = worker.statuspage()?;
        let Some(id) = &said.published.statuspage_id else {
            // The publication before it was discarded, and people know. When somebody retries it, this follows.
            return Ok(());
        };
        let say = Say {
            client,
            id,
            said: &said,
            known,
        };
        let key = format!("statuspage/update/{}", said.update.id);
        let seen = worker.once(&key, client.longest_call(), &say).await?;
        worker.keep_said(&said, &seen, context).await
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let Some(update) = store::statuspage::update(conn, self.update).await? else {
            return Ok(());
        };
        let what = "Statuspage could not be updated.";
        worker.not_said(conn, &update, what, why).await
    }
}

inventory::submit!(Handler::of::<jobs::SendStatuspageUpdate>());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read() {
        let kept = r#"{"id":"i1","name":"Payments fail","status":"investigating","impact":"major",
            "url":"https://stspg.io/1","created_at":"2026-11-23T14:00:00Z","updated_at":"2026-11-23T14:00:00Z",
            "scheduled_for":null,"scheduled_until":null,"components":[["c1","major_outage"]],
            "updates":[{"id":"u1","status":"investigating","body":"We look.","at":"2026-11-23T14:00:00Z"}],"key":"k"}"#;
        crate::effects::assert_reads::<Create<'_>>(&[(1, kept)]);
        crate::effects::assert_reads::<Say<'_>>(&[(1, kept)]);
    }
}
