//! People at work while services come and go: they declare, raise the severity on the panel and lower it in the console, and
//! do again what was not confirmed, as people do.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use sandbox::{Channel as SlackChannel, Person};
use testing::{System, wait_for};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use uuid::Uuid;
use web::proto::incident_service_client::IncidentServiceClient;
use web::proto::{ListIncidentsRequest, SetSeverityRequest, WatchIncidentsRequest};

use crate::console::Admin;
use crate::load::{declaration, each_is_complete_once_and_tells};

/// How many people work at the same time.
const AT_ONCE: usize = 3;

/// The replicas of web among which a load balancer spreads requests.
#[derive(Default)]
pub(crate) struct Rotation {
    replicas: Mutex<Vec<Replica>>,
    turn: AtomicUsize,
}

struct Replica {
    address: SocketAddr,
    takes_requests: bool,
    in_flight: usize,
}

impl Rotation {
    /// New requests go to this one, too.
    pub(crate) fn add(&self, address: SocketAddr) {
        self.replicas.lock().unwrap().push(Replica {
            address,
            takes_requests: true,
            in_flight: 0,
        });
    }

    /// New requests go to the others; waits until those of this one are answered.
    pub(crate) async fn take_out(&self, address: SocketAddr) {
        self.change(address, |replica| replica.takes_requests = false);
        wait_for("the last requests of a replica", async || {
            let mut in_flight = 0;
            self.change(address, |replica| in_flight = replica.in_flight);
            (in_flight == 0).then_some(())
        })
        .await;
    }

    /// A replica for one request, until what this gives is dropped.
    fn pick(&self) -> InFlight<'_> {
        let mut replicas = self.replicas.lock().unwrap();
        let mut ready: Vec<_> = replicas.iter_mut().filter(|replica| replica.takes_requests).collect();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % ready.len();
        ready[turn].in_flight += 1;
        InFlight {
            rotation: self,
            address: ready[turn].address,
        }
    }

    fn change(&self, address: SocketAddr, change: impl FnOnce(&mut Replica)) {
        let mut replicas = self.replicas.lock().unwrap();
        let replica = replicas.iter_mut().find(|replica| replica.address == address);
        change(replica.expect("a replica of the rotation"));
    }
}

struct InFlight<'a> {
    rotation: &'a Rotation,
    address: SocketAddr,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.rotation.change(self.address, |replica| replica.in_flight -= 1);
    }
}

/// What people do, and how it went.
pub(crate) struct Work<'a> {
    system: &'a System,
    rotation: &'a Rotation,
    admin: Admin,
    begun: AtomicUsize,
    done: AtomicUsize,
    /// Requests of the console that failed and were sent again.
    failed: Mutex<Vec<Status>>,
    /// The incidents that whoever watches the console has seen.
    seen: Mutex<BTreeSet<String>>,
}

impl<'a> Work<'a> {
    /// Nobody works yet.
    pub(crate) async fn new(system: &'a System, rotation: &'a Rotation) -> Self {
        let replica = rotation.pick();
        Self {
            system,
            rotation,
            admin: Admin::sign_in(replica.address).await,
            begun: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            failed: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    /// People work, and somebody watches the console, until `stop`; what they have begun they bring to its end.
    pub(crate) async fn until(&self, stop: &CancellationToken) {
        let people = (0..AT_ONCE).map(async |_| {
            while !stop.is_cancelled() {
                self.one(self.begun.fetch_add(1, Ordering::Relaxed)).await;
                self.done.fetch_add(1, Ordering::Relaxed);
            }
        });
        let everybody = CancellationToken::new();
        let work = async {
            join_all(people).await;
            everybody.cancel();
        };
        tokio::join!(work, self.watch(&everybody));
    }

    /// Waits until so many more incidents are declared and changed.
    pub(crate) async fn goes_on(&self, incidents: usize) {
        let done = self.done.load(Ordering::Relaxed);
        wait_for("people to get on with their work", async || {
            (self.done.load(Ordering::Relaxed) >= done + incidents).then_some(())
        })
        .await;
    }

    /// Nothing was lost, nothing was done twice; gives the requests of the console that had to be sent again.
    pub(crate) async fn completed(self) -> Vec<Status> {
        let incidents = self.done.load(Ordering::Relaxed);
        assert_eq!(self.system.settled().await, i64::try_from(incidents).unwrap());
        each_is_complete_once_and_tells(self.system, incidents, 2);
        assert_eq!(
            self.seen.lock().unwrap().len(),
            incidents,
            "incidents seen in the console"
        );
        self.failed.into_inner().unwrap()
    }

    async fn one(&self, number: usize) {
        let (who, text) = declaration(number);
        let title = text.lines().next().unwrap();
        let person = self.system.sandbox.person(who);
        self.system.declare(who, &[("Description", &text)]).await;
        let channel = wait_for("the channel with its panel", async || {
            let mut channels = self.system.sandbox.channels().into_iter();
            let channel = channels.find(|channel| channel.topic == title && channel.members.contains(person.id()))?;
            (!self.system.sandbox.pins(&channel.id).is_empty()).then_some(channel)
        })
        .await;
        self.raise(&person, &channel).await;
        self.lower(&channel).await;
    }

    /// On the panel, again until the incident has it.
    async fn raise(&self, person: &Person, channel: &SlackChannel) {
        let panel = &self.system.sandbox.pins(&channel.id)[0];
        wait_for("the severity to be raised", async || {
            self.system.reachable().await;
            person.select(&channel.id, &panel.ts, "severity.set", "sev1").await;
            (self.of_channel("severity", channel).await == "sev1").then_some(())
        })
        .await;
    }

    /// In the console, the same request until it is answered.
    async fn lower(&self, channel: &SlackChannel) {
        let request = SetSeverityRequest {
            incident_id: self.of_channel("id::text", channel).await,
            severity: "sev3".to_owned(),
            request_id: Uuid::now_v7().to_string(),
        };
        self.ask(async |mut console| {
            let answer = console.set_severity(self.admin.says(request.clone())).await?;
            Ok(answer.into_inner())
        })
        .await;
        assert_eq!(self.of_channel("severity", channel).await, "sev3");
    }

    /// What the incident of a channel has, asked again while the database is away.
    async fn of_channel(&self, column: &str, channel: &SlackChannel) -> String {
        let sql = format!("SELECT {column} FROM incidents WHERE channel_id = $1");
        wait_for("what the database says of an incident", async || {
            let asked = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.clone()))
                .bind(&channel.id)
                .fetch_one(self.system.pool())
                .await;
            asked.ok()
        })
        .await
    }

    /// Sends a request to whichever replica is in rotation, again where it failed in a way that may pass.
    async fn ask<T>(&self, request: impl AsyncFn(IncidentServiceClient<Channel>) -> Result<T, Status>) -> T {
        wait_for("the console to answer", async || {
            let replica = self.rotation.pick();
            let answer = async { request(IncidentServiceClient::new(connect(replica.address).await?)).await };
            match answer.await {
                Ok(answer) => Some(answer),
                Err(status) => {
                    let may_pass = [Code::Unavailable, Code::Unknown, Code::DeadlineExceeded];
                    assert!(may_pass.contains(&status.code()), "{status:?}");
                    self.failed.lock().unwrap().push(status);
                    None
                }
            }
        })
        .await
    }

    /// Lists the incidents and follows their changes, again whenever the stream ends, until `stop`.
    async fn watch(&self, stop: &CancellationToken) {
        loop {
            let (mut stream, listed) = self
                .ask(async |mut console| {
                    let watch = self.admin.says(WatchIncidentsRequest::default());
                    let stream = console.watch_incidents(watch).await?.into_inner();
                    let mut listed = Vec::new();
                    let mut request = ListIncidentsRequest::default();
                    loop {
                        let page = console
                            .list_incidents(self.admin.says(request.clone()))
                            .await?
                            .into_inner();
                        listed.extend(page.incidents);
                        if page.next_page_token.is_empty() {
                            return Ok((stream, listed));
                        }
                        request.page_token = page.next_page_token;
                    }
                })
                .await;
            let see = |id| self.seen.lock().unwrap().insert(id);
            for incident in listed {
                see(incident.id);
            }
            while let Some(message) = stop.run_until_cancelled(stream.message()).await {
                // However it ends, everything is listed anew.
                let Ok(Some(message)) = message else { break };
                if let Some(incident) = message.incident {
                    see(incident.id);
                }
            }
            if stop.is_cancelled() {
                return;
            }
        }
    }
}

async fn connect(address: SocketAddr) -> Result<Channel, Status> {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let connected = endpoint.connect().await;
    connected.map_err(|error| Status::unavailable(format!("no connection: {error}")))
}
