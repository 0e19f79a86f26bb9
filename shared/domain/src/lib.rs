//! The rules of incidents, without I/O: what an incident is, how it is named, what may follow what.

pub mod actor;
pub mod channel_name;
pub mod checks;
pub mod clock;
pub mod description;
pub mod incident;
pub mod list_place;
pub mod local_time;
pub mod paging;
pub mod question;
pub mod rca;
pub mod settings;
pub mod statuspage;
pub mod text;
pub mod timeline;
pub mod upstream;
pub mod vendors;

pub use actor::Actor;
pub use clock::{Clock, MovableClock, SystemClock};
pub use description::Description;
pub use incident::{ChannelLost, Incident, IncidentId, LastUpdate, NamedChannel, Posted, RcaChannelLost, RoleHolder};
pub use list_place::ListPlace;
pub use question::{Asking, Question, Reminders, Settled};
pub use settings::Settings;
