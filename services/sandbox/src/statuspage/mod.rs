//! A Statuspage: strict like the real one, with a page of components and incidents that people may change too.
//!
//! The app finds it at [`Sandbox::statuspage_url`]. Its calls are `statuspage.<operation>` for faults and barriers, such as
//! `statuspage.create_incident`.

mod control;
mod page;
mod serve;

use std::time::{Duration, Instant};

use axum::Router;

pub(crate) use page::Statuspage;
pub use page::{PageComponent, PageIncident, PageUpdate};

use crate::vendor::{Operation, Part};
use crate::{Config, Sandbox, locked};

/// Where the API begins.
const BASE: &str = "/statuspage/v1";

/// The key that proves who calls.
pub const STATUSPAGE_KEY: &str = "statuspage-sandbox-key";
/// The page's id.
pub const STATUSPAGE_PAGE_ID: &str = "sandboxpage1";

/// The least time between two calls, a little less than what the app is told: clocks and networks are not exact.
const PACE: Duration = Duration::from_millis(800);

/// How often the app may call.
#[derive(Default)]
pub(crate) struct Pace {
    limited: bool,
    last: Option<Instant>,
}

impl Pace {
    /// Counts a call; false when it comes too early.
    fn take(&mut self, now: Instant) -> bool {
        if !self.limited {
            return true;
        }
        let early = self.last.is_some_and(|last| now.duration_since(last) < PACE);
        if !early {
            self.last = Some(now);
        }
        !early
    }
}

impl Part for Statuspage {
    const NAME: &'static str = "statuspage";
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
    /// What the app takes for `https://api.statuspage.io/v1`.
    pub fn statuspage_url(&self) -> String {
        format!("{}{BASE}", self.url())
    }

    /// The address of the page, for people.
    pub fn statuspage_page_url(&self) -> String {
        format!("{}/statuspage", self.url())
    }

    /// Whether the company has a status page: the services that tests start are told of it then.
    pub fn has_statuspage(&self) -> bool {
        self.0.config.statuspage
    }

    /// Switches the limit of one call a second on or off.
    pub fn limit_statuspage(&self, limited: bool) {
        locked(&self.0.parts.statuspage).pace = Pace { limited, last: None };
    }

    /// Adds components, in a group or in none.
    pub fn add_components(&self, group: Option<&str>, names: &[&str]) {
        self.change_statuspage(|page| page.add_components(group, names));
    }

    /// The components of the page.
    pub fn components(&self) -> Vec<PageComponent> {
        locked(&self.0.parts.statuspage).components.clone()
    }

    /// How a component is, by its name.
    pub fn component_status(&self, name: &str) -> Option<String> {
        let components = self.components();
        let found = components.into_iter().find(|component| component.name == name)?;
        Some(found.status)
    }

    /// The incidents and maintenances of the page, the oldest first.
    pub fn page_incidents(&self) -> Vec<PageIncident> {
        locked(&self.0.parts.statuspage).incidents.clone()
    }

    /// Somebody writes an update on Statuspage itself; false where there is no such incident.
    pub fn write_on_statuspage(&self, id: &str, status: &str, body: &str) -> bool {
        self.change_statuspage(|page| page.write(id, status, body))
    }

    /// Somebody renames an incident on Statuspage itself.
    pub fn rename_on_statuspage(&self, id: &str, name: &str) -> bool {
        self.change_statuspage(|page| page.rename(id, name))
    }

    /// Somebody removes an incident on Statuspage itself.
    pub fn remove_on_statuspage(&self, id: &str) -> bool {
        self.change_statuspage(|page| page.remove(id))
    }

    /// Somebody begins an incident on Statuspage itself, or plans a maintenance, and gets its id.
    pub fn begin_on_statuspage(&self, name: &str, is_maintenance: bool) -> String {
        self.change_statuspage(|page| page.begin(name, is_maintenance))
    }

    fn change_statuspage<T>(&self, change: impl FnOnce(&mut Statuspage) -> T) -> T {
        let changed = change(&mut locked(&self.0.parts.statuspage));
        self.changes().bump();
        changed
    }
}
