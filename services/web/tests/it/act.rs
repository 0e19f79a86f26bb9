//! Changing an incident: severity, status, roles, updates.

use prost::Message;
use store::console_users::Role;
use store::slack_users::{self, SlackUser};
use tonic::{Code, Status};
use uuid::Uuid;
use web::proto::{
    AssignRoleRequest, GetIncidentOptionsRequest, GetIncidentRequest, GetIncidentResponse, GiveUpRoleRequest,
    GivenRole, Incident, MissingRoles, SearchPeopleRequest, SendUpdateRequest, SetSeverityRequest, SetStatusRequest,
    TimelineEntryKind,
};

use crate::console::{Caller, Console};
use crate::incidents::declare;

fn new_id() -> String {
    Uuid::now_v7().to_string()
}

fn severity(incident: &Incident, severity: &str) -> SetSeverityRequest {
    SetSeverityRequest {
        incident_id: incident.id.clone(),
        severity: severity.to_owned(),
        request_id: new_id(),
    }
}

fn status(incident: &Incident, status: &str, roles: &[(&str, &str)]) -> SetStatusRequest {
    SetStatusRequest {
        incident_id: incident.id.clone(),
        status: status.to_owned(),
        roles: roles
            .iter()
            .map(|(role, person)| GivenRole {
                role: (*role).to_owned(),
                slack_user_id: (*person).to_owned(),
            })
            .collect(),
        request_id: new_id(),
        resolve_pages: false,
    }
}

fn assign(incident: &Incident, role: &str, person: &str) -> AssignRoleRequest {
    AssignRoleRequest {
        incident_id: incident.id.clone(),
        role: role.to_owned(),
        slack_user_id: person.to_owned(),
        request_id: new_id(),
        replaces: None,
    }
}

fn update(incident: &Incident, resources: &str, message: &str) -> SendUpdateRequest {
    SendUpdateRequest {
        incident_id: incident.id.clone(),
        resources: resources.to_owned(),
        message: message.to_owned(),
        request_id: new_id(),
    }
}

async fn get(console: &Console, caller: &Caller, incident: &Incident) -> GetIncidentResponse {
    let request = GetIncidentRequest {
        id: incident.id.clone(),
        open_private: false,
    };
    console
        .incidents(caller)
        .await
        .get_incident(request)
        .await
        .unwrap()
        .into_inner()
}

/// alice, bob, somebody who left, and an app.
async fn with_people(console: &Console) {
    let person = |id: &str, name: &str, active, is_bot| SlackUser {
        id: id.to_owned(),
        name: name.to_owned(),
        email: Some(format!("{}@example.com", name.to_lowercase())),
        active,
        is_bot,
        standing: store::slack_users::Standing::default(),
    };
    let people = [
        person("U1", "alice", true, false),
        person("U2", "Bob", true, false),
        person("U3", "carol_left", false, false),
        person("U4", "robot", true, true),
    ];
    slack_users::keep(&mut console.database.connect().await, &people)
        .await
        .unwrap();
}

fn holder<'a>(incident: &'a Incident, role: &str) -> Option<&'a str> {
    let of = |one: &&web::proto::IncidentRole| one.role.as_ref().unwrap().key == role;
    let holder = incident.roles.iter().find(of).unwrap().holder.as_ref();
    holder.map(|holder| holder.name.as_str())
}

#[tokio::test]
async fn severity_and_status_change_and_the_timeline_says_so() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let declared = declare(&console, &ada, "Checkout fails", false).await;
    let mut incidents = console.incidents(&ada).await;

    let raised = incidents.set_severity(severity(&declared, "sev1")).await.unwrap();
    let raised = raised.into_inner().incident.unwrap();
    assert_eq!(raised.severity.as_ref().unwrap().label, "SEV1");
    assert_eq!(raised.revision, declared.revision + 1);
    let found = incidents
        .set_status(status(&declared, "identified", &[]))
        .await
        .unwrap();
    assert_eq!(found.into_inner().incident.unwrap().status.unwrap().label, "Identified");

    let shown = get(&console, &ada, &declared).await;
    let kinds: Vec<_> = shown.timeline.iter().map(web::proto::TimelineEntry::kind).collect();
    assert_eq!(
        kinds,
        [
            TimelineEntryKind::Declared,
            TimelineEntryKind::SeverityChanged,
            TimelineEntryKind::StatusChanged
        ]
    );
    let entry = &shown.timeline[1];
    assert_eq!(entry.actor, ada.user.as_ref().unwrap().name);
    assert_eq!(entry.emoji, "🟥");
    assert!(entry.text.starts_with("raised the severity from SEV4 to SEV1."));
    assert!(!entry.own_words);
    let times: Vec<_> = shown
        .status_times
        .iter()
        .map(|time| time.status.as_ref().unwrap().key.as_str())
        .collect();
    assert_eq!(times, ["identified"]);

    let audited = console.audited().await;
    let actions: Vec<_> = audited.iter().map(|(_, action)| action.as_str()).collect();
    assert_eq!(actions[1..], ["declare_incident", "set_severity", "set_status"]);
}

#[tokio::test]
async fn the_same_wish_is_carried_out_once() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let bob = console.somebody(Role::Admin, None).await;
    let declared = declare(&console, &ada, "Checkout fails", false).await;
    let mut hers = console.incidents(&ada).await;
    let wish = update(&declared, "checkout", "Rolling back.");
    let first = hers.send_update(wish.clone()).await.unwrap().into_inner();
    let again = hers.send_update(wish.clone()).await.unwrap().into_inner();
    assert_eq!(first, again);
    assert_eq!(get(&console, &ada, &declared).await.timeline.len(), 2);

    // With the same id something else, or by somebody else, is another wish.
    let other = SetSeverityRequest {
        request_id: wish.request_id.clone(),
        ..severity(&declared, "sev2")
    };
    let changed = hers.set_severity(other).await.unwrap().into_inner().incident.unwrap();
    assert_eq!(changed.severity.unwrap().key, "sev2");
    console.incidents(&bob).await.send_update(wish).await.unwrap();
    assert_eq!(get(&console, &ada, &declared).await.timeline.len(), 4);
}

#[tokio::test]
async fn an_update_is_kept_as_the_last_one() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let declared = declare(&console, &ada, "Checkout fails", false).await;
    assert_eq!(declared.last_update, None);
    let mut incidents = console.incidents(&ada).await;
    let sent = incidents.send_update(update(&declared, "", " Rolling\0 back. ")).await;
    let sent = sent.unwrap().into_inner().incident.unwrap().last_update.unwrap();
    assert_eq!(sent.message, "Rolling back.");
    assert!(sent.at.is_some());
}

#[tokio::test]
async fn roles_are_given_and_given_up() {
    let console = Console::start().await;
    with_people(&console).await;
    let ada = console.somebody(Role::Responder, Some("U9")).await;
    let declared = declare(&console, &ada, "Checkout fails", false).await;
    assert_eq!(declared.roles.len(), 3, "each role, held or not");
    let mut incidents = console.incidents(&ada).await;

    let given = incidents
        .assign_role(assign(&declared, "incident_commander", "U2"))
        .await;
    let given = given.unwrap().into_inner().incident.unwrap();
    assert_eq!(holder(&given, "incident_commander"), Some("Bob"));
    // Whoever is not copied yet may still take one.
    let taken = incidents.assign_role(assign(&declared, "technical_lead", "U9")).await;
    assert!(holder(&taken.unwrap().into_inner().incident.unwrap(), "technical_lead").is_some());

    for nobody in ["U3", "U4", "U99", ""] {
        let refused = incidents.assign_role(assign(&declared, "technical_lead", nobody)).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(
            refused.message().starts_with("slack_user_id: "),
            "{}",
            refused.message()
        );
    }

    let give_up = GiveUpRoleRequest {
        incident_id: declared.id.clone(),
        role: "incident_commander".to_owned(),
        request_id: new_id(),
        holder: Some("U2".to_owned()),
    };
    // Somebody who saw nobody, or somebody else, changes nothing.
    for seen in ["", "U1"] {
        let mut late = assign(&declared, "incident_commander", "U1");
        late.replaces = Some(seen.to_owned());
        let refused = incidents.assign_role(late).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(refused.message(), "Bob is already Incident commander.");
    }
    let free = incidents.give_up_role(give_up.clone()).await.unwrap().into_inner();
    assert_eq!(holder(&free.incident.unwrap(), "incident_commander"), None);
    let nobody = GiveUpRoleRequest {
        request_id: new_id(),
        ..give_up
    };
    let refused = incidents.give_up_role(nobody).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.message()),
        (Code::FailedPrecondition, "Nobody has the role Incident commander.")
    );
}

/// `google.rpc.Status`, as far as it is needed here.
#[derive(Clone, PartialEq, Message)]
struct Detailed {
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

fn missing(refused: &Status) -> Vec<String> {
    let detailed = Detailed::decode(refused.details()).unwrap();
    assert_eq!(
        detailed.details[0].type_url,
        "type.googleapis.com/incident_bot.v1.MissingRoles"
    );
    let missing = MissingRoles::decode(detailed.details[0].value.as_slice()).unwrap();
    missing.roles.into_iter().map(|role| role.key).collect()
}

#[tokio::test]
async fn what_is_missing_to_resolve_is_told_and_may_come_along() {
    let console = Console::start().await;
    with_people(&console).await;
    let ada = console.somebody(Role::Responder, None).await;
    let declared = declare(&console, &ada, "Checkout fails", false).await;
    let mut incidents = console.incidents(&ada).await;

    let refused = incidents
        .set_status(status(&declared, "resolved", &[]))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(missing(&refused), ["incident_commander", "technical_lead"]);
    let half = status(&declared, "resolved", &[("incident_commander", "U1")]);
    let refused = incidents.set_status(half).await.unwrap_err();
    assert_eq!(missing(&refused), ["technical_lead"]);
    assert_eq!(
        get(&console, &ada, &declared).await.incident,
        Some(declared.clone()),
        "nothing changed"
    );

    let whole = status(
        &declared,
        "resolved",
        &[("incident_commander", "U1"), ("technical_lead", "U2")],
    );
    let resolved = incidents
        .set_status(whole)
        .await
        .unwrap()
        .into_inner()
        .incident
        .unwrap();
    assert!(resolved.resolved_at.is_some());
    assert!(resolved.status.as_ref().unwrap().resolved);
    assert_eq!(holder(&resolved, "technical_lead"), Some("Bob"));
    let entries = get(&console, &ada, &declared).await.timeline;
    assert_eq!(entries.last().unwrap().emoji, "✅");

    let again = incidents
        .set_status(status(&declared, "monitoring", &[]))
        .await
        .unwrap();
    assert_eq!(again.into_inner().incident.unwrap().resolved_at, None);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let console = Console::start().await;
    with_people(&console).await;
    let ada = console.somebody(Role::Responder, None).await;
    let declared = declare(&console, &ada, "Checkout fails", false).await;
    let mut incidents = console.incidents(&ada).await;
    let named = |refused: Status, beginning: &str| {
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().starts_with(beginning), "{}", refused.message());
    };
    named(
        incidents.set_severity(severity(&declared, "sev9")).await.unwrap_err(),
        "severity: ",
    );
    named(
        incidents.set_status(status(&declared, "gone", &[])).await.unwrap_err(),
        "status: ",
    );
    named(
        incidents
            .assign_role(assign(&declared, "gone", "U1"))
            .await
            .unwrap_err(),
        "role: ",
    );
    let strangers = status(&declared, "resolved", &[("incident_commander", "U99")]);
    named(incidents.set_status(strangers).await.unwrap_err(), "roles: ");
    for (resources, message, field) in [
        ("", " ", "message: "),
        ("", &"x".repeat(2001), "message: "),
        (&"x".repeat(301), "x", "resources: "),
    ] {
        named(
            incidents
                .send_update(update(&declared, resources, message))
                .await
                .unwrap_err(),
            field,
        );
    }
    let without_id = SetSeverityRequest {
        request_id: String::new(),
        ..severity(&declared, "sev1")
    };
    named(incidents.set_severity(without_id).await.unwrap_err(), "request_id: ");
    assert_eq!(
        get(&console, &ada, &declared).await.incident,
        Some(declared),
        "nothing changed"
    );
}

#[tokio::test]
async fn a_viewer_changes_nothing() {
    let console = Console::start().await;
    with_people(&console).await;
    let ada = console.somebody(Role::Responder, None).await;
    let declared = declare(&console, &ada, "Checkout fails", false).await;
    let viewer = console.somebody(Role::Viewer, Some("U1")).await;
    let mut incidents = console.incidents(&viewer).await;
    let give_up = GiveUpRoleRequest {
        incident_id: declared.id.clone(),
        role: "incident_commander".to_owned(),
        request_id: new_id(),
        holder: None,
    };
    let refused = [
        incidents.set_severity(severity(&declared, "sev1")).await.unwrap_err(),
        incidents
            .set_status(status(&declared, "identified", &[]))
            .await
            .unwrap_err(),
        incidents
            .assign_role(assign(&declared, "incident_commander", "U1"))
            .await
            .unwrap_err(),
        incidents.give_up_role(give_up).await.unwrap_err(),
        incidents.send_update(update(&declared, "", "x")).await.unwrap_err(),
        incidents
            .search_people(SearchPeopleRequest::default())
            .await
            .unwrap_err(),
    ];
    assert!(refused.iter().all(|refused| refused.code() == Code::PermissionDenied));
    assert_eq!(get(&console, &viewer, &declared).await.incident, Some(declared));
    let audited = console.audited().await;
    let actions: Vec<_> = audited.iter().map(|(_, action)| action.as_str()).collect();
    assert_eq!(
        actions[2..],
        [
            "set_severity_refused",
            "set_status_refused",
            "assign_role_refused",
            "give_up_role_refused",
            "send_update_refused",
            "search_people_refused"
        ]
    );
}

#[tokio::test]
async fn a_private_incident_is_changed_by_those_who_see_it() {
    let console = Console::start().await;
    with_people(&console).await;
    let ada = console.somebody(Role::Responder, None).await;
    let bob = console.somebody(Role::Admin, Some("U2")).await;
    let secret = declare(&console, &ada, "Breach", true).await;
    let mut his = console.incidents(&bob).await;
    let hidden = his.set_severity(severity(&secret, "sev1")).await.unwrap_err();
    let missing = Incident {
        id: new_id(),
        ..secret.clone()
    };
    let missing = his.set_severity(severity(&missing, "sev1")).await.unwrap_err();
    let malformed = Incident {
        id: "' OR 1 = 1".to_owned(),
        ..secret.clone()
    };
    let malformed = his.set_severity(severity(&malformed, "sev1")).await.unwrap_err();
    for other in [&missing, &malformed] {
        assert_eq!((hidden.code(), hidden.message()), (other.code(), other.message()));
    }
    assert_eq!(hidden.code(), Code::NotFound);

    // With a role in it he sees it.
    let mut hers = console.incidents(&ada).await;
    hers.assign_role(assign(&secret, "technical_lead", "U2")).await.unwrap();
    his.set_severity(severity(&secret, "sev1")).await.unwrap();
}

#[tokio::test]
async fn people_are_found_by_parts_of_name_and_e_mail() {
    let console = Console::start().await;
    with_people(&console).await;
    let ada = console.somebody(Role::Responder, None).await;
    let mut incidents = console.incidents(&ada).await;
    for (query, expected) in [
        ("", vec!["alice", "Bob"]),
        ("BO", vec!["Bob"]),
        ("ali example.com", vec!["alice"]),
        ("%", vec![]),
        ("carol", vec![]),
        ("robot", vec![]),
    ] {
        let request = SearchPeopleRequest {
            query: query.to_owned(),
        };
        let found = incidents.search_people(request).await.unwrap().into_inner().people;
        let names: Vec<_> = found.iter().map(|person| person.name.as_str()).collect();
        assert_eq!(names, expected, "{query:?}");
    }
}

#[tokio::test]
async fn forms_are_offered_the_roles() {
    let console = Console::start().await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let options = console
        .incidents(&viewer)
        .await
        .get_incident_options(GetIncidentOptionsRequest {})
        .await
        .unwrap()
        .into_inner();
    let needed: Vec<_> = options
        .roles
        .iter()
        .map(|role| (role.key.as_str(), role.needed_to_resolve))
        .collect();
    assert_eq!(
        needed,
        [
            ("incident_commander", true),
            ("technical_lead", true),
            ("communications_liaison", false)
        ]
    );
    assert!(options.rca_channel && options.private_in_digest);
}
