//! The one way to call a vendor over HTTP: bounded in time and size, with errors that know what they mean.
//!
//! A vendor's client holds a [`Client`], gives each [`Request`] its credentials by [`Request::credential`], and maps what
//! comes back. Redirects are followed here, because a credential must never reach another host.

mod client;
mod error;

pub use client::{BuildError, Client, Limits, Request, Response};
pub use error::Error;
pub use http::{HeaderName, StatusCode, header};
pub use url::Url;

/// What every call gives.
pub type Result<T> = std::result::Result<T, Error>;
