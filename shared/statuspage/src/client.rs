//! Calls Statuspage.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::statuspage::{Component, Group, Seen};
use http_client::{BuildError, Error, Gate, Limits, Request, Response, Url, header};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;

use crate::error::{of_page, success, unreadable};
use crate::wire::{ComponentWire, GroupWire, IncidentWire, Sent, Wrapped, component, metadata};
use crate::{Config, error};

/// How many there are on a page of a list: the most that Statuspage gives.
const PAGE: usize = 100;
/// No list is read further than this many pages.
const MOST_PAGES: u32 = 20;

/// What every call gives.
type Result<T> = std::result::Result<T, Error>;

/// An incident to be made.
#[derive(Clone, Debug)]
pub struct Creation<'a> {
    /// How it is found again.
    pub key: &'a str,
    /// Its name.
    pub name: &'a str,
    /// How bad it is.
    pub impact: &'a str,
    /// What is said first.
    pub first: Change<'a>,
}

/// Something that is said about an incident.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// Where it stands.
    pub status: &'a str,
    /// What customers read.
    pub body: &'a str,
    /// How components are now, by their ids.
    pub components: &'a BTreeMap<String, String>,
    /// All components that the incident touches.
    pub touched: &'a [String],
    /// Whether subscribers are told.
    pub notify: bool,
}

/// Calls Statuspage. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: http_client::Client,
    config: Config,
}

impl Client {
    /// A client; no call is made yet. `gate` keeps the pace of all replicas.
    pub fn new(config: Config, gate: Option<Arc<dyn Gate>>) -> std::result::Result<Self, BuildError> {
        let limits = Limits {
            timeout: config.timeout,
            ..Limits::default()
        };
        let http = http_client::Client::new(limits)?.gated(gate);
        Ok(Self { http, config })
    }

    /// How long after it began a call is over, whatever became of it: it may have waited for its turn.
    pub fn longest_call(&self) -> Duration {
        self.config.timeout + 3 * self.config.pace
    }

    /// Makes an incident. An effect that would hurt twice: [`Self::find`] finds it again.
    pub async fn create(&self, creation: &Creation<'_>) -> Result<Seen> {
        let Creation {
            key,
            name,
            impact,
            first,
        } = creation;
        let sent = Sent {
            name: Some(name),
            impact_override: Some(impact),
            metadata: Some(metadata(key)),
            ..said(first)
        };
        let request = self.http.post(self.url(&["incidents"], &[])?);
        let request = request.json(&Wrapped { incident: sent });
        self.incident(request).await.map_err(of_page)
    }

    /// Says something about an incident. An effect that would hurt twice: the incident's updates have it.
    pub async fn update(&self, id: &str, change: &Change<'_>) -> Result<Seen> {
        let request = self.http.patch(self.url(&["incidents", id], &[])?);
        let incident = said(change);
        self.incident(request.json(&Wrapped { incident })).await
    }

    /// An incident as it is now.
    pub async fn get(&self, id: &str) -> Result<Seen> {
        self.incident(self.http.get(self.url(&["incidents", id], &[])?)).await
    }

    /// Looks for the incident that was made with this key since `oldest`, whatever became of it.
    pub async fn find(&self, key: &str, oldest: DateTime<Utc>) -> Result<Option<Seen>> {
        let is_it = |seen: &Seen| seen.key.as_deref() == Some(key);
        if let Some(found) = self.unresolved().await?.into_iter().find(is_it) {
            return Ok(Some(found));
        }
        for page in 1..=MOST_PAGES {
            let query = [("limit", PAGE.to_string()), ("page", page.to_string())];
            let recent = self.incidents(&["incidents"], &query).await?;
            let was_last = recent.len() < PAGE || recent.iter().any(|seen| seen.created_at < oldest);
            if let Some(found) = recent.into_iter().find(is_it) {
                return Ok(Some(found));
            }
            if was_last {
                break;
            }
        }
        Ok(None)
    }

    /// The incidents that are not over.
    pub async fn unresolved(&self) -> Result<Vec<Seen>> {
        self.all(&["incidents", "unresolved"]).await
    }

    /// The maintenances that are planned or go on.
    pub async fn scheduled(&self) -> Result<Vec<Seen>> {
        let mut all = self.all(&["incidents", "scheduled"]).await?;
        all.retain(|seen| !domain::statuspage::is_over(&seen.status));
        Ok(all)
    }

    /// The groups that components stand in.
    pub async fn groups(&self) -> Result<Vec<Group>> {
        let mut groups: Vec<GroupWire> = Vec::new();
        for number in 1..=MOST_PAGES {
            let some: Vec<GroupWire> = self.page(&["component-groups"], number).await?;
            let was_last = some.len() < PAGE;
            groups.extend(some);
            if was_last {
                break;
            }
        }
        Ok(groups.into_iter().map(GroupWire::group).collect())
    }

    /// A page of the components, from 1 on, and whether there is another one.
    pub async fn components(&self, page: u32, groups: &[Group]) -> Result<(Vec<Component>, bool)> {
        let some: Vec<ComponentWire> = self.page(&["components"], page).await?;
        let more = some.len() >= PAGE && page < MOST_PAGES;
        let components = some.into_iter().filter_map(|wire| component(wire, groups));
        Ok((components.collect(), more))
    }

    async fn all(&self, path: &[&str]) -> Result<Vec<Seen>> {
        let mut all = Vec::new();
        for page in 1..=MOST_PAGES {
            let some: Vec<IncidentWire> = self.page(path, page).await?;
            let was_last = some.len() < PAGE;
            all.extend(some.into_iter().map(IncidentWire::seen));
            if was_last {
                break;
            }
        }
        Ok(all)
    }

    async fn page<T: DeserializeOwned>(&self, path: &[&str], page: u32) -> Result<Vec<T>> {
        let query = [("page", page.to_string()), ("per_page", PAGE.to_string())];
        let response = self.send(self.http.get(self.url(path, &query)?)).await;
        response.map_err(of_page)?.json().map_err(unreadable)
    }

    async fn incidents(&self, path: &[&str], query: &[(&str, String)]) -> Result<Vec<Seen>> {
        let response = self.send(self.http.get(self.url(path, query)?)).await;
        let all: Vec<IncidentWire> = response.map_err(of_page)?.json().map_err(unreadable)?;
        Ok(all.into_iter().map(IncidentWire::seen).collect())
    }

    async fn incident(&self, request: Request) -> Result<Seen> {
        let response = self.send(request).await?;
        let wire: IncidentWire = response.json().map_err(error::unreadable)?;
        Ok(wire.seen())
    }

    async fn send(&self, request: Request) -> Result<Response> {
        let key = format!("OAuth {}", self.config.api_key.expose_secret());
        let request = request
            .credential(header::AUTHORIZATION, &key)
            .header(header::ACCEPT, "application/json");
        success(request.exchange().await?)
    }

    /// An address below the page; each part is one segment, whatever is in it.
    fn url(&self, path: &[&str], query: &[(&str, String)]) -> Result<Url> {
        let wrong = || Error::Refused("STATUSPAGE_API_URL is no address".to_owned());
        let mut url: Url = self.config.api_url.parse().map_err(|_| wrong())?;
        {
            let mut segments = url.path_segments_mut().map_err(|()| wrong())?;
            segments
                .pop_if_empty()
                .extend(["pages", self.config.page_id.as_str()])
                .extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

fn said<'a>(change: &Change<'a>) -> Sent<'a> {
    Sent {
        name: None,
        status: change.status,
        impact_override: None,
        body: change.body,
        components: change.components,
        component_ids: change.touched,
        deliver_notifications: change.notify,
        metadata: None,
    }
}
