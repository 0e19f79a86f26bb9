//! Where Confluence is, who we are there, and where pages go.

use std::time::Duration;

use config::Reader;
use secrecy::SecretString;

/// Where Confluence is, who we are there, and where pages go.
#[derive(Clone, Debug)]
pub struct Config {
    /// The site, such as `https://company.atlassian.net`, without a `/` at its end.
    pub api_url: String,
    /// E-mail of the account.
    pub username: String,
    /// Its API token.
    pub token: SecretString,
    /// Key of the space.
    pub space: String,
    /// Title or id of the page below which documents go; `None` for the space's home page.
    pub parent_page: Option<String>,
    /// Whether a document is written when an incident is resolved.
    pub automatic: bool,
    /// How long one call may take in all.
    pub timeout: Duration,
}

impl Config {
    /// Reads the environment; `None` where Confluence is not set up.
    pub fn read(reader: &mut Reader) -> Option<Self> {
        const WHAT: &str = "the RCA document in Confluence";
        let automatic = reader.flag("AUTO_CREATE_RCA", false);
        let given = ["CONFLUENCE_API_URL", "CONFLUENCE_API_TOKEN"];
        if !automatic && given.iter().all(|name| reader.text(name).is_none()) {
            return None;
        }
        let api_url = reader.address("CONFLUENCE_API_URL");
        if reader.text("CONFLUENCE_API_URL").is_none() {
            reader.required("CONFLUENCE_API_URL", WHAT);
        }
        let api_url = api_url.unwrap_or_default();
        let api_url = site(&api_url).to_owned();
        Some(Self {
            api_url,
            username: reader.required("CONFLUENCE_API_USERNAME", WHAT),
            token: reader.secret("CONFLUENCE_API_TOKEN", WHAT),
            space: reader.required("CONFLUENCE_SPACE", WHAT),
            parent_page: reader.text("CONFLUENCE_PARENT_PAGE"),
            automatic,
            timeout: Duration::from_millis(reader.parsed("CONFLUENCE_TIMEOUT_MS", "a number of milliseconds", 8_000)),
        })
    }
}

/// The site of an address: 0.8.2 took it with `/wiki`, and people copy it from their browser.
fn site(address: &str) -> &str {
    let after_scheme = address.find("://").map_or(0, |at| at + 3);
    let path = address[after_scheme..]
        .find('/')
        .map_or(address.len(), |at| after_scheme + at);
    let is_wiki = |at: &usize| {
        matches!(
            address[at + "/wiki".len()..].chars().next(),
            None | Some('/' | '?' | '#')
        )
    };
    let wiki = address[path..]
        .match_indices("/wiki")
        .map(|(at, _)| path + at)
        .find(is_wiki);
    address[..wiki.unwrap_or(address.len())].trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_cut_at_the_wiki() {
        const SITE: &str = "https://acme.atlassian.net";
        for address in [
            "",
            "/",
            "/wiki",
            "/wiki/",
            "/wiki/home",
            "/wiki/spaces/OPS/overview",
            "/wiki?x",
            "/wiki#a",
        ] {
            assert_eq!(site(&format!("{SITE}{address}")), SITE, "{address}");
        }
        let gateway = "https://api.atlassian.com/ex/confluence/0b1c";
        assert_eq!(site(&format!("{gateway}/wiki/rest")), gateway);
        assert_eq!(
            site("https://wiki.acme.example/wikis/x"),
            "https://wiki.acme.example/wikis/x"
        );
        assert_eq!(site("https://wiki"), "https://wiki");
    }

    fn read(variables: &[(&str, &str)]) -> (Option<Config>, bool) {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut reader = Reader::from_variables(variables);
        let config = Config::read(&mut reader);
        (config, reader.finish().is_ok())
    }

    #[test]
    fn off_until_it_is_set_up_and_whole_then() {
        let (config, fine) = read(&[("CONFLUENCE_SPACE", "OPS")]);
        assert!(config.is_none() && fine);
        assert!(!read(&[("AUTO_CREATE_RCA", "true")]).1, "an address is needed");
        let (config, fine) = read(&[
            ("CONFLUENCE_API_URL", "https://company.atlassian.net/wiki/"),
            ("CONFLUENCE_API_USERNAME", "bot@company.example"),
            ("CONFLUENCE_API_TOKEN", "secret-token"),
            ("CONFLUENCE_SPACE", "OPS"),
        ]);
        let config = config.unwrap();
        assert!(fine && !config.automatic);
        assert_eq!(config.api_url, "https://company.atlassian.net");
        assert!(!format!("{config:?}").contains("secret-token"));
    }
}
