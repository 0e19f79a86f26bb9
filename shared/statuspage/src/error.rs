//! What Statuspage's errors mean.

use http_client::{Error, Response, StatusCode};
use serde_json::Value;

/// The most characters of a reason that people read.
const MAX_REASON: usize = 300;

/// The answer where it is a success; else what it means, in Statuspage's own words where it refuses.
pub(crate) fn success(response: Response) -> Result<Response, Error> {
    let status = response.status;
    let said = reason(&response);
    match response.success() {
        Err(Error::Refused(_)) if let Some(said) = said => Err(Error::Refused(said)),
        // Statuspage says 403 too when the page's plan does not let one do it.
        Err(Error::Unauthorized(StatusCode::FORBIDDEN)) if let Some(said) = said => Err(Error::Refused(said)),
        Ok(response) if status.is_success() => Ok(response),
        Ok(_) => Err(Error::Transient(format!("it answered {status}"))),
        Err(error) => Err(error),
    }
}

/// Where there is no page with our id: nothing on it was removed.
pub(crate) fn of_page(error: Error) -> Error {
    match error {
        Error::NotFound => Error::Refused("there is no page with the ID in STATUSPAGE_PAGE_ID".to_owned()),
        error => error,
    }
}

/// A success that cannot be read may have had its effect, and the next answer may be whole.
pub(crate) fn unreadable(error: Error) -> Error {
    match error {
        Error::Refused(reason) => Error::Transient(reason),
        error => error,
    }
}

/// `{"error": "…"}`, `{"error": ["…"]}` or `{"message": "…"}`.
fn reason(response: &Response) -> Option<String> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    let texts: Vec<&str> = match (&body["error"], &body["message"]) {
        (Value::Array(all), _) => all.iter().filter_map(Value::as_str).collect(),
        (Value::String(one), _) | (_, Value::String(one)) => vec![one],
        _ => Vec::new(),
    };
    let said = texts.join(", ");
    (!said.is_empty()).then(|| said.chars().take(MAX_REASON).collect())
}
