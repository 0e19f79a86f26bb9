//! Who is on call: a copy of what PagerDuty knows, and what people read of it.

mod copy;
mod message;

pub(crate) use message::message;
