//! Open incidents that came from incident-bot 0.8.2: their channels are taken over.

mod handler;
mod message;
