//! Pins: messages and images that people attach to an incident with an emoji.

mod handler;
mod image;
mod message;
