//! The cookies that carry our tokens.

use axum::http::{HeaderMap, header};
use chrono::TimeDelta;
use store::{console_devices, console_sessions};

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Carries a session.
    Session,
    /// Tells a browser in which somebody has signed in before; it opens nothing.
    Device,
}

impl Kind {
    /// With `__Host-` browsers take it over https only, for this host and no other.
    fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::Session, true) => "__Host-incident_bot_session",
            (Self::Session, false) => "incident_bot_session",
            (Self::Device, true) => "__Host-incident_bot_device",
            (Self::Device, false) => "incident_bot_device",
        }
    }

    fn max_age(self) -> TimeDelta {
        match self {
            Self::Session => console_sessions::ABSOLUTE,
            Self::Device => console_devices::RETENTION,
        }
    }

    /// The `Set-Cookie` that gives the browser a token.
    pub(crate) fn issued(self, token: &str, https: bool) -> String {
        self.set(token, self.max_age().num_seconds(), https)
    }

    /// The `Set-Cookie` that takes it away.
    pub(crate) fn cleared(self, https: bool) -> String {
        self.set("", 0, https)
    }

    fn set(self, value: &str, max_age: i64, https: bool) -> String {
        let secure = if https { "; Secure" } else { "" };
        format!(
            "{}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}",
            self.name(https)
        )
    }

    /// The token that the browser sent.
    pub(super) fn token(self, headers: &HeaderMap, https: bool) -> Option<String> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == self.name(https) && !value.is_empty()).then(|| value.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn scripts_cannot_read_it_and_https_keeps_it() {
        assert_eq!(
            Kind::Session.issued("abc", true),
            "__Host-incident_bot_session=abc; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            Kind::Session.issued("abc", false),
            "incident_bot_session=abc; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            Kind::Device.issued("abc", true),
            "__Host-incident_bot_device=abc; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax; Secure"
        );
        assert!(
            Kind::Session
                .cleared(true)
                .starts_with("__Host-incident_bot_session=; Path=/; Max-Age=0; HttpOnly")
        );
    }

    #[test]
    fn it_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("theme=dark; incident_bot_session=abc==; x=1"),
        );
        assert_eq!(Kind::Session.token(&headers, false).as_deref(), Some("abc=="));
        assert_eq!(
            Kind::Session.token(&headers, true),
            None,
            "one that came without https is none with it"
        );
        // HTTP/2 sends each in a line of its own.
        headers.insert(header::COOKIE, HeaderValue::from_static("theme=dark"));
        headers.append(header::COOKIE, HeaderValue::from_static("incident_bot_session=def"));
        assert_eq!(Kind::Session.token(&headers, false).as_deref(), Some("def"));
        assert_eq!(Kind::Device.token(&headers, false), None, "a session is no device");
        headers.insert(header::COOKIE, HeaderValue::from_static("incident_bot_session="));
        assert_eq!(Kind::Session.token(&headers, false), None);
    }
}
