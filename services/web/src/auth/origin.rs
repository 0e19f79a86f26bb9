//! Calls that another site makes a browser send.

use axum::http::{HeaderMap, Uri, header};

/// Whether a call comes from our own pages, or from a program that is no browser.
///
/// Browsers say where a page's call comes from in `Sec-Fetch-Site`; those that do not say it in `Origin`. That is
/// compared with where people open the console, and with the host that was asked only where that is not set: a host's
/// name may be made to lead here by anybody. Without either header there is no browser, and so no cookie that somebody
/// else's page could use.
pub(super) fn is_same(headers: &HeaderMap, web_url: Option<&str>) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else { return false };
    if let Some(own) = web_url.and_then(parts) {
        return parts(origin) == Some(own);
    }
    let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    asked.is_some_and(|host| parts(origin).is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host)))
}

/// Scheme and host with port; `None` for `null`.
fn parts(address: &str) -> Option<(String, String)> {
    let uri: Uri = address.parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let authority = uri.authority()?.as_str().to_ascii_lowercase();
    // Browsers leave out the port that is the scheme's own.
    let own_port = if scheme == "https" { ":443" } else { ":80" };
    let authority = authority.strip_suffix(own_port).unwrap_or(&authority).to_owned();
    Some((scheme, authority))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn same(headers: &[(&'static str, &'static str)]) -> bool {
        is_same(&map(headers), Some("https://console.example:443"))
    }

    fn map(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn what_the_browser_says_of_the_site_decides() {
        assert!(same(&[("sec-fetch-site", "same-origin")]));
        assert!(!same(&[("sec-fetch-site", "cross-site")]));
        assert!(
            !same(&[("sec-fetch-site", "same-site")]),
            "another host of the company is another site"
        );
        assert!(!same(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://console.example")
        ]));
        assert!(
            same(&[("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:5173")]),
            "a development proxy"
        );
    }

    #[test]
    fn else_the_origin_does() {
        assert!(
            same(&[("origin", "https://console.example"), ("host", "10.0.0.7:3000")]),
            "behind a proxy"
        );
        assert!(
            !same(&[("origin", "http://rebound.example"), ("host", "rebound.example")]),
            "a name that somebody made lead here"
        );
        assert!(is_same(
            &map(&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")]),
            None
        ));
        assert!(!is_same(
            &map(&[("origin", "https://evil.example"), ("host", "127.0.0.1:3000")]),
            None
        ));
        assert!(!same(&[
            ("origin", "http://console.example"),
            ("host", "10.0.0.7:3000")
        ]));
        assert!(!same(&[
            ("origin", "https://evil.example"),
            ("host", "console.example")
        ]));
        assert!(!same(&[
            ("origin", "https://console.example.evil.example"),
            ("host", "console.example")
        ]));
        assert!(!same(&[("origin", "null"), ("host", "console.example")]));
    }

    #[test]
    fn a_program_is_no_browser() {
        assert!(same(&[("host", "console.example")]));
    }
}
