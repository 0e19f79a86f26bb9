//! What every call that changes an incident has in common: who may, which request it is, the audit log, the answer.

use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Incident, IncidentId, Settings, settings};
use incidents::CommandError;
use prost::Message;
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::audit_log::Entry;
use store::console_users::Role;
use store::incident_list;
use tonic::{Code, Request, Status};

use super::{convert, see, status};
use crate::App;
use crate::auth::{self, Caller, Peer};
use crate::proto;

/// A longer one was not chosen by a client that knows what it is for.
const LONGEST_REQUEST_ID: usize = 200;

/// Somebody who may act, and what they are about to do.
pub(crate) struct Act<'a> {
    app: &'a App,
    pub(crate) caller: Caller,
    peer: Peer,
    /// How the audit log calls it.
    action: &'static str,
    /// A hash of everything that was sent.
    content: String,
    /// What it is done to, once that is known: mostly an incident.
    about: OnceLock<String>,
}

/// What is to be done to which incident.
pub(crate) struct Wish {
    pub(crate) incident: IncidentId,
    pub(crate) request: incidents::Request,
}

impl<'a> Act<'a> {
    /// Lets a responder act; that somebody else tried is written down.
    pub(crate) async fn begin<T: Message>(
        app: &'a App,
        request: Request<T>,
        action: &'static str,
    ) -> Result<(Self, T), Status> {
        let act = Self {
            app,
            caller: auth::caller(&request)?.clone(),
            peer: auth::peer(&request),
            action,
            content: content(request.get_ref()),
            about: OnceLock::new(),
        };
        if !act.caller.may(Role::Responder) {
            let tried = format!("{action}_refused");
            see::audit_refusal(app, &act.caller, &act.peer, &tried, String::new())
                .await
                .map_err(|error| status::database(&error))?;
            return Err(Status::permission_denied(
                "You have read-only access to incidents. Ask an admin for the responder role.",
            ));
        }
        Ok((act, request.into_inner()))
    }

    /// The wish of the caller that `request_id` stands for, with what the audit log says of it besides who and when.
    pub(crate) fn wish(&self, incident: &str, request_id: &str, details: Value) -> Result<Wish, Status> {
        let incident: IncidentId = incident.parse().map_err(|_| status::no_incident())?;
        let request = self.request(&incident.to_string(), request_id, details)?;
        Ok(Wish { incident, request })
    }

    /// The request of the caller that `request_id` stands for, about something.
    pub(crate) fn request(&self, about: &str, request_id: &str, details: Value) -> Result<incidents::Request, Status> {
        let _ = self.about.set(about.to_owned());
        let (user, request_id) = (self.caller.user().id, checked(request_id)?);
        Ok(incidents::Request {
            // Two people who choose the same id mean different things, and so do two calls.
            key: format!("console/{user}/{}/{about}/{request_id}", self.action),
            actor: self.caller.actor(),
            now: self.app.clock.now(),
            channel: None,
            content: Some(self.content.clone()),
            audit: Some(self.entry(about.to_owned(), details)),
        })
    }

    /// Only people who are known in Slack can be given something to do there; `field` is where they were named.
    pub(crate) async fn check_people(&self, field: &str, people: &[String]) -> Result<(), Status> {
        let known = async {
            let mut conn = self.app.pool.acquire().await?;
            store::slack_users::people(&mut conn, people).await
        };
        let known = known.await.map_err(|error| status::database(&error))?;
        let own = self.caller.user().slack_user_id.as_ref();
        if people.iter().all(|one| known.contains(one) || own == Some(one)) {
            Ok(())
        } else {
            Err(Status::invalid_argument(format!(
                "{field}: This person isn’t in Slack, or has left. Choose somebody else."
            )))
        }
    }

    /// The incident as it is now.
    pub(crate) async fn answer(&self, wish: &Wish) -> Result<proto::Incident, Status> {
        let (incident, settings) = self
            .load(wish.incident)
            .await
            .map_err(|error| self.unconfirmed(&error))?
            .ok_or_else(status::no_incident)?;
        Ok(convert::incident(&incident, &settings))
    }

    /// What the audit log says of an act that is about nothing else than itself; written in the transaction of the act.
    pub(crate) fn audit(&self) -> Entry {
        self.entry(String::new(), Value::Null)
    }

    /// What the caller is told when `error` kept a command from being carried out. `text` is the field that texts are in.
    pub(crate) fn refusal(&self, error: CommandError, text: &str) -> Status {
        let sentence = error.to_string();
        match error {
            CommandError::NoIncident => status::no_incident(),
            CommandError::UnknownSeverity(_) => Status::invalid_argument(format!("severity: {sentence}")),
            CommandError::UnknownStatus(_) => Status::invalid_argument(format!("status: {sentence}")),
            CommandError::UnknownRole(_) => Status::invalid_argument(format!("role: {sentence}")),
            CommandError::EmptyText | CommandError::TextTooLong { .. } => {
                Status::invalid_argument(format!("{text}: {sentence}"))
            }
            CommandError::CannotHoldRole { .. } | CommandError::CannotBeInvited(_) => {
                Status::invalid_argument(format!("slack_user_id: {sentence}"))
            }
            CommandError::OtherContent => Status::already_exists(sentence),
            CommandError::MissingRoles(roles) => missing_roles(&roles, sentence),
            refused if refused.is_refusal() => Status::failed_precondition(sentence),
            failed => self.unconfirmed(&failed),
        }
    }

    fn unconfirmed(&self, error: &impl std::fmt::Display) -> Status {
        let (action, about) = (self.action, self.about.get().map(String::as_str));
        tracing::error!(%error, action, about, "a change could not be confirmed");
        Status::unavailable("We couldn’t confirm your change. Try again; it won’t be applied twice.")
    }

    async fn load(&self, id: IncidentId) -> Result<Option<(Incident, Arc<Settings>)>, store::Error> {
        let mut conn = self.app.pool.acquire().await?;
        let Some(incident) = incident_list::get(&mut conn, &self.caller.viewer(), id).await? else {
            return Ok(None);
        };
        Ok(Some((incident, self.app.pool.settings(&mut conn).await?)))
    }

    fn entry(&self, target: String, details: Value) -> Entry {
        let mut entry = see::entry(self.app, &self.caller, &self.peer, self.action, target);
        if let (Value::Object(all), Value::Object(details)) = (&mut entry.details, details) {
            all.extend(details);
        }
        entry
    }
}

/// A hash of everything that was sent, so that the same `request_id` with something else is noticed.
pub(crate) fn content(message: &impl Message) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(message.encode_to_vec()))
}

/// A request's id as it is kept.
pub(crate) fn checked(request_id: &str) -> Result<String, Status> {
    if request_id.is_empty() || request_id.len() > LONGEST_REQUEST_ID {
        return Err(Status::invalid_argument("request_id: 1 to 200 characters are needed."));
    }
    Ok(without_nul(request_id))
}

/// Postgres' texts hold every character but this one.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// The refusal with the roles themselves, so that a form can ask for them.
fn missing_roles(roles: &[settings::Role], sentence: String) -> Status {
    let missing = proto::MissingRoles {
        roles: roles.iter().map(convert::role).collect(),
    };
    with_detail(
        Code::FailedPrecondition,
        sentence,
        "incident_bot.v1.MissingRoles",
        missing.encode_to_vec(),
    )
}

/// A status with a detail, as gRPC's clients expect it in `grpc-status-details-bin`.
pub(super) fn with_detail(code: Code, sentence: String, kind: &str, value: Vec<u8>) -> Status {
    /// `google.rpc.Status`.
    #[derive(Clone, PartialEq, prost::Message)]
    struct Detailed {
        #[prost(int32, tag = "1")]
        code: i32,
        #[prost(string, tag = "2")]
        message: String,
        #[prost(message, repeated, tag = "3")]
        details: Vec<prost_types::Any>,
    }
    let detailed = Detailed {
        code: code.into(),
        message: sentence.clone(),
        details: vec![prost_types::Any {
            type_url: format!("type.googleapis.com/{kind}"),
            value,
        }],
    };
    Status::with_details(code, sentence, detailed.encode_to_vec().into())
}
