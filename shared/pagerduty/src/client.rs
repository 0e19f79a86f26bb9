//! The calls.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use http_client::{BuildError, Gate, HeaderName, Limits, Request, Url, header};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::check;
use crate::{
    Config, Error, EscalationPolicy, Incident, NewIncident, Note, OnCall, Page, Result, Schedule, Service, Target, User,
};

/// How many things a page of a list holds; PagerDuty gives no more.
pub const PAGE: u32 = 100;

/// The version of the API that is meant.
const ACCEPT: &str = "application/vnd.pagerduty+json;version=2";
const FROM: HeaderName = HeaderName::from_static("from");

/// Speaks to PagerDuty. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: http_client::Client,
    config: Config,
}

impl Client {
    /// A client; no call is made yet.
    pub fn new(config: Config, gate: Option<Arc<dyn Gate>>) -> std::result::Result<Self, BuildError> {
        let limits = Limits {
            timeout: config.timeout,
            ..Limits::default()
        };
        let http = http_client::Client::new(limits)?.gated(gate);
        Ok(Self { http, config })
    }

    /// How long a call may take in all.
    pub fn timeout(&self) -> Duration {
        self.config.timeout
    }

    /// A page of the people, from the `offset`th on.
    pub async fn users(&self, offset: u32) -> Result<Page<User>> {
        self.list("users", offset, &[]).await
    }

    /// A page of the services.
    pub async fn services(&self, offset: u32) -> Result<Page<Service>> {
        self.list("services", offset, &[]).await
    }

    /// A page of the schedules.
    pub async fn schedules(&self, offset: u32) -> Result<Page<Schedule>> {
        self.list("schedules", offset, &[]).await
    }

    /// A page of the escalation policies.
    pub async fn escalation_policies(&self, offset: u32) -> Result<Page<EscalationPolicy>> {
        self.list("escalation_policies", offset, &[]).await
    }

    /// A page of who is on call between two moments.
    pub async fn on_calls(&self, since: DateTime<Utc>, until: DateTime<Utc>, offset: u32) -> Result<Page<OnCall>> {
        let moment = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        self.list(
            "oncalls",
            offset,
            &[("since", &moment(since)), ("until", &moment(until))],
        )
        .await
    }

    /// An escalation policy.
    pub async fn escalation_policy(&self, id: &str) -> Result<EscalationPolicy> {
        self.read(&["escalation_policies", id], &[], "escalation_policy").await
    }

    /// The escalation policy with this name, in any case, or this id.
    pub async fn escalation_policy_named(&self, name: &str) -> Result<Option<EscalationPolicy>> {
        let is_named =
            |policy: &EscalationPolicy| policy.id == name || policy.name.to_lowercase() == name.to_lowercase();
        let mut offset = 0;
        loop {
            // It finds names that contain the text; those are few.
            let page: Page<EscalationPolicy> = self.list("escalation_policies", offset, &[("query", name)]).await?;
            if let Some(policy) = page.items.iter().find(|policy| is_named(policy)) {
                return Ok(Some(policy.clone()));
            }
            if !page.more || page.items.is_empty() {
                break;
            }
            offset += PAGE;
        }
        let could_be_an_id =
            name.len() <= 14 && name.chars().all(|one| one.is_ascii_uppercase() || one.is_ascii_digit());
        if !could_be_an_id {
            return Ok(None);
        }
        match self.escalation_policy(name).await {
            Err(Error::Call(http_client::Error::NotFound)) => Ok(None),
            policy => policy.map(Some),
        }
    }

    /// An incident.
    pub async fn incident(&self, id: &str) -> Result<Incident> {
        self.read(&["incidents", id], &[], "incident").await
    }

    /// The incidents that were made with this key, however old and in whatever state.
    pub async fn incidents_with_key(&self, key: &str) -> Result<Vec<Incident>> {
        let mut found = Vec::new();
        loop {
            let offset = u32::try_from(found.len()).unwrap_or(u32::MAX);
            let page: Page<Incident> = self
                .list("incidents", offset, &[("incident_key", key), ("date_range", "all")])
                .await?;
            let more = page.more && !page.items.is_empty();
            found.extend(page.items);
            if !more {
                // A vendor that does not know the parameter would give all of them.
                found.retain(|incident: &Incident| incident.incident_key.as_deref() == Some(key));
                return Ok(found);
            }
        }
    }

    /// Makes an incident: people are called.
    pub async fn create_incident(&self, new: &NewIncident<'_>) -> Result<Incident> {
        let mut incident = json!({
            "type": "incident",
            "title": new.title,
            "service": { "id": new.service, "type": "service_reference" },
            "urgency": if new.is_urgent { "high" } else { "low" },
            "incident_key": new.key,
            "body": { "type": "incident_body", "details": new.details },
        });
        match new.target {
            Target::Policy(id) => {
                incident["escalation_policy"] = json!({ "id": id, "type": "escalation_policy_reference" });
            }
            Target::User(id) => {
                incident["assignments"] = json!([{ "assignee": { "id": id, "type": "user_reference" } }]);
            }
        }
        let request = self.http.post(self.url(&["incidents"], &[])?);
        self.write("create_incident", request, &json!({ "incident": incident }), "incident")
            .await
    }

    /// Resolves an incident; fine when it is resolved already.
    pub async fn resolve_incident(&self, id: &str) -> Result<()> {
        let body = json!({ "incident": { "type": "incident", "status": "resolved" } });
        let request = self.http.put(self.url(&["incidents", id], &[])?);
        let resolved: Result<Value> = self.write("update_incident", request, &body, "incident").await;
        match resolved {
            Err(Error::Call(http_client::Error::Refused(said))) if said.to_lowercase().contains("already resolved") => {
                Ok(())
            }
            answer => answer.map(|_| ()),
        }
    }

    /// The notes on an incident.
    pub async fn notes(&self, incident: &str) -> Result<Vec<Note>> {
        self.read(&["incidents", incident, "notes"], &[], "notes").await
    }

    /// Adds a note to an incident.
    pub async fn add_note(&self, incident: &str, content: &str) -> Result<Note> {
        let request = self.http.post(self.url(&["incidents", incident, "notes"], &[])?);
        let body = json!({ "note": { "content": content } });
        self.write("add_note", request, &body, "note").await
    }

    async fn list<T: DeserializeOwned>(
        &self,
        what: &'static str,
        offset: u32,
        query: &[(&str, &str)],
    ) -> Result<Page<T>> {
        let (limit, offset) = (PAGE.to_string(), offset.to_string());
        let mut all = vec![("limit", limit.as_str()), ("offset", offset.as_str())];
        all.extend(query);
        let mut answer = self.ask(self.http.get(self.url(&[what], &all)?)).await?;
        Ok(Page {
            more: answer["more"].as_bool().unwrap_or(false),
            items: taken(&mut answer, what)?,
        })
    }

    async fn read<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)], what: &str) -> Result<T> {
        let mut answer = self.ask(self.http.get(self.url(path, query)?)).await?;
        taken(&mut answer, what)
    }

    /// Changes something; `_operation` has its row in the table of effects.
    async fn write<T: DeserializeOwned>(
        &self,
        _operation: &'static str,
        request: Request,
        body: &Value,
        what: &str,
    ) -> Result<T> {
        let request = request.header(FROM, &self.config.username).json(body);
        let mut answer = self.ask(request).await?;
        taken(&mut answer, what)
    }

    async fn ask(&self, request: Request) -> Result<Value> {
        let token = format!("Token token={}", self.config.token.expose_secret());
        let response = request
            .header(header::ACCEPT, ACCEPT)
            .header(header::CONTENT_TYPE, "application/json")
            .credential(header::AUTHORIZATION, &token)
            .exchange()
            .await?;
        let response = check(response, &self.config.username)?;
        response.json().map_err(|error| garbled(&error.to_string()))
    }

    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Url> {
        let wrong = || http_client::Error::Refused("PAGERDUTY_API_URL is no address".to_owned());
        let mut url = Url::parse(&self.config.api_url).map_err(|_| wrong())?;
        url.path_segments_mut()
            .map_err(|()| wrong())?
            .pop_if_empty()
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

fn taken<T: DeserializeOwned>(answer: &mut Value, what: &str) -> Result<T> {
    serde_json::from_value(answer[what].take())
        .map_err(|error| garbled(&format!("its answer could not be parsed: {error}")))
}

/// An answer that is none may come from something between us, and what was asked for may have been done: it is asked again.
fn garbled(reason: &str) -> Error {
    http_client::Error::Transient(reason.to_owned()).into()
}
