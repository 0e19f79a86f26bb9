//! The rules of incidents, without I/O: what an incident is, how it is named, what may follow what.

pub mod clock;
