//! Statuspage: the form in which something is written for customers, the step that confirms it, and what stands there.

mod confirm;
mod form;
mod list;
mod open;
mod submit;

pub(crate) use list::list;
pub(crate) use open::{form, leave, suggest};
pub(crate) use submit::{confirmed, submit};
