//! What jobs carry: one file per queue. A payload names things by id; whoever handles it reads their state anew.

pub mod confluence;
pub mod pagerduty;
pub mod slack;
pub mod status_polling;
pub mod statuspage;
