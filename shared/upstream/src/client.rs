//! Asks a provider's feeds.

use domain::upstream::Answer;
use http_client::{BuildError, Guard, Limits, Response, StatusCode, header};

use crate::feeds::{self, Feed};
use crate::{Config, Error};

/// Google's feed has years in it; nobody's has more than this.
const MAX_BODY: usize = 16 << 20;

/// With what a feed is asked for what is new only: what its last answer said of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The feed's address.
    pub url: String,
    /// What it called its last answer.
    pub etag: Option<String>,
    /// When its last answer was new, in its own words.
    pub last_modified: Option<String>,
}

/// What came of asking a provider.
#[derive(Clone, Debug, Default)]
pub struct Polled {
    /// What those feeds answered that could be read.
    pub answers: Vec<Answer>,
    /// Why not all of them could be read.
    pub error: Option<Error>,
}

/// Asks providers. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: http_client::Client,
    /// For pages that admins name.
    guarded: http_client::Client,
    config: Config,
}

impl Client {
    /// A client; no call is made yet.
    pub fn new(config: Config) -> Result<Self, BuildError> {
        let limits = Limits {
            timeout: config.timeout,
            body: MAX_BODY,
            ..Limits::default()
        };
        let http = http_client::Client::new(limits)?;
        let guarded = if config.allow_private {
            http.clone()
        } else {
            http_client::Client::guarded(limits, Guard::public())?
        };
        Ok(Self { http, guarded, config })
    }

    /// The addresses that [`Self::poll`] may ask.
    pub fn addresses(&self, provider: &str) -> Vec<String> {
        let feeds = feeds::of(provider, &self.config).unwrap_or_default();
        let both = |feed: Feed| {
            let instead = feed.instead.map(|feed| feed.url.to_string());
            [Some(feed.url.to_string()), instead]
        };
        feeds.into_iter().flat_map(both).flatten().collect()
    }

    /// Asks all feeds of a provider; `known` is what their last answers said of themselves.
    pub async fn poll(&self, provider: &str, known: &[Validators]) -> Polled {
        let mut polled = Polled::default();
        let feeds = match feeds::of(provider, &self.config) {
            Ok(feeds) => feeds,
            Err(error) => {
                polled.error = Some(error);
                return polled;
            }
        };
        for feed in feeds {
            let mut answer = self.ask(&feed, known).await;
            if let (Err(Error::Call(http_client::Error::NotFound)), Some(instead)) = (&answer, &feed.instead) {
                answer = self.ask(instead, known).await;
            }
            match answer.map_err(|error| if feed.is_named { error.hidden() } else { error }) {
                Ok(answer) => polled.answers.push(answer),
                Err(error) if feed.optional && error.is_not_found() => {}
                // The others would be no better off.
                Err(error) => {
                    polled.error = Some(error);
                    break;
                }
            }
        }
        polled
    }

    async fn ask(&self, feed: &Feed, known: &[Validators]) -> Result<Answer, Error> {
        let known = known.iter().find(|known| known.url == feed.url.as_str());
        let http = if feed.is_named { &self.guarded } else { &self.http };
        let mut request = http.get(feed.url.clone());
        if let Some(etag) = known.and_then(|known| known.etag.as_ref()) {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(since) = known.and_then(|known| known.last_modified.as_ref()) {
            request = request.header(header::IF_MODIFIED_SINCE, since);
        }
        let response = request.send().await?;
        let text = |name| {
            response
                .header(&name)
                .filter(|text| text.len() < 300)
                .map(str::to_owned)
        };
        if response.status == StatusCode::NOT_MODIFIED {
            return Ok(Answer {
                feed: feed.name,
                url: feed.url.to_string(),
                etag: known.and_then(|known| known.etag.clone()),
                last_modified: known.and_then(|known| known.last_modified.clone()),
                outages: None,
                whole: true,
            });
        }
        let parsed = parse(feed, &response)?;
        Ok(Answer {
            feed: feed.name,
            url: feed.url.to_string(),
            etag: text(header::ETAG),
            last_modified: text(header::LAST_MODIFIED),
            outages: Some(parsed.outages),
            whole: parsed.whole,
        })
    }
}

fn parse(feed: &Feed, response: &Response) -> Result<crate::wire::Parsed, Error> {
    response.no_page()?;
    (feed.parse)(&response.body)
}
