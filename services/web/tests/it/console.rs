//! A console to test, and its callers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use chrono::Utc;
use domain::{Clock, MovableClock};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use sha2::{Digest, Sha256};
use store::console_users::{self, Role, User};
use store::{audit_log, console_sessions};
use testing::Database;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request as Call, Status};
use uuid::Uuid;
use web::proto::auth_service_client::AuthServiceClient;
use web::proto::incident_service_client::IncidentServiceClient;
use web::{Config, Running};

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Replicas of the service on one database; they stop when it is dropped.
pub(crate) struct Console {
    pub(crate) database: Database,
    pub(crate) clock: MovableClock,
    pub(crate) addr: SocketAddr,
    config: Config,
    shutdown: CancellationToken,
    _stop: DropGuard,
}

pub(crate) fn config() -> Config {
    Config {
        admin_password: Some(PASSWORD.into()),
        ..Config::default()
    }
}

impl Console {
    pub(crate) async fn start() -> Self {
        Self::start_with(config()).await
    }

    pub(crate) async fn start_with(config: Config) -> Self {
        Self::start_on(Database::new().await, config).await
    }

    pub(crate) async fn start_on(database: Database, config: Config) -> Self {
        let clock = MovableClock::default();
        let shutdown = CancellationToken::new();
        let mut console = Self {
            database,
            clock,
            addr: ([0, 0, 0, 0], 0).into(),
            config,
            _stop: shutdown.clone().drop_guard(),
            shutdown,
        };
        console.addr = console.replica().await.addr;
        // A test that ends while a connection is being made would hold up the end of its database.
        testing::wait_for("readiness", async || console.ready().await.ok()).await;
        console
    }

    /// What it says of its readiness, as an error while it is not ready.
    pub(crate) async fn ready(&self) -> Result<String, String> {
        let response = self.get("/api/v1/ready").await;
        let is_ready = response.status() == 200;
        let body = String::from_utf8(response.into_body()).unwrap();
        if is_ready { Ok(body) } else { Err(body) }
    }

    /// Asks for a page.
    pub(crate) async fn get(&self, path: &str) -> Response<Vec<u8>> {
        send(
            Request::get(format!("http://{}{path}", self.addr))
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    /// Asks for a page with somebody's cookie, and what else a browser sends.
    pub(crate) async fn get_as(&self, caller: &Caller, path: &str, headers: &[(&str, &str)]) -> Response<Vec<u8>> {
        let mut request = Request::get(format!("http://{}{path}", self.addr));
        if let Some(cookie) = &caller.cookie {
            request = request.header("cookie", cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(request.body(Body::empty()).unwrap()).await
    }

    /// Another replica on the same database.
    pub(crate) async fn replica(&self) -> Running {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let mut database = store::Config::at(self.database.url()).unwrap();
        // So that a database that is away is noticed soon.
        database.acquire_timeout = Duration::from_secs(1);
        let pool = store::connect(&database);
        web::start(self.config.clone(), pool, clock, self.shutdown.clone())
            .await
            .unwrap()
    }

    pub(crate) fn stop(&self) {
        self.shutdown.cancel();
    }

    /// A new user who is signed in.
    pub(crate) async fn somebody(&self, role: Role, slack_user_id: Option<&str>) -> Caller {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let user = User {
            id: Uuid::now_v7(),
            email: format!("somebody-{number}@example.com"),
            name: format!("Somebody {number}"),
            role,
            slack_user_id: slack_user_id.map(ToOwned::to_owned),
        };
        let token = format!("token-{number}");
        let mut conn = self.database.connect().await;
        let now = self.clock.now();
        console_users::insert(&mut conn, &user, None, now).await.unwrap();
        let hash = Sha256::digest(&token);
        console_sessions::begin(&mut conn, &hash, user.id, "test", "test", now)
            .await
            .unwrap();
        Caller {
            cookie: Some(format!("incident_bot_session={token}")),
            user: Some(user),
        }
    }

    /// What the audit log says, oldest first: who, action.
    pub(crate) async fn audited(&self) -> Vec<(String, String)> {
        let entries = audit_log::newest(&mut self.database.connect().await, 100)
            .await
            .unwrap();
        entries
            .into_iter()
            .rev()
            .map(|entry| (entry.who, entry.action))
            .collect()
    }

    pub(crate) async fn auth(&self, caller: &Caller) -> AuthServiceClient<As> {
        AuthServiceClient::new(caller.to(self.addr).await)
    }

    pub(crate) async fn incidents(&self, caller: &Caller) -> IncidentServiceClient<As> {
        IncidentServiceClient::new(caller.to(self.addr).await)
    }
}

/// A connection on which somebody's cookie is sent.
pub(crate) type As = InterceptedService<Channel, Caller>;

/// Somebody with a cookie, or without one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    pub(crate) cookie: Option<String>,
    pub(crate) user: Option<User>,
}

impl Caller {
    pub(crate) async fn to(&self, addr: SocketAddr) -> As {
        let channel = Channel::from_shared(format!("http://{addr}"))
            .unwrap()
            .connect()
            .await
            .unwrap();
        InterceptedService::new(channel, self.clone())
    }

    /// The one whom this answer signs in, in the browser that keeps its cookies.
    pub(crate) fn of<T>(response: &tonic::Response<T>) -> Self {
        let cookies = response.metadata().get_all("set-cookie").iter();
        let pairs: Vec<_> = cookies
            .filter_map(|cookie| cookie.to_str().unwrap().split(';').next())
            .collect();
        Self {
            cookie: Some(pairs.join("; ")),
            user: None,
        }
    }

    /// The same browser after its session has ended: only what tells the device is left.
    pub(crate) fn device(&self) -> Self {
        let pairs = self.cookie.as_deref().unwrap_or_default().split("; ");
        let device: Vec<_> = pairs.filter(|pair| pair.contains("_device=")).collect();
        Self {
            cookie: Some(device.join("; ")),
            user: None,
        }
    }
}

impl Interceptor for Caller {
    fn call(&mut self, mut call: Call<()>) -> Result<Call<()>, Status> {
        if let Some(cookie) = &self.cookie {
            call.metadata_mut().insert("cookie", cookie.parse().unwrap());
        }
        Ok(call)
    }
}

/// Sends a request over HTTP/1.1 as a browser does.
pub(crate) async fn send(request: Request<Body>) -> Response<Vec<u8>> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let (head, body) = client.request(request).await.unwrap().into_parts();
    Response::from_parts(head, body.collect().await.unwrap().to_bytes().to_vec())
}

/// One gRPC-Web message.
pub(crate) fn framed(message: &impl prost::Message) -> Vec<u8> {
    let message = message.encode_to_vec();
    let mut framed = vec![0];
    framed.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    framed.extend(message);
    framed
}

/// The time as the tests see it.
pub(crate) fn soon() -> chrono::DateTime<Utc> {
    Utc::now() + chrono::TimeDelta::minutes(1)
}
