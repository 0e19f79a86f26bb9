//! What people ask for in words, by the slash command or by mentioning the bot: one language for both.
//!
//! `words` reads it, `act` does it and says what came of it; `slash` and `mention` differ in how they answer. Where a word
//! needs an incident and none is known, the slash command opens a form that asks (`forms`, `which`).

mod act;
mod choose;
mod forms;
mod jokes;
mod mention;
mod planned;
mod slash;
mod submit;
mod which;
mod whole;
mod words;

pub(crate) use act::Reply;
pub(crate) use forms::form;
pub(crate) use mention::{mentioned, told_directly};
pub(crate) use planned::call_off;
pub(crate) use slash::typed;
pub(crate) use submit::{submit_role, submit_severity, submit_status};
pub(crate) use which::{Task, chosen, which_form};
pub(crate) use words::{Wish, read};
