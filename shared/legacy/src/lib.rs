//! The database of incident-bot 0.8.2: reading its tables ([`read`]), and what a faithful import of them is ([`plan`]).
//!
//! Where its rows lie (labels of time zones, entries that never took effect, names instead of ids) is decided by pure
//! functions ([`rules`]). Nothing here writes: `incidents` does, and `web import-legacy` puts both together.

pub mod plan;
pub mod read;
pub mod rules;

mod fields;
mod ids;
mod incident;
mod pins;
mod timeline;

pub use plan::{Options, Plan, PlanError, plan};
