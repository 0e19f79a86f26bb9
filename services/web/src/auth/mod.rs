//! Who asks, and whether they may.
//!
//! People sign in by password and are known by a session afterwards. Every call passes [`identify`], which puts a
//! [`Caller`] beside the request for whom the session belongs to, and a [`Peer`] for where it comes from.

mod cookie;
mod first_admin;
mod origin;
mod password;
mod peer;
mod typed_email;

use axum::extract::Request;
use axum::http::header;
use domain::Actor;
use sha2::{Digest, Sha256};
use store::console_sessions::{self, Session};
use store::console_users::{Role, User};
use store::incident_list::Viewer;
use tonic::Status;

pub use first_admin::FIRST_ADMIN;
pub use password::HashError;

pub(crate) use cookie::Kind as Cookie;
pub(crate) use first_admin::ensure_first_admin;
pub(crate) use password::{Passwords, is_wrapped};
pub(crate) use peer::Peer;
pub(crate) use typed_email::TypedEmail;

use crate::App;
use crate::api::status;

/// The hash under which a session is kept.
pub(crate) type TokenHash = [u8; 32];

/// The token of the browser that a call comes from, where it has one.
#[derive(Clone)]
struct Device(String);

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) session: Session,
    pub(crate) token_hash: TokenHash,
}

impl Caller {
    pub(crate) fn user(&self) -> &User {
        &self.session.user
    }

    /// What decides which private incidents they see.
    pub(crate) fn viewer(&self) -> Viewer {
        Viewer {
            console_user_id: Some(self.user().id),
            slack_user_id: self.user().slack_user_id.clone(),
        }
    }

    /// Who they are in an incident.
    pub(crate) fn actor(&self) -> Actor {
        let user = self.user();
        Actor::Console {
            user_id: user.id,
            name: user.name.clone(),
            slack_user_id: user.slack_user_id.clone(),
        }
    }

    pub(crate) fn may(&self, role: Role) -> bool {
        self.user().role >= role
    }
}

/// The caller of a call that needs one.
pub(crate) fn caller<T>(request: &tonic::Request<T>) -> Result<&Caller, Status> {
    request.extensions().get::<Caller>().ok_or_else(nobody)
}

/// The caller of a call that is for admins; others are told `refusal`.
pub(crate) fn admin<'a, T>(request: &'a tonic::Request<T>, refusal: &str) -> Result<&'a Caller, Status> {
    let caller = caller(request)?;
    if caller.may(Role::Admin) {
        Ok(caller)
    } else {
        Err(Status::permission_denied(refusal))
    }
}

/// What a call is told that needs a caller and has none.
pub(crate) fn nobody() -> Status {
    Status::unauthenticated("Please sign in.")
}

/// Where a call comes from.
pub(crate) fn peer<T>(request: &tonic::Request<T>) -> Peer {
    request.extensions().get::<Peer>().cloned().unwrap_or_default()
}

/// The token of the device that a call comes from, and the hash under which it is kept.
pub(crate) fn device<T>(request: &tonic::Request<T>) -> Option<(String, TokenHash)> {
    let Device(token) = request.extensions().get::<Device>()?.clone();
    let hash = hash(&token);
    Some((token, hash))
}

/// Refuses a call that another site made the browser send; finds the session of the others.
pub(crate) async fn identify(app: &App, request: &mut Request) -> Result<(), Status> {
    let peer = Peer::of(request, app.config.trusted_proxies);
    if !origin::is_same(request.headers(), app.config.web_url.as_deref()) {
        tracing::warn!(address = %peer.address, path = request.uri().path(), "refused a call from another site");
        return Err(Status::permission_denied(match &app.config.web_url {
            Some(url) => format!("This page is not at the console’s address. Open the console at {url}."),
            None => "This call came from another site and was refused.".to_owned(),
        }));
    }
    request.extensions_mut().insert(peer);
    let https = app.config.is_https();
    let token = Cookie::Session.token(request.headers(), https);
    let device = Cookie::Device.token(request.headers(), https);
    // Nobody needs the cookies from here on, and what is not there cannot be logged.
    request.headers_mut().remove(header::COOKIE);
    if let Some(device) = device {
        request.extensions_mut().insert(Device(device));
    }
    let Some(token) = token else {
        return Ok(());
    };
    let token_hash = hash(&token);
    let mut conn = app.pool.acquire().await.map_err(|error| status::database(&error))?;
    let session = console_sessions::use_now(&mut conn, &token_hash, app.clock.now())
        .await
        .map_err(|error| status::database(&error))?;
    if let Some(session) = session {
        request.extensions_mut().insert(Caller { session, token_hash });
    }
    Ok(())
}

/// A token that nobody can guess, and the hash under which it is kept.
pub(crate) fn new_token() -> (String, TokenHash) {
    use base64::Engine;

    // From a generator that the operating system seeds, made for secrets.
    let token = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let hash = hash(&token);
    (token, hash)
}

pub(crate) fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_differ() {
        let ((one, one_hash), (two, _)) = (new_token(), new_token());
        assert_eq!(one.len(), 43);
        assert_ne!(one, two);
        assert_eq!(one_hash, hash(&one));
    }
}
