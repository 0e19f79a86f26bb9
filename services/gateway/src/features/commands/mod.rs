//! The commands that people type: behind `/incident`, in a mention of the bot, or in a direct message to it.
//!
//! [`slack::commands`] has the words; `table` finds the feature that runs a command. `slash` and `mention` differ in how they
//! answer. Where a command needs an incident and none is known, the slash command opens a form that asks (`forms`, `which`).

mod basic;
mod choose;
mod forms;
mod mention;
mod outcome;
mod planned;
mod slash;
mod submit;
mod table;
mod which;

pub(crate) use basic::FEATURE;
pub(crate) use choose::{Named, list, named};
pub(crate) use forms::form;
pub(crate) use mention::{mentioned, told_directly};
pub(crate) use outcome::{Invocation, Outcome, Reply, Source, refused};
pub(crate) use slash::typed;
pub(crate) use table::{CommandHandler, form_of};
pub(crate) use which::{Task, which_form};
