//! What the modals' tests show.

use domain::paging::{Page, PageState, Urgency};
use domain::{Actor, Incident, IncidentId};

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

/// A page that somebody is called by.
pub(crate) fn page() -> Page {
    Page {
        id: incident().id.0,
        incident: incident().id,
        policy_id: "P1".to_owned(),
        team: "Payments".to_owned(),
        person: None,
        urgency: Urgency::High,
        message: String::new(),
        paged_by: incident().declared_by,
        paged_at: incident().declared_at,
        state: PageState::Triggered,
        pagerduty_id: Some("Q1".to_owned()),
        url: None,
        triggered_at: Some(incident().declared_at),
        acknowledged: None,
        late_told: false,
        severity: None,
        waiting_since: incident().declared_at,
        called: Vec::new(),
        failure: None,
        not_sent: None,
        resolved_at: None,
    }
}
