//! Letting people into private incidents: who asks, what its people are asked, what became of it.

mod draw;
mod message;
mod tell;
