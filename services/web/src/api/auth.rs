//! Signing in and out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde_json::{Value, json};
use store::console_devices;
use store::console_sessions::{self, Session};
use store::console_users::{self, Role, User};
use store::sign_in_attempts::{self, Admission, Attempt};
use tonic::metadata::MetadataValue;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{convert, status};
use crate::App;
use crate::auth::{self, Caller, Cookie, Peer, TokenHash};
use crate::proto::auth_service_server::AuthService;
use crate::proto::{
    self, GetSessionRequest, GetSessionResponse, GetSignInOptionsRequest, GetSignInOptionsResponse, SignInRequest,
    SignInResponse, SignOutRequest, SignOutResponse,
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

    /// The device, unless nobody has ever signed in on it, and whether the person has.
    async fn known(&self, device: Option<Token>, email: &str) -> Result<(Option<Token>, bool), store::Error> {
        let Some(device) = device else {
            return Ok((None, false));
        };
        let mut conn = self.app.pool.acquire().await?;
        let known = console_devices::lookup(&mut conn, &device.1, email, self.app.clock.now()).await?;
        Ok((known.to_anybody.then_some(device), known.to_user))
    }

    async fn admit(&self, attempt: Attempt<'_>) -> Result<Admission, store::Error> {
        let now = self.app.clock.now();
        let mut tx = self.app.pool.begin().await?;
        let admission = sign_in_attempts::ask(&mut tx, attempt, now).await?;
        tx.commit().await?;
        Ok(admission)
    }

    async fn find(&self, email: &str) -> Result<Option<(User, String)>, store::Error> {
        console_users::with_password(&mut *self.app.pool.acquire().await?, email).await
    }

    /// Writes down whom somebody tried to be. What is no user's e-mail may be a password in the wrong field.
    async fn write_refusal(&self, email: &str, attempt: Attempt<'_>, peer: &Peer) -> Result<(), store::Error> {
        let mut conn = self.app.pool.acquire().await?;
        let known = console_users::known_email(&mut conn, email).await?;
        let (who, details) = match &known {
            Some((_, email)) => (email.as_str(), Value::Null),
            None => ("", json!({ "email_hash": URL_SAFE_NO_PAD.encode(attempt.email_hash) })),
        };
        let entry = entry(self.app.clock.now(), None, who, "sign_in_refused", details, peer);
        store::audit_log::append(&mut conn, &entry).await
    }

    /// Begins the new session and ends the one that the browser had.
    async fn begin(
        &self,
        user: &User,
        attempt: Attempt<'_>,
        tokens: &Tokens,
        old: Option<&Caller>,
        peer: &Peer,
    ) -> Result<Session, store::Error> {
        let now = self.app.clock.now();
        let address = peer.address.to_string();
        let mut tx = self.app.pool.begin().await?;
        sign_in_attempts::forgive(&mut tx, attempt).await?;
        sign_in_attempts::forget_old(&mut tx, now).await?;
        console_sessions::forget_ended(&mut tx, now).await?;
        if let Some(old) = old {
            console_sessions::end(&mut tx, &old.token_hash).await?;
        }
        console_sessions::begin(&mut tx, &tokens.session.1, user.id, &address, &peer.user_agent, now).await?;
        console_devices::remember(&mut tx, &tokens.device.1, user.id, now).await?;
        let entry = entry(now, Some(user.id), &user.email, "sign_in", Value::Null, peer);
        store::audit_log::append(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(Session {
            user: user.clone(),
            started_at: now,
            last_used_at: now,
        })
    }

    /// Keeps our own hash of a password that came from incident-bot 0.8.2. When that fails, the next sign-in does it.
    async fn renew(&self, user: &User, password: SecretString, before: &str) {
        let renewed = async {
            let hash = self.app.passwords.hash(password).await?;
            let mut conn = self.app.pool.acquire().await?;
            console_users::renew_hash(&mut conn, user.id, before, &hash).await?;
            anyhow::Ok(())
        };
        if let Err(error) = renewed.await {
            tracing::warn!(%error, "a password of incident-bot 0.8.2 keeps its old hash for now");
        }
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

    fn with_cookies<T>(message: T, cookies: impl IntoIterator<Item = String>) -> Result<Response<T>, Status> {
        let mut response = Response::new(message);
        for cookie in cookies {
            let cookie = MetadataValue::try_from(cookie).map_err(|_| status::internal())?;
            response.metadata_mut().append("set-cookie", cookie);
        }
        Ok(response)
    }
}

/// A token, and the hash under which it is kept.
type Token = (String, TokenHash);

/// What a browser is given when somebody signs in.
struct Tokens {
    session: Token,
    device: Token,
}

#[tonic::async_trait]
impl AuthService for AuthApi {
    async fn sign_in(&self, request: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        let peer = auth::peer(&request);
        let old = auth::caller(&request).ok().cloned();
        let device = auth::device(&request);
        let SignInRequest { email, password } = request.into_inner();
        let password = SecretString::from(password);
        let email: String = email
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_EMAIL)
            .collect();
        let email_hash = self.app.typed_email.hash(&email);
        let network = peer.network();
        let (device, is_theirs) = self
            .known(device, &email)
            .await
            .map_err(|error| status::database(&error))?;
        let own_device = device.as_ref().filter(|_| is_theirs);
        let attempt = Attempt {
            email_hash: &email_hash,
            address: &network,
            device_hash: own_device.map(|(_, hash)| hash.as_slice()),
        };

        match self.admit(attempt).await.map_err(|error| status::database(&error))? {
            Admission::Granted { delay } => tokio::time::sleep(delay).await,
            Admission::Wait(wait) => {
                // Not in the audit log, which the attempts before are in: it would grow as fast as somebody can ask.
                tracing::warn!(address = %peer.address, "refused an attempt to sign in: too many failed");
                return Err(Status::resource_exhausted(format!(
                    "Too many attempts to sign in. Try again in {}.",
                    in_words(wait)
                )));
            }
        }
        let found = self.find(&email).await.map_err(|error| status::database(&error))?;
        let (user, hash) = found.unzip();
        let is_right = self
            .app
            .passwords
            .verify(password.clone(), hash.clone())
            .await
            .map_err(|error| {
                tracing::warn!(%error, "a password could not be checked");
                Status::unavailable("Many people are signing in right now. Try again in a few seconds.")
            })?;
        let Some(user) = user.filter(|_| is_right) else {
            self.write_refusal(&email, attempt, &peer)
                .await
                .map_err(|error| status::database(&error))?;
            return Err(Status::unauthenticated("The e-mail or the password is wrong."));
        };
        if let Some(hash) = hash.filter(|hash| auth::is_wrapped(hash)) {
            self.renew(&user, password, &hash).await;
        }
        // A token that the browser has keeps its worth, for others who sign in there too.
        let tokens = Tokens {
            session: auth::new_token(),
            device: device.clone().unwrap_or_else(auth::new_token),
        };
        let session = self
            .begin(&user, attempt, &tokens, old.as_ref(), &peer)
            .await
            .map_err(|error| status::database(&error))?;
        tracing::info!(email = user.email, address = %peer.address, "signed in");
        let https = self.app.config.is_https();
        Self::with_cookies(
            SignInResponse {
                session: Some(shown(&session)),
            },
            [
                Cookie::Session.issued(&tokens.session.0, https),
                Cookie::Device.issued(&tokens.device.0, https),
            ],
        )
    }

    async fn sign_out(&self, request: Request<SignOutRequest>) -> Result<Response<SignOutResponse>, Status> {
        if let Ok(caller) = auth::caller(&request) {
            self.end(caller, &auth::peer(&request))
                .await
                .map_err(|error| status::database(&error))?;
        }
        let cleared = Cookie::Session.cleared(self.app.config.is_https());
        let mut response = Self::with_cookies(SignOutResponse {}, [cleared])?;
        // Images of incidents that the browser has kept. Cookies are not meant: the device stays known.
        let cache = MetadataValue::from_static("\"cache\"");
        response.metadata_mut().insert("clear-site-data", cache);
        Ok(response)
    }

    async fn get_session(&self, request: Request<GetSessionRequest>) -> Result<Response<GetSessionResponse>, Status> {
        let caller = auth::caller(&request)?;
        Ok(Response::new(GetSessionResponse {
            session: Some(shown(&caller.session)),
        }))
    }

    async fn get_sign_in_options(
        &self,
        _: Request<GetSignInOptionsRequest>,
    ) -> Result<Response<GetSignInOptionsResponse>, Status> {
        Ok(Response::new(GetSignInOptionsResponse {
            console_url: self.app.config.web_url.clone().unwrap_or_default(),
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
