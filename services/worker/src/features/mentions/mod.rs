//! Answers to those who mention the bot.

mod handler;
mod message;

pub(crate) use handler::AnswerMention;
