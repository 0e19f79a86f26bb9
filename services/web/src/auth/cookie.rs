//! The cookie that carries a session's token.

use axum::http::{HeaderMap, header};
use store::console_sessions::ABSOLUTE;

/// With `__Host-` browsers take it over https only, for this host and no other.
fn name(https: bool) -> &'static str {
    if https {
        "__Host-incident_bot_session"
    } else {
        "incident_bot_session"
    }
}

/// The token that the browser sent.
pub(super) fn token(headers: &HeaderMap, https: bool) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name(https) && !value.is_empty()).then(|| value.to_owned()))
}

/// The `Set-Cookie` that begins a session.
pub(crate) fn issued(token: &str, https: bool) -> String {
    set(token, ABSOLUTE.num_seconds(), https)
}

/// The `Set-Cookie` that ends it.
pub(crate) fn cleared(https: bool) -> String {
    set("", 0, https)
}

fn set(value: &str, max_age: i64, https: bool) -> String {
    let secure = if https { "; Secure" } else { "" };
    format!(
        "{}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}",
        name(https)
    )
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn scripts_cannot_read_it_and_https_keeps_it() {
        assert_eq!(
            issued("abc", true),
            "__Host-incident_bot_session=abc; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            issued("abc", false),
            "incident_bot_session=abc; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"
        );
        assert!(cleared(true).starts_with("__Host-incident_bot_session=; Path=/; Max-Age=0; HttpOnly"));
    }

    #[test]
    fn it_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("theme=dark; incident_bot_session=abc==; x=1"),
        );
        assert_eq!(token(&headers, false).as_deref(), Some("abc=="));
        assert_eq!(
            token(&headers, true),
            None,
            "one that came without https is none with it"
        );
        // HTTP/2 sends each in a line of its own.
        headers.insert(header::COOKIE, HeaderValue::from_static("theme=dark"));
        headers.append(header::COOKIE, HeaderValue::from_static("incident_bot_session=def"));
        assert_eq!(token(&headers, false).as_deref(), Some("def"));
        headers.insert(header::COOKIE, HeaderValue::from_static("incident_bot_session="));
        assert_eq!(token(&headers, false), None);
    }
}
