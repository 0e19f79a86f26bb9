//! Lists, one incident, and declaring.

use store::console_users::Role;
use tonic::Code;
use web::proto::incident_service_client::IncidentServiceClient;
use web::proto::{
    DeclareIncidentRequest, GetIncidentOptionsRequest, GetIncidentRequest, Incident, IncidentState,
    ListIncidentsRequest, TimelineEntryKind,
};

use crate::console::{Caller, Console};

pub(crate) async fn declare(console: &Console, caller: &Caller, description: &str, private: bool) -> Incident {
    let request = wish(description, private, &uuid::Uuid::now_v7().to_string());
    console
        .incidents(caller)
        .await
        .declare_incident(request)
        .await
        .unwrap()
        .into_inner()
        .incident
        .unwrap()
}

fn wish(description: &str, private: bool, request_id: &str) -> DeclareIncidentRequest {
    DeclareIncidentRequest {
        description: description.to_owned(),
        severity: String::new(),
        private,
        request_id: request_id.to_owned(),
    }
}

fn get(id: &str) -> GetIncidentRequest {
    GetIncidentRequest {
        id: id.to_owned(),
        ..GetIncidentRequest::default()
    }
}

#[tokio::test]
async fn an_incident_is_declared_listed_and_shown() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, Some("U1")).await;
    let declared = declare(&console, &ada, "Checkout fails\nfor 5 % of customers", false).await;
    assert_eq!(declared.title, "Checkout fails");
    assert_eq!(declared.description, "Checkout fails\nfor 5 % of customers");
    assert_eq!(declared.severity.as_ref().unwrap().label, "SEV4", "the default");
    assert_eq!(declared.severity.as_ref().unwrap().rank, 4);
    assert_eq!(declared.status.as_ref().unwrap().key, "investigating");
    assert_eq!(declared.declared_by.as_ref().unwrap().slack_user_id, "U1");
    assert_eq!(declared.channel, None, "not there yet");

    let mut incidents = console.incidents(&ada).await;
    let list = incidents
        .list_incidents(ListIncidentsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (list.incidents, list.total, list.next_page_token.as_str()),
        (vec![declared.clone()], 1, "")
    );
    let shown = incidents.get_incident(get(&declared.id)).await.unwrap().into_inner();
    assert_eq!(shown.incident.as_ref(), Some(&declared));
    assert_eq!(shown.timeline.len(), 1);
    assert_eq!(shown.timeline[0].kind(), TimelineEntryKind::Declared);
    assert_eq!(shown.timeline[0].actor, ada.user.as_ref().unwrap().name);

    let audited = console.audited().await;
    assert_eq!(audited.last().unwrap().1, "declare_incident");
}

#[tokio::test]
async fn the_same_wish_is_fulfilled_once_on_any_replica() {
    let console = Console::start().await;
    let other = console.replica().await;
    let ada = console.somebody(Role::Responder, None).await;
    let mut here = console.incidents(&ada).await;
    let mut there = IncidentServiceClient::new(ada.to(other.addr).await);
    let (one, two) = tokio::join!(
        here.declare_incident(wish("Checkout fails", false, "form-1")),
        there.declare_incident(wish("Checkout fails", false, "form-1")),
    );
    assert_eq!(one.unwrap().into_inner(), two.unwrap().into_inner());

    for other in [
        wish("Search is slow", false, "form-1"),
        wish("Checkout fails", true, "form-1"),
    ] {
        let refused = here.declare_incident(other).await.unwrap_err();
        assert_eq!(refused.code(), Code::AlreadyExists, "never silently the first one");
    }
    let audited = console.audited().await;
    let declared = audited.iter().filter(|(_, action)| action == "declare_incident");
    assert_eq!(declared.count(), 1, "with the declaration, and once");

    let bob = console.somebody(Role::Responder, None).await;
    console
        .incidents(&bob)
        .await
        .declare_incident(wish("Search is slow", false, "form-1"))
        .await
        .unwrap();
    let list = here
        .list_incidents(ListIncidentsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(list.total, 2, "somebody else's form is another wish");
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    let mut incidents = console.incidents(&ada).await;
    let unknown = DeclareIncidentRequest {
        severity: "sev9".to_owned(),
        ..wish("x", false, "1")
    };
    let cases = [
        (wish(" \n ", false, "1"), "description: "),
        (wish("\u{200b}\u{200b}", false, "1"), "description: "),
        (wish(&"x".repeat(3001), false, "1"), "description: "),
        (wish("x", false, ""), "request_id: "),
        (unknown, "severity: "),
    ];
    for (request, beginning) in cases {
        let refused = incidents.declare_incident(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().starts_with(beginning), "{}", refused.message());
    }
    // What was refused may be corrected and sent again.
    incidents.declare_incident(wish("x", false, "1")).await.unwrap();

    for request in [
        ListIncidentsRequest {
            page_token: "nonsense".to_owned(),
            ..Default::default()
        },
        ListIncidentsRequest {
            page_size: -1,
            ..Default::default()
        },
        ListIncidentsRequest {
            query: "a ".repeat(30),
            ..Default::default()
        },
    ] {
        assert_eq!(
            incidents.list_incidents(request).await.unwrap_err().code(),
            Code::InvalidArgument
        );
    }
}

#[tokio::test]
async fn odd_texts_are_kept_as_typed() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    for text in [
        "🔥 <!channel> \"quoted\"",
        "Оплата не работает",
        "الدفع لا يعمل",
        &"x".repeat(3000),
    ] {
        assert_eq!(declare(&console, &ada, text, false).await.description, text);
    }
    let nul = declare(&console, &ada, "a\0b", false).await;
    assert_eq!(nul.description, "ab");
    let query = ListIncidentsRequest {
        query: "оплата\0".to_owned(),
        ..Default::default()
    };
    let found = console
        .incidents(&ada)
        .await
        .list_incidents(query)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(found.total, 1);
}

#[tokio::test]
async fn a_viewer_looks_and_does_not_declare() {
    let console = Console::start().await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let mut incidents = console.incidents(&viewer).await;
    let refused = incidents.declare_incident(wish("x", false, "1")).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(
        incidents
            .list_incidents(ListIncidentsRequest::default())
            .await
            .unwrap()
            .into_inner()
            .total,
        0
    );
    let email = viewer.user.unwrap().email;
    assert_eq!(
        console.audited().await.last(),
        Some(&(email, "declare_incident_refused".to_owned()))
    );
}

#[tokio::test]
async fn a_private_incident_does_not_exist_for_others() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, Some("U1")).await;
    let bob = console.somebody(Role::Responder, Some("U2")).await;
    let secret = declare(&console, &ada, "Breach", true).await;

    let mut hers = console.incidents(&ada).await;
    assert_eq!(
        hers.get_incident(get(&secret.id)).await.unwrap().into_inner().incident,
        Some(secret.clone())
    );
    assert_eq!(
        hers.list_incidents(ListIncidentsRequest::default())
            .await
            .unwrap()
            .into_inner()
            .total,
        1
    );

    let mut his = console.incidents(&bob).await;
    let search = ListIncidentsRequest {
        query: "breach".to_owned(),
        ..Default::default()
    };
    let found = his.list_incidents(search).await.unwrap().into_inner();
    assert_eq!((found.incidents.len(), found.total), (0, 0));
    let hidden = his.get_incident(get(&secret.id)).await.unwrap_err();
    let missing = his
        .get_incident(get(&uuid::Uuid::now_v7().to_string()))
        .await
        .unwrap_err();
    let malformed = his.get_incident(get("' OR 1 = 1")).await.unwrap_err();
    for other in [&missing, &malformed] {
        assert_eq!((hidden.code(), hidden.message()), (other.code(), other.message()));
    }
    assert_eq!(hidden.code(), Code::NotFound);
}

#[tokio::test]
async fn pages_follow_each_other() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, None).await;
    for number in 1..=5 {
        declare(&console, &ada, &format!("Number {number}"), false).await;
    }
    let mut incidents = console.incidents(&ada).await;
    let mut request = ListIncidentsRequest {
        page_size: 2,
        state: IncidentState::Open.into(),
        ..Default::default()
    };
    let mut pages = Vec::new();
    loop {
        let page = incidents.list_incidents(request.clone()).await.unwrap().into_inner();
        assert_eq!(page.total, 5);
        pages.push(
            page.incidents
                .into_iter()
                .map(|incident| incident.title)
                .collect::<Vec<_>>(),
        );
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(
        pages,
        [
            vec!["Number 5", "Number 4"],
            vec!["Number 3", "Number 2"],
            vec!["Number 1"]
        ]
    );
}

#[tokio::test]
async fn a_form_is_offered_the_settings() {
    let console = Console::start().await;
    let viewer = console.somebody(Role::Viewer, None).await;
    let options = console
        .incidents(&viewer)
        .await
        .get_incident_options(GetIncidentOptionsRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(options.default_severity, "sev4");
    assert_eq!(
        options
            .severities
            .iter()
            .map(|severity| severity.rank)
            .collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
    assert_eq!(options.statuses.last().unwrap().key, "resolved");
    assert_eq!(options.time_zone, "UTC");
}

#[tokio::test]
async fn an_admin_sees_that_a_private_incident_exists_and_opening_it_is_written_down() {
    let console = Console::start().await;
    let ada = console.somebody(Role::Responder, Some("U1")).await;
    let bob = console.somebody(Role::Admin, Some("U2")).await;
    let secret = declare(&console, &ada, "Breach", true).await;
    let mut his = console.incidents(&bob).await;
    let list = his
        .list_incidents(ListIncidentsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!((list.incidents.len(), list.total), (1, 1));
    let listed = &list.incidents[0];
    assert_eq!((listed.title.as_str(), listed.sealed), ("Private incident", true));
    assert_eq!(
        (listed.description.as_str(), &listed.declared_by, &listed.channel),
        ("", &None, &None)
    );
    let search = ListIncidentsRequest {
        query: "breach".to_owned(),
        ..Default::default()
    };
    assert_eq!(his.list_incidents(search).await.unwrap().into_inner().total, 0);

    let sealed = his.get_incident(get(&secret.id)).await.unwrap().into_inner();
    assert!(sealed.incident.unwrap().sealed && sealed.timeline.is_empty());
    let opening = || {
        (
            bob.user.as_ref().unwrap().email.clone(),
            "open_private_incident".to_owned(),
        )
    };
    assert!(!console.audited().await.contains(&opening()));

    let open = GetIncidentRequest {
        id: secret.id.clone(),
        open_private: true,
    };
    let opened = his.get_incident(open.clone()).await.unwrap().into_inner();
    assert_eq!((opened.incident, opened.timeline.len()), (Some(secret.clone()), 1));
    assert!(console.audited().await.contains(&opening()));

    // Nobody else can, and whoever is in it does not open it.
    let carol = console.somebody(Role::Responder, Some("U3")).await;
    let refused = console
        .incidents(&carol)
        .await
        .get_incident(open.clone())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), tonic::Code::NotFound);
    console.incidents(&ada).await.get_incident(open).await.unwrap();
    let openings = console
        .audited()
        .await
        .into_iter()
        .filter(|(_, action)| action == "open_private_incident");
    assert_eq!(openings.count(), 1);
}
