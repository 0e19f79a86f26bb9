//! What Confluence answers, as far as it is read.

use serde::Deserialize;

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Grows by one with every change.
    pub version: i64,
    /// What was said of the last change.
    pub message: String,
    /// Its body in storage format; empty where it was not asked for.
    pub body: String,
    /// Where people read it.
    pub url: String,
    /// Whether it is there, or in the archive or the bin.
    pub current: bool,
}

#[derive(Deserialize)]
pub(crate) struct Results<T> {
    pub(crate) results: Vec<T>,
}

#[derive(Deserialize)]
pub(crate) struct Space {
    pub(crate) id: String,
    pub(crate) key: String,
}

#[derive(Deserialize)]
pub(crate) struct PageWire {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) version: Version,
    #[serde(default)]
    pub(crate) body: Body,
    #[serde(default, rename = "_links")]
    pub(crate) links: Links,
}

#[derive(Default, Deserialize)]
pub(crate) struct Version {
    #[serde(default)]
    pub(crate) number: i64,
    #[serde(default)]
    pub(crate) message: Option<String>,
}

#[derive(Default, Deserialize)]
pub(crate) struct Body {
    pub(crate) storage: Option<Storage>,
}

#[derive(Deserialize)]
pub(crate) struct Storage {
    #[serde(default)]
    pub(crate) value: String,
}

#[derive(Default, Deserialize)]
pub(crate) struct Links {
    pub(crate) base: Option<String>,
    pub(crate) webui: Option<String>,
}

impl PageWire {
    /// The page; `site` is where Confluence is.
    pub(crate) fn page(self, site: &str) -> Page {
        let base = self.links.base.unwrap_or_else(|| format!("{site}/wiki"));
        let path = self
            .links
            .webui
            .unwrap_or_else(|| format!("/pages/viewpage.action?pageId={}", self.id));
        Page {
            url: format!("{}{path}", base.trim_end_matches('/')),
            id: self.id,
            title: self.title,
            version: self.version.number,
            message: self.version.message.unwrap_or_default(),
            body: self.body.storage.map(|storage| storage.value).unwrap_or_default(),
            current: matches!(self.status.as_str(), "current" | ""),
        }
    }
}

/// A property of a page.
#[derive(Deserialize)]
pub(crate) struct Property {
    pub(crate) id: String,
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) value: serde_json::Value,
    #[serde(default)]
    pub(crate) version: Version,
}

#[derive(Deserialize)]
pub(crate) struct Attachment {
    #[serde(default)]
    pub(crate) title: String,
}

#[derive(Deserialize)]
pub(crate) struct Found {
    pub(crate) user: Option<User>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    #[serde(default)]
    pub(crate) account_id: Option<String>,
    #[serde(default)]
    pub(crate) email: Option<String>,
}

#[derive(Default, Deserialize)]
pub(crate) struct Trouble {
    #[serde(default)]
    errors: Vec<TroubleItem>,
    #[serde(default)]
    message: Option<String>,
}

#[derive(Deserialize)]
struct TroubleItem {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    detail: Option<String>,
}

impl Trouble {
    /// What is wrong, in Confluence's words.
    pub(crate) fn sentence(self) -> String {
        let errors = self.errors.into_iter().filter_map(|error| error.title.or(error.detail));
        let all: Vec<_> = errors.chain(self.message).collect();
        all.join(" ")
    }
}
