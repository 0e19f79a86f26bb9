//! Socket Mode: the connections the app holds, the envelopes sent over them and their acks.
//!
//! An envelope goes to any one connection, in turn. Events that are not acknowledged are sent
//! again; what a person did (interactive, slash command) is not: the person is told.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::events::Outgoing;
use crate::changes::Changes;

/// How long an address from `apps.connections.open` may be used.
const TICKET_LIFE: Duration = Duration::from_secs(30);
/// How many envelopes are remembered.
const MOST_RECORDS: usize = 20_000;

/// How long Slack waits, in all the places where it waits.
#[derive(Debug, Clone)]
pub struct Timing {
    /// How long an envelope may stay without its ack (Slack: 3 s).
    pub ack_timeout: Duration,
    /// Pauses before an unacknowledged event is sent again (Slack: at once, 1 min, 5 min).
    pub redelivery: Vec<Duration>,
    /// How long before the end of a connection its warning comes (Slack: about 10 s).
    pub disconnect_warning: Duration,
    /// How long a connection that was closed is still read.
    pub farewell: Duration,
    /// How long a trigger may be used (Slack: 3 s).
    pub trigger_life: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            ack_timeout: Duration::from_secs(3),
            redelivery: vec![Duration::ZERO, Duration::from_mins(1), Duration::from_mins(5)],
            disconnect_warning: Duration::from_secs(10),
            farewell: Duration::from_secs(2),
            trigger_life: Duration::from_secs(3),
        }
    }
}

/// One envelope that was sent, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Envelope {
    /// The envelope's id; the same for a duplicate, another one for a redelivery.
    pub envelope_id: String,
    /// `events_api`, `interactive` or `slash_commands`.
    pub kind: &'static str,
    /// The event's id, for events.
    pub event_id: Option<String>,
    /// 0 for the first delivery.
    pub attempt: usize,
    /// The number of the connection it went to.
    pub connection: u64,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// How long its ack took, if one came.
    pub acked_after: Option<Duration>,
    /// How long after it was sent its connection ended, if no ack had come by then.
    pub ended_after: Option<Duration>,
}

/// What an ack said.
#[derive(Debug, Clone)]
pub(crate) struct Ack {
    pub(crate) payload: Option<Value>,
    pub(crate) after: Duration,
}

pub(super) enum Order {
    Send(String),
    Close,
}

pub(super) struct Connection {
    pub(super) number: u64,
    pub(super) orders: mpsc::UnboundedSender<Order>,
    /// No new envelopes: its end was announced.
    pub(super) draining: bool,
    /// Held by a process that is not the app under test.
    pub(super) foreign: bool,
}

struct Waiting {
    connection: u64,
    reply: oneshot::Sender<Ack>,
}

#[derive(Default)]
pub(super) struct Hub {
    tickets: HashMap<String, Instant>,
    pub(super) connections: Vec<Connection>,
    pub(super) last_connection: u64,
    turn: usize,
    waiting: HashMap<String, Waiting>,
    records: BTreeMap<u64, (Envelope, Instant)>,
    numbers: HashMap<String, u64>,
    last_record: u64,
    duplicates: bool,
}

impl Hub {
    /// Takes out a connection that has ended: nobody waits any more for the acks of what was sent to it.
    pub(super) fn end(&mut self, connection: u64) {
        self.connections.retain(|one| one.number != connection);
        for (id, _) in self.waiting.extract_if(|_, waiting| waiting.connection == connection) {
            let record = self.numbers.get(&id).and_then(|number| self.records.get_mut(number));
            if let Some((envelope, since)) = record {
                envelope.ended_after = Some(since.elapsed());
            }
        }
    }
}

/// The app's Socket Mode connections.
#[derive(Clone)]
pub struct Sockets {
    hub: Arc<Mutex<Hub>>,
    pub(super) changes: Changes,
    pub(super) timing: Arc<Timing>,
}

/// An envelope before it has an id.
struct Parcel<'a> {
    kind: &'static str,
    payload: &'a Value,
    event_id: Option<&'a str>,
    attempt: usize,
}

impl Sockets {
    pub(crate) fn new(changes: Changes, timing: Timing) -> Self {
        Self {
            hub: Arc::default(),
            changes,
            timing: Arc::new(timing),
        }
    }

    pub(super) fn hub(&self) -> MutexGuard<'_, Hub> {
        self.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many connections the app has open; those of [`set_foreign`](Self::set_foreign) are not among them.
    pub fn count(&self) -> usize {
        self.hub().connections.iter().filter(|one| !one.foreign).count()
    }

    /// How many connections another process holds.
    pub fn foreign(&self) -> usize {
        self.hub().connections.iter().filter(|one| one.foreign).count()
    }

    /// From now on another process with the same token holds so many connections: they count in `num_connections`, get
    /// their share of the envelopes, and acknowledge none of them.
    pub fn set_foreign(&self, count: usize) {
        let mut hub = self.hub();
        let held = hub.connections.iter().filter(|one| one.foreign).count();
        for _ in held..count {
            hub.last_connection += 1;
            let number = hub.last_connection;
            let (orders, mut inbox) = mpsc::unbounded_channel();
            hub.connections.push(Connection {
                number,
                orders,
                draining: false,
                foreign: true,
            });
            tokio::spawn(async move { while inbox.recv().await.is_some() {} });
        }
        let mut surplus = held.saturating_sub(count);
        hub.connections.retain(|one| {
            let goes = one.foreign && surplus > 0;
            surplus -= usize::from(goes);
            !goes
        });
        drop(hub);
        self.changes.bump();
    }

    /// Every envelope so far, in the order of sending.
    pub fn envelopes(&self) -> Vec<Envelope> {
        self.hub()
            .records
            .values()
            .map(|(envelope, _)| envelope.clone())
            .collect()
    }

    /// The times acks took, in the order of sending; envelopes without an ack are left out.
    pub fn ack_times(&self) -> Vec<Duration> {
        self.envelopes()
            .iter()
            .filter_map(|envelope| envelope.acked_after)
            .collect()
    }

    /// Forgets the envelopes so far.
    pub fn clear_envelopes(&self) {
        let mut hub = self.hub();
        hub.records.clear();
        hub.numbers.clear();
    }

    /// From now on every event comes twice, with the same envelope id.
    pub fn set_duplicates(&self, on: bool) {
        self.hub().duplicates = on;
    }

    /// Waits until at least `count` connections are open.
    ///
    /// # Panics
    /// After 30 s.
    pub async fn wait_for(&self, count: usize) {
        let waited = self.changes.until(|| (self.count() >= count).then_some(())).await;
        assert!(
            waited.is_some(),
            "waited for {count} sockets, there are {}",
            self.count()
        );
    }

    /// Ends every connection the way Slack does every few hours: a warning, and after
    /// [`Timing::disconnect_warning`] the request to reconnect and the end.
    pub fn refresh(&self) {
        let own = |one: &&Connection| !one.foreign;
        let numbers: Vec<u64> = self.hub().connections.iter().filter(own).map(|c| c.number).collect();
        self.tell(&numbers, "warning");
        let sockets = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(sockets.timing.disconnect_warning).await;
            sockets.tell(&numbers, "refresh_requested");
            for connection in &mut sockets.hub().connections {
                if numbers.contains(&connection.number) {
                    connection.draining = true;
                    let _ = connection.orders.send(Order::Close);
                }
            }
        });
    }

    /// Cuts every connection of the app without a word.
    pub fn cut(&self) {
        let mut hub = self.hub();
        hub.connections.retain(|one| one.foreign);
        hub.waiting.clear();
        drop(hub);
        self.changes.bump();
    }

    fn tell(&self, numbers: &[u64], reason: &str) {
        let hub = self.hub();
        for connection in &hub.connections {
            if numbers.contains(&connection.number) {
                let frame = json!({
                    "type": "disconnect", "reason": reason, "num_connections": hub.connections.len(),
                    "debug_info": { "host": format!("sandbox-{}", connection.number) },
                });
                let _ = connection.orders.send(Order::Send(frame.to_string()));
            }
        }
    }

    pub(crate) fn open_ticket(&self) -> String {
        let ticket = Uuid::new_v4().to_string();
        let mut hub = self.hub();
        hub.tickets.retain(|_, since| since.elapsed() < TICKET_LIFE);
        hub.tickets.insert(ticket.clone(), Instant::now());
        ticket
    }

    /// Uses up a ticket; false when there is none such.
    pub(crate) fn take_ticket(&self, ticket: &str) -> bool {
        self.hub()
            .tickets
            .remove(ticket)
            .is_some_and(|since| since.elapsed() < TICKET_LIFE)
    }

    pub(super) fn acknowledged(&self, text: &str) {
        let Ok(ack) = serde_json::from_str::<Value>(text) else {
            return;
        };
        let Some(id) = ack["envelope_id"].as_str() else {
            return;
        };
        let mut hub = self.hub();
        let number = hub.numbers.get(id).copied();
        let mut after = Duration::ZERO;
        if let Some((envelope, since)) = number.and_then(|number| hub.records.get_mut(&number)) {
            after = since.elapsed();
            envelope.acked_after.get_or_insert(after);
        }
        if let Some(waiting) = hub.waiting.remove(id) {
            let payload = Some(ack["payload"].clone()).filter(|payload| !payload.is_null());
            let _ = waiting.reply.send(Ack { payload, after });
        }
        drop(hub);
        self.changes.bump();
    }

    /// Sends an envelope to the connection whose turn it is.
    fn send(&self, parcel: &Parcel<'_>) -> Option<oneshot::Receiver<Ack>> {
        let mut hub = self.hub();
        let ready: Vec<(u64, mpsc::UnboundedSender<Order>)> = hub
            .connections
            .iter()
            .filter(|connection| !connection.draining && !connection.orders.is_closed())
            .map(|connection| (connection.number, connection.orders.clone()))
            .collect();
        if ready.is_empty() {
            return None;
        }
        hub.turn = hub.turn.wrapping_add(1);
        let turn = hub.turn;
        let (connection, orders) = &ready[turn % ready.len()];
        let envelope_id = Uuid::new_v4().to_string();
        let mut envelope = json!({
            "envelope_id": envelope_id, "type": parcel.kind, "payload": parcel.payload,
            "accepts_response_payload": parcel.kind != "events_api",
        });
        if parcel.kind == "events_api" {
            envelope["retry_attempt"] = json!(parcel.attempt);
            envelope["retry_reason"] = json!(if parcel.attempt > 0 { "timeout" } else { "" });
        }
        let (reply, receiver) = oneshot::channel();
        hub.waiting.insert(
            envelope_id.clone(),
            Waiting {
                connection: *connection,
                reply,
            },
        );
        hub.last_record += 1;
        let number = hub.last_record;
        hub.numbers.insert(envelope_id.clone(), number);
        let record = Envelope {
            envelope_id,
            kind: parcel.kind,
            event_id: parcel.event_id.map(ToOwned::to_owned),
            attempt: parcel.attempt,
            connection: *connection,
            sent_at: Utc::now(),
            acked_after: None,
            ended_after: None,
        };
        hub.records.insert(number, (record, Instant::now()));
        if hub.records.len() > MOST_RECORDS
            && let Some((_, (oldest, _))) = hub.records.pop_first()
        {
            hub.numbers.remove(&oldest.envelope_id);
        }
        let text = envelope.to_string();
        if hub.duplicates && parcel.kind == "events_api" {
            let (_, twin) = &ready[(turn + 1) % ready.len()];
            let _ = twin.send(Order::Send(text.clone()));
        }
        let _ = orders.send(Order::Send(text));
        drop(hub);
        self.changes.bump();
        Some(receiver)
    }

    /// Sends what a person did and waits for the ack; none when it did not come in time.
    pub(crate) async fn ask(&self, kind: &'static str, payload: &Value) -> Option<Ack> {
        let receiver = self.send(&Parcel {
            kind,
            payload,
            event_id: None,
            attempt: 0,
        })?;
        tokio::time::timeout(self.timing.ack_timeout, receiver).await.ok()?.ok()
    }

    /// Sends an event now, and again while it stays unacknowledged.
    pub(crate) fn deliver(&self, event: Outgoing) {
        let first = self.send_event(&event, 0);
        let sockets = self.clone();
        tokio::spawn(async move {
            if sockets.wait(first).await {
                return;
            }
            for (index, pause) in sockets.timing.redelivery.iter().enumerate() {
                tokio::time::sleep(*pause).await;
                let again = sockets.send_event(&event, index + 1);
                if sockets.wait(again).await {
                    return;
                }
            }
            tracing::warn!(event_id = event.event_id, "the app never acknowledged an event");
        });
    }

    fn send_event(&self, event: &Outgoing, attempt: usize) -> Option<oneshot::Receiver<Ack>> {
        self.send(&Parcel {
            kind: "events_api",
            payload: &event.payload,
            event_id: Some(&event.event_id),
            attempt,
        })
    }

    async fn wait(&self, receiver: Option<oneshot::Receiver<Ack>>) -> bool {
        if let Some(receiver) = receiver {
            let ack = tokio::time::timeout(self.timing.ack_timeout, receiver).await;
            return ack.is_ok_and(|ack| ack.is_ok());
        }
        // Nobody is there: give a connection the time that an ack would have had.
        let _ = tokio::time::timeout(
            self.timing.ack_timeout,
            self.changes.until(|| (self.count() > 0).then_some(())),
        )
        .await;
        false
    }
}
