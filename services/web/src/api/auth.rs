//! Signing in and out.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde_json::Value;
use store::console_sessions::{self, Session};
use store::console_users::{self, Role, User};
use store::sign_in_attempts::{self, Admission};
use tonic::metadata::MetadataValue;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{convert, status};
use crate::App;
use crate::auth::{self, Caller, Peer};
use crate::proto::auth_service_server::AuthService;
use crate::proto::{
    self, GetSessionRequest, GetSessionResponse, SignInRequest, SignInResponse, SignOutRequest, SignOutResponse,
};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The longest e-mail there can be.
const MAX_EMAIL: usize = 320;

/// `incident_bot.v1.AuthService`.
pub(crate) struct AuthApi {
    app: App,
}

impl AuthApi {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    async fn admit(&self, email_hash: &[u8], peer: &Peer) -> Result<Admission, store::Error> {
        let now = self.app.clock.now();
        let mut tx = self.app.pool.begin().await?;
        let admission = sign_in_attempts::ask(&mut tx, email_hash, &peer.address.to_string(), now).await?;
        tx.commit().await?;
        Ok(admission)
    }

    async fn find(&self, email: &str) -> Result<Option<(User, String)>, store::Error> {
        console_users::with_password(&mut *self.app.pool.acquire().await?, email).await
    }

    async fn write_refusal(&self, email: &str, peer: &Peer) -> Result<(), store::Error> {
        // What is no e-mail may be a password in the wrong field.
        let who = if email.contains('@') { email } else { "" };
        let entry = entry(self.app.clock.now(), None, who, "sign_in_refused", Value::Null, peer);
        store::audit_log::append(&mut *self.app.pool.acquire().await?, &entry).await
    }

    /// Begins the new session, ends the one the browser had, and tidies up.
    async fn begin(
        &self,
        user: &User,
        email_hash: &[u8],
        token_hash: &[u8],
        old: Option<&Caller>,
        peer: &Peer,
    ) -> Result<Session, store::Error> {
        let now = self.app.clock.now();
        let address = peer.address.to_string();
        let mut tx = self.app.pool.begin().await?;
        sign_in_attempts::forgive(&mut tx, email_hash).await?;
        sign_in_attempts::forget_old(&mut tx, now).await?;
        console_sessions::forget_ended(&mut tx, now).await?;
        if let Some(old) = old {
            console_sessions::end(&mut tx, &old.token_hash).await?;
        }
        console_sessions::begin(&mut tx, token_hash, user.id, &address, &peer.user_agent, now).await?;
        let entry = entry(now, Some(user.id), &user.email, "sign_in", Value::Null, peer);
        store::audit_log::append(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(Session {
            user: user.clone(),
            started_at: now,
            last_used_at: now,
        })
    }

    async fn end(&self, caller: &Caller, peer: &Peer) -> Result<(), store::Error> {
        let user = caller.user();
        let entry = entry(
            self.app.clock.now(),
            Some(user.id),
            &user.email,
            "sign_out",
            Value::Null,
            peer,
        );
        let mut tx = self.app.pool.begin().await?;
        console_sessions::end(&mut tx, &caller.token_hash).await?;
        store::audit_log::append(&mut tx, &entry).await?;
        tx.commit().await
    }

    fn with_cookie<T>(message: T, cookie: &str) -> Result<Response<T>, Status> {
        let mut response = Response::new(message);
        let cookie = MetadataValue::try_from(cookie).map_err(|_| status::internal())?;
        response.metadata_mut().insert("set-cookie", cookie);
        Ok(response)
    }
}

#[tonic::async_trait]
impl AuthService for AuthApi {
    async fn sign_in(&self, request: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        let peer = auth::peer(&request);
        let old = auth::caller(&request).ok().cloned();
        let SignInRequest { email, password } = request.into_inner();
        let password = SecretString::from(password);
        let email: String = email
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_EMAIL)
            .collect();
        let email_hash = auth::hash(&email.to_lowercase());

        if let Admission::Wait(wait) = self
            .admit(&email_hash, &peer)
            .await
            .map_err(|error| status::database(&error))?
        {
            // Not in the audit log, which the attempts before are in: it would grow as fast as somebody can ask.
            tracing::warn!(address = %peer.address, "refused an attempt to sign in: too many failed");
            return Err(Status::resource_exhausted(format!(
                "Too many attempts to sign in. Please try again in {}.",
                in_words(wait)
            )));
        }
        let found = self.find(&email).await.map_err(|error| status::database(&error))?;
        let (user, hash) = found.unzip();
        let is_right = self.app.passwords.verify(password, hash).await.map_err(|error| {
            tracing::warn!(%error, "a password was not looked at");
            Status::unavailable("Many people are signing in at this moment. Please try again in a few seconds.")
        })?;
        let Some(user) = user.filter(|_| is_right) else {
            self.write_refusal(&email, &peer)
                .await
                .map_err(|error| status::database(&error))?;
            return Err(Status::unauthenticated("The e-mail or the password is wrong."));
        };
        let (token, token_hash) = auth::new_token();
        let session = self
            .begin(&user, &email_hash, &token_hash, old.as_ref(), &peer)
            .await
            .map_err(|error| status::database(&error))?;
        tracing::info!(email = user.email, address = %peer.address, "signed in");
        Self::with_cookie(
            SignInResponse {
                session: Some(shown(&session)),
            },
            &auth::issued(&token, self.app.config.is_https()),
        )
    }

    async fn sign_out(&self, request: Request<SignOutRequest>) -> Result<Response<SignOutResponse>, Status> {
        if let Ok(caller) = auth::caller(&request) {
            self.end(caller, &auth::peer(&request))
                .await
                .map_err(|error| status::database(&error))?;
        }
        Self::with_cookie(SignOutResponse {}, &auth::cleared(self.app.config.is_https()))
    }

    async fn get_session(&self, request: Request<GetSessionRequest>) -> Result<Response<GetSessionResponse>, Status> {
        let caller = auth::caller(&request)?;
        Ok(Response::new(GetSessionResponse {
            session: Some(shown(&caller.session)),
        }))
    }
}

fn shown(session: &Session) -> proto::Session {
    let role = match session.user.role {
        Role::Viewer => proto::UserRole::Viewer,
        Role::Responder => proto::UserRole::Responder,
        Role::Admin => proto::UserRole::Admin,
    };
    proto::Session {
        email: session.user.email.clone(),
        name: session.user.name.clone(),
        role: role.into(),
        expires_at: Some(convert::time(session.expires_at())),
        version: VERSION.to_owned(),
        slack_user_id: session.user.slack_user_id.clone().unwrap_or_default(),
    }
}

fn entry(
    at: DateTime<Utc>,
    user_id: Option<Uuid>,
    who: &str,
    action: &str,
    details: Value,
    peer: &Peer,
) -> store::audit_log::Entry {
    store::audit_log::Entry {
        at,
        user_id,
        who: who.to_owned(),
        action: action.to_owned(),
        target: String::new(),
        details,
        address: peer.address.to_string(),
    }
}

/// A wait as people say it, never shorter than it is.
fn in_words(wait: TimeDelta) -> String {
    let seconds = wait.num_milliseconds().unsigned_abs().div_ceil(1000);
    match seconds {
        0 | 1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_never_told_shorter_than_it_is() {
        assert_eq!(in_words(TimeDelta::milliseconds(200)), "a second");
        assert_eq!(in_words(TimeDelta::seconds(59)), "59 seconds");
        assert_eq!(in_words(TimeDelta::seconds(91)), "2 minutes");
        assert_eq!(in_words(TimeDelta::minutes(15)), "15 minutes");
    }
}
