//! Answers to those who mention the bot.

mod handler;
mod list;
mod message;
