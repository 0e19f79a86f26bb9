//! What the tests render.

use chrono::TimeDelta;

use super::{Document, Entry, Image, Link, Links, Person, Pin, RoleRow, Update};

/// An incident in which something happened.
pub(super) fn document() -> Document {
    let declared_at = chrono::DateTime::from_timestamp(1_795_442_520, 0).unwrap();
    let after = |minutes| declared_at + TimeDelta::minutes(minutes);
    let entry = |minutes, who: &str, what: &str| Entry {
        at: after(minutes),
        who: who.to_owned(),
        what: what.to_owned(),
    };
    Document {
        incident: crate::IncidentId("0193a5f0-0000-7000-8000-000000000001".parse().unwrap()),
        title: "Payments fail for EU customers".to_owned(),
        description: "Payments fail for EU customers\nCards & <wallets>, since 14:00\n\nLook at the gateway."
            .to_owned(),
        severity: "🟧 SEV2".to_owned(),
        severity_definition: "Many customers are affected, or an important feature does not work.".to_owned(),
        status: "Resolved".to_owned(),
        declared_by: Person {
            name: "alice".to_owned(),
            account: None,
        },
        zone: "Europe/Berlin".parse().unwrap(),
        declared_at,
        identified_at: Some(after(20)),
        resolved_at: Some(after(72)),
        roles: vec![
            RoleRow {
                label: "Incident commander".to_owned(),
                holder: Some(Person {
                    name: "bob".to_owned(),
                    account: Some("5b10a2844c20165700ede21g".to_owned()),
                }),
            },
            RoleRow {
                label: "Technical lead".to_owned(),
                holder: None,
            },
        ],
        timeline: vec![
            entry(0, "alice", "declared the incident as SEV2."),
            entry(1, "", "The Slack channel #inc-1 is ready."),
            entry(20, "bob", "noted: It was the deploy.\nRolling back."),
        ],
        pins: vec![Pin {
            at: Some(after(5)),
            author: "carol".to_owned(),
            pinned_by: "alice".to_owned(),
            text: "Errors since 14:00:\n5 % of all".to_owned(),
            images: vec![Image {
                file: "F1-graph.png".to_owned(),
                name: "graph.png".to_owned(),
            }],
        }],
        updates: vec![Update {
            at: after(18),
            by: "bob".to_owned(),
            resources: "Checkout".to_owned(),
            message: "Cause found, rolling back".to_owned(),
        }],
        pages: Vec::new(),
        links: Links {
            channel: Some(Link {
                label: "#inc-1 in Slack".to_owned(),
                address: super::channel_address("C1"),
            }),
            rca_channel: None,
            console: Some(Link {
                label: "Console".to_owned(),
                address: "https://console.example/incidents/1?a=1&b=2".to_owned(),
            }),
        },
    }
}

/// An incident whose people typed what nobody should.
pub(super) fn odd() -> Document {
    let text = "]]> <ac:macro ac:name=\"x\"> </p> {{title}} & \u{0}\u{1}\u{b}\u{1b}[0m\u{ffff} \u{202e}שלום\u{202c} 🔥 | `a` *b* <script>";
    let mut odd = document();
    odd.title = text.to_owned();
    odd.description = format!("{text}\r\n# {text}");
    odd.declared_by.name = text.to_owned();
    odd.roles[0].label = text.to_owned();
    odd.roles[1].holder = Some(Person {
        name: text.to_owned(),
        account: Some("\"><x".to_owned()),
    });
    odd.timeline = vec![Entry {
        who: text.to_owned(),
        what: format!("noted: {text}\n- {text}"),
        ..odd.timeline[0].clone()
    }];
    odd.pins[0].text = format!("1. {text}\n\n{text}");
    odd.pins[0].images[0].name = text.to_owned();
    odd.updates[0].message = text.to_owned();
    odd
}
