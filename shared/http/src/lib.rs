//! The one way to call a vendor over HTTP: bounded in time and size, with errors that know what they mean.
//!
//! A vendor's client holds a [`Client`], gives each [`Request`] its credentials by [`Request::credential`], and maps what
//! comes back. Redirects are followed here, because a credential must never reach another host. A [`Gate`] holds calls back
//! that the vendor would refuse, a [`Guard`] keeps addresses that people name to the public internet.

mod client;
mod error;
mod gate;
mod guard;

pub use client::{BuildError, Client, Limits, Part, Request, Response};
pub use error::Error;
pub use gate::Gate;
pub use guard::{Guard, Lookup, SystemLookup, is_public};
pub use http::{HeaderMap, HeaderName, StatusCode, header};
pub use url::Url;

/// What every call gives.
pub type Result<T> = std::result::Result<T, Error>;
