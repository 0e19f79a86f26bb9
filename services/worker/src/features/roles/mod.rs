//! Roles: who got one is told what it means, who lost one that it is no longer theirs.

mod lost;
mod lost_message;
mod message;
mod tell;

pub(crate) use lost::NotifyRoleLost;
pub(crate) use tell::TellRole;
