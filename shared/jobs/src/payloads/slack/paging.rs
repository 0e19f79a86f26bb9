//! Who is paged.

use serde::{Deserialize, Serialize};

/// Tells somebody by direct message of the incident that they were paged for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellPaged {
    /// Names the page.
    pub page: uuid::Uuid,
    /// Slack's id of the person.
    pub user: String,
}
