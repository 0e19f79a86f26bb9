//! Slack and the console show the same, whichever replica a person talks to.

use std::net::SocketAddr;
use std::time::Duration;

use testing::{ADMIN_PASSWORD, System};
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Streaming};
use web::proto::auth_service_client::AuthServiceClient;
use web::proto::incident_service_client::IncidentServiceClient;
use web::proto::{
    DeclareIncidentRequest, GetIncidentRequest, Incident, SignInRequest, WatchIncidentsRequest, WatchIncidentsResponse,
};

use crate::declare::FIELDS;

/// The first admin, signed in.
pub(crate) struct Admin {
    cookie: MetadataValue<tonic::metadata::Ascii>,
}

impl Admin {
    pub(crate) async fn sign_in(at: SocketAddr) -> Self {
        let request = SignInRequest {
            email: "admin@admin.com".to_owned(),
            password: ADMIN_PASSWORD.to_owned(),
        };
        let answer = AuthServiceClient::new(channel(at).await)
            .sign_in(request)
            .await
            .unwrap();
        let cookie = answer.metadata().get("set-cookie").unwrap().to_str().unwrap();
        Self {
            cookie: cookie.split(';').next().unwrap().parse().unwrap(),
        }
    }

    pub(crate) fn says<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("cookie", self.cookie.clone());
        request
    }
}

pub(crate) async fn channel(at: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{at}"))
        .unwrap()
        .connect()
        .await
        .unwrap()
}

async fn next(stream: &mut Streaming<WatchIncidentsResponse>) -> Option<Incident> {
    let message = tokio::time::timeout(Duration::from_secs(20), stream.message())
        .await
        .expect("a message in time");
    message.unwrap().expect("an open stream").incident
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_in_slack_reaches_whoever_watches() {
    let mut system = System::start().await;
    let (here, there) = (system.add_web().await, system.add_web().await);
    // Signed in at one replica, watching at the other.
    let admin = Admin::sign_in(here).await;
    let mut incidents = IncidentServiceClient::new(channel(there).await);
    let watch = admin.says(WatchIncidentsRequest::default());
    let mut stream = incidents.watch_incidents(watch).await.unwrap().into_inner();
    assert_eq!(next(&mut stream).await, None);

    system.declare("alice", &FIELDS).await;
    let told = loop {
        let incident = next(&mut stream).await.expect("a change");
        if incident.channel.is_some() {
            break incident;
        }
    };
    assert_eq!(told.title, "Payments fail for EU customers");
    assert_eq!(told.declared_by.unwrap().name, "alice");

    let page = incidents
        .get_incident(admin.says(GetIncidentRequest {
            id: told.id,
            ..GetIncidentRequest::default()
        }))
        .await
        .unwrap()
        .into_inner();
    assert!(page.timeline.len() >= 2, "{:#?}", page.timeline);
    system.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_declared_in_the_console_gets_its_channel() {
    let mut system = System::start().await;
    let addr = system.add_web().await;
    let admin = Admin::sign_in(addr).await;
    let mut incidents = IncidentServiceClient::new(channel(addr).await);
    let wish = DeclareIncidentRequest {
        description: "Search is <slow>".to_owned(),
        severity: "sev1".to_owned(),
        private: false,
        request_id: "the same form".to_owned(),
    };
    for _ in 0..2 {
        incidents.declare_incident(admin.says(wish.clone())).await.unwrap();
    }
    system.declared(1).await;
    let digest = system.sandbox.messages("incidents");
    assert_eq!(digest.len(), 1);
    assert!(
        digest[0].text.contains("SEV1 · Search is &lt;slow&gt;"),
        "{}",
        digest[0].text
    );
    system.end().await;
}
