//! Speaks to Confluence.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_client::{BuildError, Gate, HeaderName, Limits, Part, Request, Response, StatusCode, header};
use secrecy::ExposeSecret;
use serde_json::json;
use url::Url;

use crate::wire::{Attachment, Found, PageWire, Property, Results, Space, Trouble};
use crate::{Config, Error, Page};

/// A page may be 5 MB, and JSON makes it longer.
const MAX_ANSWER: usize = 32 << 20;
/// The most bytes of a body that Confluence takes.
const MAX_BODY: usize = 5 << 20;
/// The property of a page that says which editor it opens in.
const EDITOR: &str = "editor";
/// Today's editor; `v1`, or no property, is the legacy one.
const CURRENT_EDITOR: &str = "v2";

/// Speaks to Confluence. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: http_client::Client,
    config: Arc<Config>,
}

impl Client {
    /// A client; no call is made yet.
    pub fn new(config: Config, gate: Option<Arc<dyn Gate>>) -> Result<Self, BuildError> {
        let http = http_client::Client::new(Limits {
            timeout: config.timeout,
            body: MAX_ANSWER,
            ..Limits::default()
        })?;
        Ok(Self {
            http: http.gated(gate),
            config: Arc::new(config),
        })
    }

    /// What it was told.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How long a call may take in all.
    pub fn timeout(&self) -> Duration {
        self.http.timeout()
    }

    /// The id of the space with this key. It is a list, which every Confluence Cloud has: where it is not there, or a page for
    /// people comes instead, there is none at this address.
    pub async fn space(&self, key: &str) -> Result<Option<String>, Error> {
        let url = self.url("api/v2/spaces", &[("keys", key)])?;
        let response = match self.send(self.http.get(url)).await {
            Err(error) if error.is_not_found() => return Err(Error::NotCloud),
            answer => answer?,
        };
        response.no_page().map_err(|_| Error::NotCloud)?;
        let spaces: Results<Space> = read(&response)?;
        let mut spaces = spaces.results.into_iter();
        Ok(spaces
            .find(|space| space.key.eq_ignore_ascii_case(key))
            .map(|space| space.id))
    }

    /// The page with this title in a space, with its body.
    pub async fn page_by_title(&self, space: &str, title: &str) -> Result<Option<Page>, Error> {
        let query = [("space-id", space), ("title", title), ("body-format", "storage")];
        let url = self.url("api/v2/pages", &query)?;
        let pages: Results<PageWire> = read(&self.send(self.http.get(url)).await?)?;
        let page = pages.results.into_iter().find(|page| page.title == title);
        Ok(page.map(|page| page.page(&self.config.api_url)))
    }

    /// A page with its body; `None` where it is not there, or may not be seen.
    pub async fn page(&self, id: &str) -> Result<Option<Page>, Error> {
        let url = self.url(&format!("api/v2/pages/{id}"), &[("body-format", "storage")])?;
        match self.send(self.http.get(url)).await {
            Ok(response) => Ok(Some(read::<PageWire>(&response)?.page(&self.config.api_url))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a page. An effect that would hurt twice: it is found again by its title and the anchor in its body.
    pub async fn create_page(&self, space: &str, parent: Option<&str>, title: &str, body: &str) -> Result<Page, Error> {
        if body.len() > MAX_BODY {
            return Err(Error::TooLarge);
        }
        let mut page = json!({
            "spaceId": space,
            "status": "current",
            "title": title,
            "body": { "representation": "storage", "value": body },
        });
        if let Some(parent) = parent {
            page["parentId"] = parent.into();
        }
        let url = self.url("api/v2/pages", &[])?;
        let page: PageWire = read(&self.send(self.http.post(url).json(&page)).await?)?;
        Ok(page.page(&self.config.api_url))
    }

    /// Gives a page another body, in the place of the version it was read in. An effect that would hurt twice: it is found
    /// again by `message`, which stays with the version.
    pub async fn update_page(&self, page: &Page, body: &str, message: &str) -> Result<Page, Error> {
        if body.len() > MAX_BODY {
            return Err(Error::TooLarge);
        }
        let update = json!({
            "id": page.id,
            "status": "current",
            "title": page.title,
            "body": { "representation": "storage", "value": body },
            "version": { "number": page.version + 1, "message": message },
        });
        let url = self.url(&format!("api/v2/pages/{}", page.id), &[])?;
        let page: PageWire = read(&self.send(self.http.put(url).json(&update)).await?)?;
        Ok(page.page(&self.config.api_url))
    }

    /// Has a page open in today's editor: one that was made by the API may open in the legacy one. The request that makes a
    /// page cannot say so. Repeatable: it looks first, and does not change the page's version.
    pub async fn use_current_editor(&self, page: &str) -> Result<(), Error> {
        let path = format!("api/v2/pages/{page}/properties");
        let url = self.url(&path, &[("key", EDITOR)])?;
        let found: Results<Property> = read(&self.send(self.http.get(url)).await?)?;
        let set = match found.results.into_iter().find(|property| property.key == EDITOR) {
            Some(property) if property.value == CURRENT_EDITOR => return Ok(()),
            Some(property) => {
                let newer = json!({
                    "key": EDITOR,
                    "value": CURRENT_EDITOR,
                    "version": { "number": property.version.number + 1 },
                });
                let url = self.url(&format!("{path}/{}", property.id), &[])?;
                self.http.put(url).json(&newer)
            }
            None => {
                let property = json!({ "key": EDITOR, "value": CURRENT_EDITOR });
                let url = self.url(&path, &[])?;
                self.http.post(url).json(&property)
            }
        };
        self.send(set).await.map(|_| ())
    }

    /// Whether a file of this name is attached to a page.
    pub async fn has_attachment(&self, page: &str, name: &str) -> Result<bool, Error> {
        let url = self.url(&format!("api/v2/pages/{page}/attachments"), &[("filename", name)])?;
        let found: Results<Attachment> = read(&self.send(self.http.get(url)).await?)?;
        Ok(found.results.iter().any(|attachment| attachment.title == name))
    }

    /// Attaches a file to a page, in the place of one of the same name. Repeatable.
    pub async fn attach(&self, page: &str, name: &str, media_type: &str, bytes: Bytes) -> Result<(), Error> {
        let url = self.url(&format!("rest/api/content/{page}/child/attachment"), &[])?;
        let parts = vec![
            Part {
                name: "file",
                file_name: Some(name.to_owned()),
                media_type: Some(media_type.to_owned()),
                bytes,
            },
            Part {
                name: "minorEdit",
                file_name: None,
                media_type: None,
                bytes: Bytes::from_static(b"true"),
            },
        ];
        let request = self.http.put(url).multipart(parts);
        // Without it Confluence takes the form for one of another site.
        let request = request.header(HeaderName::from_static("x-atlassian-token"), "nocheck");
        self.send(request).await.map(|_| ())
    }

    /// The id of the account of somebody with this name, where Confluence shows that it has this e-mail: two people may have
    /// one name.
    pub async fn account(&self, name: &str, email: &str) -> Result<Option<String>, Error> {
        let cql = format!("user.fullname~\"{}\"", name.replace(['\\', '"'], " ").trim());
        let url = self.url("rest/api/search/user", &[("cql", &cql), ("limit", "10")])?;
        let found: Results<Found> = read(&self.send(self.http.get(url)).await?)?;
        let mut users = found.results.into_iter().filter_map(|found| found.user);
        let same = users.find(|user| {
            let known = user.email.as_deref().unwrap_or_default();
            known.eq_ignore_ascii_case(email)
        });
        Ok(same.and_then(|user| user.account_id))
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Result<Url, Error> {
        let mut url = Url::parse(&format!("{}/wiki/{path}", self.config.api_url))
            .map_err(|_| http_client::Error::Refused("its address is no address".to_owned()))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    async fn send(&self, request: Request) -> Result<Response, Error> {
        let who = format!("{}:{}", self.config.username, self.config.token.expose_secret());
        let response = request
            .credential(header::AUTHORIZATION, &format!("Basic {}", STANDARD.encode(who)))
            .header(header::ACCEPT, "application/json")
            .exchange()
            .await?;
        match response.status {
            StatusCode::PAYLOAD_TOO_LARGE => return Err(Error::TooLarge),
            StatusCode::CONFLICT => return Err(Error::Conflict),
            StatusCode::BAD_REQUEST => {
                let sentence = response.json::<Trouble>().unwrap_or_default().sentence();
                let lower = sentence.to_lowercase();
                return Err(
                    if lower.contains("title already exists") || lower.contains("same title") {
                        Error::TitleTaken
                    } else if sentence.is_empty() {
                        http_client::Error::Refused("it answered 400 Bad Request".to_owned()).into()
                    } else {
                        http_client::Error::Refused(sentence.chars().take(300).collect()).into()
                    },
                );
            }
            _ => {}
        }
        Ok(response.success()?)
    }
}

/// What an answer to a call that may have had its effect says: when it is not understood, it may be asked again.
fn read<T: serde::de::DeserializeOwned>(response: &Response) -> Result<T, Error> {
    response.json().map_err(|error| match error {
        http_client::Error::Refused(reason) => http_client::Error::Transient(reason).into(),
        error => error.into(),
    })
}
