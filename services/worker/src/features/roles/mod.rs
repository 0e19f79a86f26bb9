//! Roles: who got one is told what it means, who lost one that it is no longer theirs; those of closed accounts are handed on.

mod lost;
mod lost_message;
mod message;
mod reassign;
mod reassign_message;
mod tell;

pub(crate) use reassign_message::reassign;
