//! What became of a call that did not work.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode, header};
use thiserror::Error;

/// Waited for where a limit does not say how long.
const DEFAULT_WAIT: Duration = Duration::from_secs(30);
/// Nobody is let wait longer: a wrong header must not switch an integration off for ever.
const LONGEST_WAIT: Duration = Duration::from_hours(6);

/// Why a call did not work. No address and no credential is ever in it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// Too much was asked of the vendor: not again before this much time has passed.
    #[error("it is rate limiting us for {} s", .0.as_secs())]
    RateLimited(Duration),
    /// No answer came, or none that is understood; it may work when it is tried again. What was asked for may be done all
    /// the same, even a moment from now.
    #[error("{0}")]
    Transient(String),
    /// It answered that it failed; it may work when it is tried again. What was asked for may have been done all the same,
    /// but nothing more comes of it.
    #[error("it answered {0}")]
    ServerError(StatusCode),
    /// It will not work however often it is tried.
    #[error("{0}")]
    Refused(String),
    /// There is no such thing.
    #[error("nothing was found at this address")]
    NotFound,
    /// The credentials are missing, wrong, or not enough.
    #[error("it rejected the credentials ({0})")]
    Unauthorized(StatusCode),
}

impl Error {
    /// Whether the call certainly changed nothing; else it may have been carried out and only its answer is lost.
    pub fn had_no_effect(&self) -> bool {
        !self.is_transient()
    }

    /// Whether the vendor answered: what was asked for is done by now, or never.
    pub fn is_answer(&self) -> bool {
        !matches!(self, Self::Transient(_))
    }

    /// Whether the same call may work later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Transient(_) | Self::ServerError(_))
    }

    /// What a status says that is no success.
    pub(crate) fn of_status(status: StatusCode, headers: &HeaderMap) -> Self {
        match status.as_u16() {
            // Statuspage says 420 for what is 429 elsewhere.
            420 | 429 => Self::RateLimited(retry_after(headers).unwrap_or(DEFAULT_WAIT)),
            401 | 403 => Self::Unauthorized(status),
            404 | 410 => Self::NotFound,
            503 if headers.contains_key(header::RETRY_AFTER) => {
                Self::RateLimited(retry_after(headers).unwrap_or(DEFAULT_WAIT))
            }
            408 | 425 | 500.. => Self::ServerError(status),
            _ => Self::Refused(format!("it answered {status}")),
        }
    }

    pub(crate) fn of_transport(error: &reqwest::Error) -> Self {
        if let Some(refusal) = crate::guard::refusal(error) {
            refusal
        } else if error.is_timeout() {
            Self::Transient("it did not answer in time".to_owned())
        } else if error.is_builder() {
            Self::Refused("the request could not be made".to_owned())
        } else if error.is_connect() {
            Self::Transient("no connection could be made".to_owned())
        } else {
            Self::Transient("the connection broke".to_owned())
        }
    }
}

/// The wait that a header asks for: seconds, or a moment.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(value)
            .ok()?
            .duration_since(SystemTime::now())
            .unwrap_or_default(),
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, retry_after: &str) -> Error {
        let mut headers = HeaderMap::new();
        if !retry_after.is_empty() {
            headers.insert(header::RETRY_AFTER, retry_after.parse().unwrap());
        }
        Error::of_status(StatusCode::from_u16(status).unwrap(), &headers)
    }

    #[test]
    fn a_status_has_its_meaning() {
        assert_eq!(of(429, "7"), Error::RateLimited(Duration::from_secs(7)));
        assert_eq!(of(420, ""), Error::RateLimited(DEFAULT_WAIT));
        assert_eq!(of(429, "soon"), Error::RateLimited(DEFAULT_WAIT));
        assert_eq!(of(429, "99999999999"), Error::RateLimited(LONGEST_WAIT));
        assert_eq!(of(503, "3"), Error::RateLimited(Duration::from_secs(3)));
        assert_eq!(
            of(429, "Sun, 06 Nov 1994 08:49:37 GMT"),
            Error::RateLimited(Duration::ZERO)
        );
        for status in [408, 500, 503] {
            let error = of(status, "");
            assert!(matches!(error, Error::ServerError(_)), "{error:?}");
            assert!(error.is_transient() && error.is_answer() && !error.had_no_effect());
        }
        assert_eq!(of(404, ""), Error::NotFound);
        assert!(matches!(of(403, ""), Error::Unauthorized(StatusCode::FORBIDDEN)));
        assert!(matches!(of(422, ""), Error::Refused(_)));
    }
}
