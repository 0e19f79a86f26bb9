//! Paging: who is on call, the form that pages a team, and the step that says who will be called.

mod confirm;
mod modal;
mod on_call;
mod open;
mod submit;

pub(crate) use on_call::{act, answer, invite_form, page_form, refresh};
pub(crate) use open::{Chosen, form};
pub(crate) use submit::{confirmed, invited, page_anyway, submit};
