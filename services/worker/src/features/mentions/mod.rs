//! Answers to those who mention the bot.

mod handler;
mod list;
mod message;

pub(crate) use handler::AnswerMention;
pub(crate) use list::TurnList;
