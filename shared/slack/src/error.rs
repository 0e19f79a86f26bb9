//! What went wrong in a call, sorted by what it means for whoever called.

use std::time::Duration;

use slack_morphism::errors::SlackClientError;
use thiserror::Error;

/// Why a call did not give what it should.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// Too many calls: wait this long. Nothing was done.
    #[error("{method}: rate limited for {after:?}")]
    RateLimited {
        /// The method called.
        method: &'static str,
        /// How long to wait.
        after: Duration,
    },
    /// No answer came; it may work later. **What the call asked for may be done all the same, even a moment from now.**
    #[error("{method}: {reason}")]
    Transient {
        /// The method called.
        method: &'static str,
        /// What was seen, without any secret.
        reason: String,
    },
    /// Slack answered that it failed; it may work later. **What the call asked for may have been done all the same**, but
    /// nothing more comes of it.
    #[error("{method}: {reason}")]
    ServerError {
        /// The method called.
        method: &'static str,
        /// What was seen, without any secret.
        reason: String,
    },
    /// Slack said no, and will again. Nothing was done.
    #[error("{method}: refused with {code}{}", detail.as_deref().map(|d| format!(" ({d})")).unwrap_or_default())]
    Refused {
        /// The method called.
        method: &'static str,
        /// Slack's error code.
        code: String,
        /// What Slack said beyond the code.
        detail: Option<String>,
    },
    /// What the call was about is not there (any more). Nothing was done.
    #[error("{method}: {code}")]
    NotFound {
        /// The method called.
        method: &'static str,
        /// Slack's error code.
        code: String,
    },
    /// The token is not (or no longer) good. Nothing was done.
    #[error("{method}: the token was rejected ({code})")]
    Unauthorized {
        /// The method called.
        method: &'static str,
        /// Slack's error code.
        code: String,
    },
}

/// Slack does not accept a token, which a service cannot do without.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "Slack rejected the token in {variable} ({code}): set it to the one that https://api.slack.com/apps shows for \
     this app, and start again."
)]
pub struct TokenRefused {
    /// The variable of the environment that holds the token.
    pub variable: &'static str,
    /// Slack's error code.
    pub code: String,
}

/// What to wait when a limit does not say how long.
const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// How the methods that we call say that a channel cannot be used.
const CHANNEL_UNUSABLE: [&str; 5] = [
    "channel_not_found",
    // files.completeUploadExternal
    "invalid_channel",
    "is_archived",
    // chat.update: frozen, archived or deleted.
    "is_inactive",
    "not_in_channel",
];

impl Error {
    /// Whether Slack certainly did nothing.
    pub fn had_no_effect(&self) -> bool {
        !matches!(self, Self::Transient { .. } | Self::ServerError { .. })
    }

    /// Whether Slack answered: what the call asked for is done by now, or never.
    pub fn is_answer(&self) -> bool {
        !matches!(self, Self::Transient { .. })
    }

    /// When the token was not accepted: what to say of the variable that it came from.
    pub fn token_refused(&self, variable: &'static str) -> Option<TokenRefused> {
        match self {
            Self::Unauthorized { code, .. } => Some(TokenRefused {
                variable,
                code: code.clone(),
            }),
            _ => None,
        }
    }

    /// Whether the same call may work later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Transient { .. } | Self::ServerError { .. })
    }

    /// Slack's code, where it gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } | Self::NotFound { code, .. } | Self::Unauthorized { code, .. } => Some(code),
            Self::RateLimited { .. } | Self::Transient { .. } | Self::ServerError { .. } => None,
        }
    }

    /// Whether the channel cannot be used: the bot is not in it, it is archived, or it is not there.
    pub fn is_channel_unusable(&self) -> bool {
        self.code().is_some_and(|code| CHANNEL_UNUSABLE.contains(&code))
    }

    /// Whether the thread, or the message that began it, is not there any more.
    pub fn is_thread_gone(&self) -> bool {
        self.code() == Some("thread_not_found")
    }

    /// Whether a message of ours is not there any more. One that was deleted although it had answers leaves a tombstone, which
    /// is not ours.
    pub fn is_message_gone(&self) -> bool {
        matches!(self.code(), Some("message_not_found" | "cant_update_message"))
    }

    pub(crate) fn timed_out(method: &'static str, timeout: Duration) -> Self {
        Self::Transient {
            method,
            reason: format!("no answer within {timeout:?}"),
        }
    }

    pub(crate) fn from_client(method: &'static str, error: SlackClientError) -> Self {
        match error {
            SlackClientError::RateLimitError(limit) => Self::RateLimited {
                method,
                after: limit.retry_after.unwrap_or(DEFAULT_WAIT),
            },
            SlackClientError::ApiError(api) => Self::from_code(method, api.code, api.http_response_body.as_deref()),
            SlackClientError::HttpError(http) if http.status_code.is_client_error() => Self::Refused {
                method,
                code: format!("http_{}", http.status_code.as_u16()),
                detail: None,
            },
            SlackClientError::HttpError(http) => Self::ServerError {
                method,
                reason: format!("Slack answered with status {}", http.status_code.as_u16()),
            },
            SlackClientError::ProtocolError(protocol) => Self::Transient {
                method,
                reason: format!("the answer was not understood: {}", protocol.json_error),
            },
            // The texts of the others can hold addresses, and addresses can hold secrets.
            SlackClientError::HttpProtocolError(_) => Self::Transient {
                method,
                reason: "the connection broke".to_owned(),
            },
            SlackClientError::EndOfStream(_)
            | SlackClientError::SystemError(_)
            | SlackClientError::SocketModeProtocolError(_) => Self::Transient {
                method,
                reason: "the call failed before it was answered".to_owned(),
            },
        }
    }

    pub(crate) fn from_code(method: &'static str, code: String, body: Option<&str>) -> Self {
        match code.as_str() {
            "ratelimited" | "rate_limited" | "message_limit_exceeded" => Self::RateLimited {
                method,
                after: DEFAULT_WAIT,
            },
            // Slack documents of these that a part of the call may have succeeded.
            "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" | "team_added_to_org"
            // The channel is being moved to another workspace, which ends.
            | "external_channel_migrating" => Self::ServerError {
                method,
                reason: format!("Slack answered {code}"),
            },
            "not_authed"
            | "invalid_auth"
            | "account_inactive"
            | "token_revoked"
            | "token_expired"
            | "not_allowed_token_type" => Self::Unauthorized { method, code },
            "channel_not_found" | "message_not_found" | "user_not_found" | "users_not_found" | "thread_not_found" => {
                Self::NotFound { method, code }
            }
            _ => Self::Refused {
                method,
                detail: body.and_then(detail),
                code,
            },
        }
    }
}

/// What Slack says of a refusal beyond its code: the missing scope, or what is wrong with the blocks.
fn detail(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    if let Some(needed) = body.get("needed").and_then(serde_json::Value::as_str) {
        return Some(needed.to_owned());
    }
    let messages = body.pointer("/response_metadata/messages")?.as_array()?;
    let messages: Vec<_> = messages.iter().filter_map(serde_json::Value::as_str).collect();
    (!messages.is_empty()).then(|| messages.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mean_something() {
        let code = |code: &str| Error::from_code("chat.update", code.to_owned(), None);
        assert!(matches!(code("ratelimited"), Error::RateLimited { .. }));
        assert!(matches!(code("message_not_found"), Error::NotFound { .. }));
        assert!(matches!(code("token_revoked"), Error::Unauthorized { .. }));
        assert!(matches!(code("is_archived"), Error::Refused { .. }));
        let broken = code("fatal_error");
        assert!(!broken.had_no_effect() && broken.is_answer());
        let lost = Error::timed_out("chat.update", DEFAULT_WAIT);
        assert!(!lost.had_no_effect() && !lost.is_answer());
        for unusable in CHANNEL_UNUSABLE {
            assert!(code(unusable).is_channel_unusable() && code(unusable).had_no_effect());
        }
        assert!(!code("message_not_found").is_channel_unusable());
        assert!(code("external_channel_migrating").is_transient());
        assert!(code("message_not_found").is_message_gone() && code("cant_update_message").is_message_gone());
        assert!(code("thread_not_found").is_thread_gone());
        assert!(code("is_archived").had_no_effect());
    }

    #[test]
    fn a_missing_scope_is_named() {
        let error = Error::from_code(
            "pins.add",
            "missing_scope".to_owned(),
            Some(r#"{"ok":false,"error":"missing_scope","needed":"pins:write","provided":"chat:write"}"#),
        );
        assert_eq!(error.to_string(), "pins.add: refused with missing_scope (pins:write)");
    }

    #[test]
    fn blocks_that_were_refused_say_why() {
        let error = Error::from_code(
            "chat.postMessage",
            "invalid_blocks".to_owned(),
            Some(r#"{"ok":false,"error":"invalid_blocks","response_metadata":{"messages":["[ERROR] too long"]}}"#),
        );
        assert!(error.to_string().contains("[ERROR] too long"));
    }
}
