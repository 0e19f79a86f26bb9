//! Why PagerDuty did not do it.

use http_client::{Response, StatusCode};
use serde::Deserialize;
use thiserror::Error;

/// PagerDuty's number for an argument that is wrong: which one stands in `errors`.
const WRONG_ARGUMENT: i64 = 2002;
/// Its number for a `From` that is nobody's e-mail.
const UNKNOWN_REQUESTER: i64 = 1008;
/// The most characters of what it says that are passed on.
const MOST: usize = 300;

/// Why a call did not work. No credential is ever in it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// The call did not work, or was refused.
    #[error(transparent)]
    Call(#[from] http_client::Error),
    /// An open incident of the service has this key already.
    #[error("an open incident has this key already")]
    KeyTaken,
    /// Nobody in PagerDuty has the e-mail on whose behalf it was asked for.
    #[error("nobody in PagerDuty has the e-mail {0}")]
    UnknownRequester(String),
    /// The account lacks what it takes.
    #[error("the account lacks a feature: {0}")]
    LacksAbility(String),
}

#[derive(Deserialize)]
struct Body {
    error: Details,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
    /// A list, or an object by field.
    #[serde(default)]
    errors: serde_json::Value,
    /// Names of abilities.
    #[serde(default)]
    required_abilities: Vec<String>,
}

impl Details {
    /// Everything that it says, in one line.
    fn said(&self) -> String {
        let mut said = self.message.trim().trim_end_matches('.').to_owned();
        let mut texts = Vec::new();
        collect(&self.errors, &mut texts);
        for text in texts {
            if !said.is_empty() {
                said.push_str(": ");
            }
            said.push_str(text.trim_end_matches('.'));
        }
        said.chars().take(MOST).collect()
    }
}

fn collect<'a>(value: &'a serde_json::Value, texts: &mut Vec<&'a str>) {
    match value {
        serde_json::Value::String(text) => texts.push(text),
        serde_json::Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        serde_json::Value::Object(fields) => fields.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}

/// What an answer means that is no success; `from` is on whose behalf it was asked for.
pub(crate) fn check(response: Response, from: &str) -> Result<Response, Error> {
    let status = response.status;
    let body = response.body.clone();
    let error = match response.success() {
        Ok(response) => return Ok(response),
        Err(error) => error,
    };
    let details = serde_json::from_slice::<Body>(&body).ok().map(|body| body.error);
    let said = details.as_ref().map(Details::said).filter(|said| !said.is_empty());
    Err(match (details, error) {
        (Some(details), _)
            if status == StatusCode::BAD_REQUEST
                && details.code == WRONG_ARGUMENT
                && said.as_deref().is_some_and(is_about_key) =>
        {
            Error::KeyTaken
        }
        (Some(details), _) if status == StatusCode::BAD_REQUEST && details.code == UNKNOWN_REQUESTER => {
            Error::UnknownRequester(from.to_owned())
        }
        (details, _) if status == StatusCode::PAYMENT_REQUIRED => {
            let abilities = details.map(|details| details.required_abilities.join(", "));
            let named = abilities.filter(|abilities| !abilities.is_empty()).or(said);
            Error::LacksAbility(named.unwrap_or_else(|| "it does not say what".to_owned()))
        }
        // Its own reason says more than what the status stands for.
        (_, http_client::Error::Refused(_)) if said.is_some() => {
            http_client::Error::Refused(said.unwrap_or_default()).into()
        }
        (_, http_client::Error::Unauthorized(status)) if said.is_some() => http_client::Error::Refused(format!(
            "{} ({status}). Have the API token and its permissions checked",
            said.unwrap_or_default()
        ))
        .into(),
        (_, error) => error.into(),
    })
}

/// Whether a reason speaks of the key by which incidents are told apart, and not of another argument.
fn is_about_key(said: &str) -> bool {
    let said = said.to_lowercase();
    ["dedup key", "dedup_key", "incident key", "incident_key"]
        .iter()
        .any(|key| said.contains(key))
}

#[cfg(test)]
mod tests {
    use http_client::HeaderMap;
    use serde_json::json;

    use super::*;

    fn of(status: u16, code: i64, message: &str, errors: &[&str]) -> Error {
        let body = json!({ "error": { "code": code, "message": message, "errors": errors } });
        let response = Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.to_string().into(),
        };
        check(response, "bot@example.com").unwrap_err()
    }

    fn refused(said: &str) -> Error {
        http_client::Error::Refused(said.to_owned()).into()
    }

    #[test]
    fn a_wrong_argument_is_a_taken_key_only_where_the_reason_says_so() {
        let wrong = |reason: &str| of(400, 2002, "Arguments Caused Error", &[reason]);
        let taken = "Open incident with matching dedup key already exists on this service";
        assert_eq!(wrong(taken), Error::KeyTaken);
        for reason in [
            "Service not found",
            "Service is disabled",
            "Offset and limit together must not exceed 10000",
            "Escalation policy not found",
        ] {
            assert_eq!(wrong(reason), refused(&format!("Arguments Caused Error: {reason}")));
        }
    }

    #[test]
    fn every_refusal_says_pagerdutys_own_reason() {
        assert_eq!(
            of(400, 2001, "Invalid Input Provided", &["Title cannot be blank."]),
            refused("Invalid Input Provided: Title cannot be blank")
        );
        assert!(
            of(401, 2006, "Unauthorized", &[])
                .to_string()
                .starts_with("Unauthorized (401")
        );
        assert!(
            of(403, 2010, "Access Denied", &["The token is read-only"])
                .to_string()
                .contains("read-only")
        );
        // Callers decide by it, as for a page whose incident is gone.
        assert_eq!(
            of(404, 2100, "Not Found", &["Incident not found"]),
            http_client::Error::NotFound.into()
        );
        assert_eq!(of(409, 0, "Conflict", &[]), refused("Conflict"));
        assert!(matches!(
            of(429, 2020, "Rate Limit Exceeded", &[]),
            Error::Call(http_client::Error::RateLimited(_))
        ));
        assert!(matches!(
            of(500, 2000, "Oops", &[]),
            Error::Call(http_client::Error::ServerError(_))
        ));
    }
}
