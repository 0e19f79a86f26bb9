//! The vendors that can be switched on: what people call each, what they miss without it, and which variables it has.

/// A vendor beside Slack.
#[derive(Clone, Copy, Debug)]
pub struct Vendor {
    /// Names its queue, its check and its rate limit.
    pub name: &'static str,
    /// As people call it.
    pub label: &'static str,
    /// What people miss without it: a sentence without a capital and a stop.
    pub without: &'static str,
    /// The environment variables that `diag` may show.
    pub variables: &'static [&'static str],
    /// Those of which it says only that they are set.
    pub secrets: &'static [&'static str],
}

/// Every vendor.
pub const VENDORS: &[Vendor] = &[
    Vendor {
        name: "pagerduty",
        label: "PagerDuty",
        without: "teams cannot be paged",
        variables: &["PAGERDUTY_API_URL", "PAGERDUTY_INTEGRATION_ENABLED"],
        secrets: &["PAGERDUTY_API_TOKEN", "PAGERDUTY_API_USERNAME"],
    },
    Vendor {
        name: "confluence",
        label: "Confluence",
        without: "RCA documents are not written",
        variables: &[
            "AUTO_CREATE_RCA",
            "CONFLUENCE_API_URL",
            "CONFLUENCE_PARENT_PAGE",
            "CONFLUENCE_SPACE",
        ],
        secrets: &["CONFLUENCE_API_TOKEN", "CONFLUENCE_API_USERNAME"],
    },
    Vendor {
        name: "statuspage",
        label: "Statuspage",
        without: "nothing can be published on the status page",
        variables: &[
            "STATUSPAGE_API_URL",
            "STATUSPAGE_INTEGRATION_ENABLED",
            "STATUSPAGE_PAGE_ID",
            "STATUSPAGE_URL",
        ],
        secrets: &["STATUSPAGE_API_KEY"],
    },
];

/// The vendor of this name.
pub fn find(name: &str) -> Option<&'static Vendor> {
    VENDORS.iter().find(|vendor| vendor.name == name)
}
