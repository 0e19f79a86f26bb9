//! The app home.

use serde::{Deserialize, Serialize};

use queue::NewJob;

/// Draws somebody's app home anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawHome {
    /// Slack's id of the person.
    pub user: String,
}

impl DrawHome {
    /// The job; of several that wait one is left.
    pub fn job(self) -> NewJob {
        let key = format!("home/{}", self.user);
        NewJob::new(&self).coalesce(key.clone()).lane(key)
    }
}
