//! A Confluence below `/confluence`: stateful and strict. Calls are `confluence.<operation>` for faults and barriers.
//!
//! There is one space with a page below which documents go. A person edits, moves to the bin and looks at pages by
//! `/sandbox/confluence` or by the functions of [`Sandbox`].

mod control;
mod read;
mod serve;
mod state;

use axum::Router;

pub(crate) use state::State;
pub use state::{ConfluencePage, PageAttachment, PageProperty};

use crate::vendor::{Operation, Part};
use crate::{Config, Sandbox, locked};

/// Where the API begins.
const BASE: &str = "/confluence";

/// The account of the app.
pub const CONFLUENCE_USERNAME: &str = "incident-bot@sandbox.example";
/// Its API token.
pub const CONFLUENCE_TOKEN: &str = "confluence-sandbox-token";
/// Key of the one space.
pub const CONFLUENCE_SPACE: &str = "OPS";
/// Title of the page below which documents go.
pub const CONFLUENCE_PARENT: &str = "Postmortems";

impl Part for State {
    const NAME: &'static str = "confluence";
    const OPERATIONS: &'static [Operation] = serve::OPERATIONS;

    fn new(_config: &Config) -> Self {
        Self::default()
    }

    fn reset(&mut self, _config: &Config) {
        self.begin_anew();
    }

    fn routes() -> Router<Sandbox> {
        serve::routes().merge(control::routes())
    }
}

impl Sandbox {
    /// What the app takes for the address of its site.
    pub fn confluence_url(&self) -> String {
        format!("{}{BASE}", self.url())
    }

    /// Every page but those that were there from the start, in the order in which they were made.
    pub fn confluence_pages(&self) -> Vec<ConfluencePage> {
        locked(&self.0.parts.confluence).made().cloned().collect()
    }

    /// Changes a page as a person does.
    ///
    /// # Panics
    /// When there is no such page.
    pub fn edit_confluence_page(&self, id: &str, edit: impl FnOnce(&mut String)) {
        let edited = locked(&self.0.parts.confluence).edit(id, edit);
        assert!(edited, "there is no page {id}");
        self.changes().bump();
    }

    /// Adds a page as a person does, and gives its id.
    pub fn add_confluence_page(&self, title: &str) -> String {
        let id = locked(&self.0.parts.confluence).add_by_person(title);
        self.changes().bump();
        id
    }

    /// Removes a page as a person does, by its title.
    pub fn remove_confluence_page(&self, title: &str) {
        locked(&self.0.parts.confluence).remove(title);
        self.changes().bump();
    }

    /// Has a page open in another editor, as a person or Confluence itself does: `v1` is the legacy one.
    ///
    /// # Panics
    /// When there is no such page.
    pub fn set_confluence_editor(&self, id: &str, editor: &str) {
        let set = locked(&self.0.parts.confluence).set_editor(id, editor);
        assert!(set, "there is no page {id}");
        self.changes().bump();
    }

    /// Whether the account may write pages and attachments.
    pub fn let_write_confluence(&self, may: bool) {
        locked(&self.0.parts.confluence).may_write = may;
    }
}
