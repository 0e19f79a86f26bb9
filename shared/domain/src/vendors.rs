//! The vendors that can be switched on: what people call each, and what they miss without it.

/// A vendor beside Slack.
#[derive(Clone, Copy, Debug)]
pub struct Vendor {
    /// Names its queue, its check and its rate limit.
    pub name: &'static str,
    /// As people call it.
    pub label: &'static str,
    /// What people miss without it: a sentence without a capital and a stop.
    pub without: &'static str,
}

/// Every vendor.
pub const VENDORS: &[Vendor] = &[
    Vendor {
        name: "pagerduty",
        label: "PagerDuty",
        without: "teams cannot be paged",
    },
    Vendor {
        name: "confluence",
        label: "Confluence",
        without: "RCA documents are not written",
    },
    Vendor {
        name: "statuspage",
        label: "Statuspage",
        without: "nothing can be published on the status page",
    },
];

/// The vendor of this name.
pub fn find(name: &str) -> Option<&'static Vendor> {
    VENDORS.iter().find(|vendor| vendor.name == name)
}
