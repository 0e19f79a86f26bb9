//! Whole flows: the services in one process, against the sandbox and a database of their own.

mod declare;
mod faults;
mod kills;
mod load;
mod matrix;
mod replicas;
