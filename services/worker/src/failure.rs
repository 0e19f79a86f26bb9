//! Why a run failed, and what that means for its job: retry, wait or discard.

use std::time::Duration;

use incidents::JobCommandError;
use queue::{Outcome, Stale};
use thiserror::Error;

/// Why a run failed.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// A call to Slack failed.
    #[error(transparent)]
    Slack(#[from] slack::Error),
    /// A call to another vendor failed.
    #[error("{vendor}: {error}")]
    Vendor {
        /// Its label, such as `PagerDuty`.
        vendor: &'static str,
        /// The error of the call.
        error: http_client::Error,
    },
    /// The database failed.
    #[error("the database failed: {0}")]
    Store(#[from] store::Error),
    /// It is too early: run again after `delay`.
    #[error("{reason}")]
    Wait {
        /// How long.
        delay: Duration,
        /// What it waits for.
        reason: &'static str,
    },
    /// Something of ours does not exist yet.
    #[error("{reason}")]
    NotYet {
        /// The longest wait until the next run, if people would notice a longer one.
        at_most: Option<Duration>,
        /// What it waits for.
        reason: &'static str,
    },
    /// A command that follows from the job failed.
    #[error(transparent)]
    Command(#[from] JobCommandError),
    /// Jobs that follow could not be recorded.
    #[error(transparent)]
    Enqueue(#[from] queue::EnqueueError),
    /// Another worker has the job meanwhile.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The stored result of an effect cannot be read by this build, and the effect is not found at the vendor.
    #[error("the result of {key} has version {version}, which cannot be read: {error}")]
    Unreadable {
        /// The effect's key.
        key: String,
        /// The version of the stored result.
        version: i16,
        /// Why it cannot be read.
        error: serde_json::Error,
    },
    /// It may work the next time: the job is retried.
    #[error("{0}")]
    Again(String),
    /// It will never work: the job is discarded with this sentence for people.
    #[error("{0}")]
    Never(String),
}

impl Failure {
    /// Something of ours does not exist yet, and a longer wait is not noticed.
    pub(crate) fn not_yet(reason: &'static str) -> Self {
        Self::NotYet { at_most: None, reason }
    }

    /// Whether the call certainly changed nothing; otherwise it may have taken effect.
    pub(crate) fn had_no_effect(&self) -> bool {
        match self {
            Self::Slack(error) => error.had_no_effect(),
            Self::Vendor { error, .. } => error.had_no_effect(),
            Self::Never(_) => true,
            _ => false,
        }
    }

    /// Whether the vendor responded: the call has taken effect by now, or never will.
    pub(crate) fn is_answer(&self) -> bool {
        match self {
            Self::Slack(error) => error.is_answer(),
            Self::Vendor { error, .. } => error.is_answer(),
            _ => false,
        }
    }

    /// Whether retries will not work in this place, but another place may work.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Slack(slack::Error::Refused { .. } | slack::Error::NotFound { .. }) | Self::Never(_)
        )
    }

    /// Why the job is discarded; `None` if it is retried.
    pub(crate) fn discard_reason(&self) -> Option<String> {
        match self.outcome() {
            Outcome::Discard { reason } => Some(reason),
            _ => None,
        }
    }

    /// The job's outcome: the one place that decides between retry, wait and discard.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Slack(slack::Error::RateLimited { after, method }) => {
                Outcome::rate_limited(*after, format!("{method}: rate limited"))
            }
            // Somebody may set a new token before the horizon.
            Self::Slack(
                error @ (slack::Error::Transient { .. }
                | slack::Error::ServerError { .. }
                | slack::Error::Unauthorized { .. }),
            ) => Outcome::retry(error),
            Self::Slack(error @ (slack::Error::Refused { .. } | slack::Error::NotFound { .. })) => {
                Outcome::discard(why(error))
            }
            Self::Vendor { vendor, error } => vendor_outcome(vendor, error),
            Self::Wait { delay, reason } => Outcome::snooze(*delay, reason),
            Self::NotYet { at_most, reason } => Outcome::Wait {
                at_most: *at_most,
                reason: (*reason).to_owned(),
            },
            Self::Never(sentence) => Outcome::discard(sentence),
            error @ (Self::Again(_)
            | Self::Store(_)
            | Self::Command(_)
            | Self::Enqueue(_)
            | Self::Stale(_)
            | Self::Unreadable { .. }) => Outcome::retry(error),
        }
    }
}

/// The outcome of a job whose vendor call failed, and what a person can do about it.
fn vendor_outcome(vendor: &str, error: &http_client::Error) -> Outcome {
    use http_client::Error;
    match error {
        Error::RateLimited(after) => Outcome::rate_limited(*after, format!("{vendor}: rate limited")),
        Error::Transient(_) | Error::ServerError(_) => Outcome::retry(format!("{vendor}: {error}")),
        Error::Unauthorized(status) => Outcome::discard(format!(
            "{vendor} rejected our credentials ({status}). Ask an admin to check the credentials and their permissions."
        )),
        Error::NotFound => Outcome::discard(format!("Not found in {vendor}. Somebody may have deleted it there.")),
        Error::Refused(reason) => Outcome::discard(format!("{vendor} rejected the request: {reason}")),
    }
}

/// Why Slack refused, and what a person can do about it.
fn why(error: &slack::Error) -> String {
    let code = error.code().unwrap_or("no reason given");
    match (code, error) {
        (
            "missing_scope",
            slack::Error::Refused {
                detail: Some(scope), ..
            },
        ) => format!(
            "The Slack app lacks the scope {scope}. Ask a Slack admin to reinstall it with the current app manifest."
        ),
        ("is_archived" | "is_inactive", _) => "The channel is archived. Unarchive it in Slack, then retry.".to_owned(),
        ("not_in_channel", _) => "The bot is not in the channel. Invite it there, then retry.".to_owned(),
        ("channel_not_found" | "invalid_channel", _) => {
            "The channel was deleted, or the bot can't see it. Invite the bot there, then retry.".to_owned()
        }
        ("restricted_action" | "user_is_restricted" | "user_is_ultra_restricted" | "not_allowed", _) => {
            "The settings of this Slack workspace don't allow it. Ask a Slack admin.".to_owned()
        }
        _ => format!("Slack rejected the request ({error})."),
    }
}

/// The outcome of a run that ended with `result`.
pub(crate) fn outcome(result: Result<(), Failure>) -> Outcome {
    result.map_or_else(|failure| failure.outcome(), |()| Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> slack::Error {
        slack::Error::Refused {
            method: "pins.add",
            code: "is_archived".to_owned(),
            detail: None,
        }
    }

    #[test]
    fn each_meaning_has_its_outcome() {
        let limited = slack::Error::RateLimited {
            method: "chat.postMessage",
            after: Duration::from_secs(3),
        };
        assert!(matches!(
            Failure::from(limited).outcome(),
            Outcome::RateLimited { after, .. } if after == Duration::from_secs(3)
        ));
        let broken = slack::Error::Transient {
            method: "chat.postMessage",
            reason: "the connection broke".to_owned(),
        };
        assert!(matches!(Failure::from(broken).outcome(), Outcome::Retry { .. }));
        assert!(matches!(Failure::from(refused()).outcome(), Outcome::Discard { .. }));
        let vendor = |error| {
            Failure::Vendor {
                vendor: "PagerDuty",
                error,
            }
            .outcome()
        };
        let limited = http_client::Error::RateLimited(Duration::from_secs(3));
        assert!(matches!(vendor(limited), Outcome::RateLimited { after, .. } if after == Duration::from_secs(3)));
        let transient = http_client::Error::Transient("the connection broke".to_owned());
        assert!(matches!(vendor(transient), Outcome::Retry { .. }));
        assert!(matches!(vendor(http_client::Error::NotFound), Outcome::Discard { .. }));
        let revoked = slack::Error::Unauthorized {
            method: "auth.test",
            code: "token_revoked".to_owned(),
        };
        assert!(matches!(Failure::from(revoked).outcome(), Outcome::Retry { .. }));
    }
}
