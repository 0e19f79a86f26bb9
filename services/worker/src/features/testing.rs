//! What the messages' tests show.

use domain::{Actor, Incident, IncidentId, Settings};

/// A fresh incident without a channel.
pub(crate) fn incident() -> Incident {
    let declared_at = chrono::DateTime::from_timestamp(1_795_442_520, 0).unwrap();
    Incident {
        id: IncidentId("0193a5f0-0000-7000-8000-000000000001".parse().unwrap()),
        title: "Payments fail for EU customers".to_owned(),
        description: "Payments fail for EU customers\nCards & <wallets>, since 14:00".to_owned(),
        severity: "sev2".to_owned(),
        status: "investigating".to_owned(),
        private: false,
        declared_by: Actor::Slack {
            user_id: "U1".to_owned(),
            name: "alice".to_owned(),
        },
        declared_at,
        updated_at: declared_at,
        resolved_at: None,
        revision: 1,
        channel_name: "inc-20261123-1402-payments-fail-for-eu-customers".to_owned(),
        channel_id: None,
        panel_ts: None,
        digest: None,
        channel_number: 1,
        archived_at: None,
        channel_lost: None,
        rca_channel: None,
        rca_channel_lost: None,
        rca_document_url: None,
        last_update: None,
        roles: Vec::new(),
    }
}

/// Settings with all links.
pub(crate) fn settings() -> Settings {
    Settings {
        guide_link: Some("https://wiki.example/incidents".to_owned()),
        postmortems_link: Some("https://wiki.example/postmortems".to_owned()),
        meeting_link: Some("https://meet.example/incident".to_owned()),
        ..Settings::default()
    }
}
