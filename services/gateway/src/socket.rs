//! The connection to Slack: sockets of Socket Mode, each replaced before Slack closes it.
//!
//! Slack asks an app every few hours to connect anew: on its `disconnect` a new socket is opened first, while the old one
//! is still read to its end, so no envelope is lost between them. Its close frame is not read before what is in hand has been
//! acknowledged. Each envelope is handled in a task of its own.
//!
//! A gateway that stops goes on reading, because Slack goes on sending until it knows, and does not repeat what a person did.
//! Nothing may follow the close frame, acknowledgements neither, so a socket is closed in a moment when it owes none and
//! nothing has come for a while: somebody who types into a list sends one envelope after the other. What Slack sent before it
//! had that frame, in the last round trip, is done, and only then lacks its acknowledgement. No order of frames spares that:
//! Slack sends until it knows that a client leaves, and only this frame says so.

use std::time::Duration;

use futures_util::{Sink, SinkExt, StreamExt};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::answer::Answer;
use crate::deadline::Late;
use crate::envelope::{Envelope, Incoming, Payload, acknowledgement};
use crate::forms::Form;
use crate::outsiders::{self, Actor, Refused};
use crate::route::route;
use crate::{Gateway, connections, socket};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long a socket may be silent before it is asked for a sign of life, and half of how long it may be silent at all.
const SILENCE: Duration = Duration::from_secs(20);
/// How long sending one frame may take.
const SEND_TIME: Duration = Duration::from_secs(3);
/// How long opening a socket may take.
const OPEN_TIME: Duration = Duration::from_secs(10);
/// The first and the longest wait before trying again to open a socket.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));
/// How long envelopes that were read may take after a stop was asked for.
const DRAIN_TIME: Duration = Duration::from_secs(10);
/// How long a socket waits to be quiet after a stop was asked for. Then any moment will do in which it owes nothing.
const QUIET_WITHIN: Duration = Duration::from_secs(2);
/// How long a socket stays open after a stop was asked for, while there is no moment without an envelope in hand.
const BUSY_TIME: Duration = Duration::from_secs(5);
/// The reason of a `disconnect` after which Slack goes on sending, for about 10 s.
const WARNING: &str = "warning";
/// How long a closed socket is read until Slack closes it too.
const CLOSE_TIME: Duration = Duration::from_secs(3);

/// Why a socket could not be opened.
#[derive(Debug, Error)]
enum OpenError {
    #[error(transparent)]
    Slack(#[from] slack::Error),
    #[error("the socket's host could not be reached: {0}")]
    Connect(#[from] std::io::Error),
    // The address holds a secret ticket, so the error's own text is not shown.
    #[error("the socket could not be opened")]
    Socket(#[from] tungstenite::Error),
    #[error("the socket was not opened within {OPEN_TIME:?}")]
    Slow,
}

/// How far a socket has come.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Open,
    /// A stop was asked for then. It is closed once it is quiet and owes no acknowledgement.
    Stopping(Instant),
    /// It is closed, and read until Slack closes it too, at the latest until then.
    Closed(Instant),
}

impl Stage {
    /// Waits for its end; for ever where it has none.
    async fn over(self) {
        let end = match self {
            Self::Open => return std::future::pending().await,
            Self::Stopping(asked) => asked + BUSY_TIME,
            Self::Closed(end) => end,
        };
        tokio::time::sleep_until(end).await;
    }

    /// Waits for the moment from which on the socket counts as quiet, but not for long.
    async fn quiet(self, moment: Instant) {
        if let Self::Stopping(asked) = self {
            tokio::time::sleep_until(moment.min(asked + QUIET_WITHIN)).await;
        }
    }
}

/// Holds `count` sockets until `shutdown`, then closes each once nothing has come for as long as `quiet`, and lets what was read
/// be handled.
///
/// # Errors
/// When Slack did not accept the token from the beginning on.
pub(crate) async fn hold(
    gateway: &Gateway,
    count: usize,
    quiet: Duration,
    shutdown: &CancellationToken,
) -> Result<(), slack::TokenRefused> {
    let mut keepers = JoinSet::new();
    let readers = TaskTracker::new();
    let handlers = TaskTracker::new();
    for number in 0..count {
        let keeper = socket::keep(
            gateway.clone(),
            quiet,
            shutdown.clone(),
            readers.clone(),
            handlers.clone(),
        );
        keepers.spawn(keeper.instrument(tracing::info_span!("socket", number)));
    }
    while let Some(ended) = keepers.join_next().await {
        match ended {
            Ok(kept) => kept?,
            // Without its keeper a socket is not opened again.
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }
    readers.close();
    readers.wait().await;
    handlers.close();
    if tokio::time::timeout(DRAIN_TIME, handlers.wait()).await.is_err() {
        tracing::warn!("envelopes were still being handled at the end");
    }
    Ok(())
}

/// Keeps one socket open: opens it, reads it, opens the next.
async fn keep(
    gateway: Gateway,
    quiet: Duration,
    shutdown: CancellationToken,
    readers: TaskTracker,
    handlers: TaskTracker,
) -> Result<(), slack::TokenRefused> {
    let mut backoff = BACKOFF.0;
    let mut was_open = false;
    while !shutdown.is_cancelled() {
        let mut pause = jittered(backoff);
        let opened = tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            opened = open(&gateway) => opened,
        };
        match opened {
            Ok(socket) => {
                was_open = true;
                // Cancelled when Slack asks for a new connection, or the socket ends.
                let replace = CancellationToken::new();
                let reader = Reader {
                    gateway: gateway.clone(),
                    quiet,
                    shutdown: shutdown.clone(),
                    replace: replace.clone(),
                    handlers: handlers.clone(),
                    handling: TaskTracker::new(),
                };
                let began = Instant::now();
                readers.spawn(reader.read(socket).in_current_span());
                replace.cancelled().await;
                // A socket that ends at once must not be opened in a hot loop.
                if began.elapsed() > BACKOFF.1 {
                    backoff = BACKOFF.0;
                    pause = jittered(backoff);
                }
            }
            Err(error) => {
                // A token that was good before may be again: Slack has said so for minutes when it had an outage.
                if let OpenError::Slack(error) = &error
                    && !was_open
                    && let Some(refused) = error.token_refused("SLACK_APP_TOKEN")
                {
                    return Err(refused);
                }
                tracing::warn!(%error, "no connection to Slack");
                if let OpenError::Slack(slack::Error::RateLimited { after, .. }) = error {
                    pause = pause.max(after);
                }
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => backoff = (backoff * 2).min(BACKOFF.1),
        }
    }
    Ok(())
}

/// A pause of this length, or up to half of it less: all gateways lose their sockets at the same moment when Slack does.
fn jittered(backoff: Duration) -> Duration {
    backoff.mul_f64(rand::random_range(0.5..=1.0))
}

async fn open(gateway: &Gateway) -> Result<Socket, OpenError> {
    let address = gateway.slack.open_connection().await?;
    let connect = async {
        let stream = gateway.slack.connect(&address).await?;
        let (socket, _) = tokio_tungstenite::client_async_tls(address.as_str(), stream).await?;
        Ok(socket)
    };
    tokio::time::timeout(OPEN_TIME, connect)
        .await
        .map_err(|_| OpenError::Slow)?
}

/// Sends a frame; whether the socket still takes one. A peer that reads no more must not hold up what it sends.
async fn send(sink: &mut (impl Sink<Message> + Unpin), message: Message) -> bool {
    matches!(tokio::time::timeout(SEND_TIME, sink.send(message)).await, Ok(Ok(())))
}

/// Sends what is still owed, then the close frame; whether the socket took it.
async fn close(
    sink: &mut (impl Sink<Message> + Unpin),
    acknowledgements: &mut mpsc::UnboundedReceiver<String>,
) -> bool {
    acknowledgements.close();
    while let Ok(text) = acknowledgements.try_recv() {
        if !send(sink, Message::text(text)).await {
            return false;
        }
    }
    matches!(tokio::time::timeout(SEND_TIME, sink.close()).await, Ok(Ok(())))
}

/// Reads one socket to its end.
struct Reader {
    gateway: Gateway,
    /// How long nothing has to have come until it is closed.
    quiet: Duration,
    shutdown: CancellationToken,
    replace: CancellationToken,
    /// Of all sockets.
    handlers: TaskTracker,
    /// Of this socket. Closed when its end is near.
    handling: TaskTracker,
}

impl Reader {
    async fn read(self, socket: Socket) {
        let _replace = self.replace.clone().drop_guard();
        let (mut sink, mut stream) = socket.split();
        let (acknowledge, mut acknowledgements) = mpsc::unbounded_channel::<String>();
        let mut greeted = Greeted {
            gateway: &self.gateway,
            greeted: false,
        };
        let mut silence = tokio::time::interval(SILENCE);
        silence.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        silence.tick().await;
        let mut silent_ticks = 0;
        let mut quiet = Instant::now() + self.quiet;
        let mut stage = Stage::Open;
        let mut is_ending = false;
        loop {
            // Nothing can be acknowledged any more once the close frame has been read, and it may be the next one. On a socket
            // that is closed nothing can be in any case, and what Slack sent is read before the time is over.
            let reads = !is_ending || matches!(stage, Stage::Closed(_)) || self.handling.is_empty();
            tokio::select! {
                biased;
                () = self.shutdown.cancelled(), if matches!(stage, Stage::Open) => {
                    self.handling.close();
                    stage = Stage::Stopping(Instant::now());
                }
                Some(text) = acknowledgements.recv() => {
                    if !send(&mut sink, Message::text(text)).await {
                        break;
                    }
                }
                frame = stream.next(), if reads => {
                    silent_ticks = 0;
                    match frame {
                        Some(Ok(Message::Text(text))) => {
                            quiet = Instant::now() + self.quiet;
                            is_ending |= self.take(&text, &mut greeted, &acknowledge);
                        }
                        Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                        Some(Ok(_)) => {}
                    }
                }
                () = self.handling.wait(), if !reads => {}
                () = self.owes_nothing(stage, quiet), if matches!(stage, Stage::Stopping(_)) => {
                    if !close(&mut sink, &mut acknowledgements).await {
                        break;
                    }
                    stage = Stage::Closed(Instant::now() + CLOSE_TIME);
                }
                () = stage.over(), if matches!(stage, Stage::Closed(_)) => break,
                _ = silence.tick(), if !matches!(stage, Stage::Closed(_)) => {
                    silent_ticks += 1;
                    if silent_ticks > 2 || !send(&mut sink, Message::Ping(Vec::new().into())).await {
                        tracing::warn!("the socket was silent for too long");
                        break;
                    }
                }
            }
        }
    }

    /// Waits until this socket is quiet and none of its envelopes is in hand, or its stage is over.
    async fn owes_nothing(&self, stage: Stage, quiet: Instant) {
        let nothing = async {
            stage.quiet(quiet).await;
            self.handling.wait().await;
        };
        tokio::select! {
            () = nothing => {}
            () = stage.over() => tracing::warn!("a socket is closed while its envelopes are still being handled"),
        }
    }

    /// Deals with a frame; whether Slack is about to close the socket.
    fn take(&self, text: &str, greeted: &mut Greeted<'_>, acknowledge: &mpsc::UnboundedSender<String>) -> bool {
        match Incoming::parse(text) {
            Incoming::Hello { connections } => {
                greeted.greet();
                if let Some(connections) = connections {
                    connections::compare(&self.gateway, connections, self.shutdown.clone());
                }
            }
            Incoming::Disconnect { reason } => {
                tracing::info!(reason, "Slack asks for a new connection");
                self.replace.cancel();
                self.handling.close();
                return reason != WARNING;
            }
            Incoming::Envelope(envelope) => {
                let task = handle(self.gateway.clone(), *envelope, acknowledge.clone());
                self.handlers.spawn(self.handling.track_future(task));
            }
            Incoming::Unknown => tracing::warn!("a frame was not understood"),
        }
        false
    }
}

/// Counts a socket that Slack has greeted, until it is dropped.
struct Greeted<'a> {
    gateway: &'a Gateway,
    greeted: bool,
}

impl Greeted<'_> {
    fn greet(&mut self) {
        if !std::mem::replace(&mut self.greeted, true) {
            self.gateway.connections.opened();
            tracing::info!("connected to Slack");
        }
    }
}

impl Drop for Greeted<'_> {
    fn drop(&mut self) {
        if self.greeted {
            self.gateway.connections.closed();
        }
    }
}

async fn handle(gateway: Gateway, envelope: Envelope, acknowledge: mpsc::UnboundedSender<String>) {
    let gateway = gateway.with_new_deadline();
    let received = gateway.deadline.received();
    let about = &envelope.about;
    let span = tracing::info_span!(
        "envelope",
        id = envelope.id,
        retry = envelope.retry,
        command = about.command,
        subject = about.subject,
        channel = about.channel,
        incident = tracing::field::Empty,
    );
    let answer = match envelope.payload {
        Ok(payload) => {
            let late = Late::of(&payload);
            let routed = checked(&gateway, envelope.actor.as_ref(), late.form(), payload).instrument(span.clone());
            match tokio::time::timeout_at(gateway.deadline.answer(), routed).await {
                Ok(Ok(answer) | Err(Refused::Answered(answer))) => answer,
                Ok(Err(Refused::NotKnown)) => span.in_scope(|| late.answer(&gateway)),
                Err(_) => {
                    metrics::counter!("incident_bot_envelopes_late_total").increment(1);
                    span.in_scope(|| {
                        tracing::error!("an envelope was not handled in time");
                        late.answer(&gateway)
                    })
                }
            }
        }
        Err(reason) => {
            // Sent again it would be understood no better.
            span.in_scope(|| tracing::warn!(reason, "an envelope was not understood"));
            Answer::Acknowledge(None)
        }
    };
    match answer {
        Answer::Acknowledge(payload) => {
            if acknowledge.send(acknowledgement(&envelope.id, payload)).is_ok() {
                metrics::histogram!("incident_bot_ack_seconds").record(received.elapsed().as_secs_f64());
            } else {
                metrics::counter!("incident_bot_envelopes_not_acknowledged_total").increment(1);
                span.in_scope(|| tracing::warn!("done, but not acknowledged: its socket was closed meanwhile"));
            }
        }
        Answer::SendAgain => {
            metrics::counter!("incident_bot_envelopes_not_acknowledged_total").increment(1);
            span.in_scope(|| tracing::warn!("not acknowledged: Slack will send it again"));
        }
    }
}

/// Routes it where whoever acts may.
async fn checked(
    gateway: &Gateway,
    actor: Option<&Actor>,
    form: Option<&Form>,
    payload: Payload,
) -> Result<Answer, Refused> {
    if let Some(actor) = actor {
        outsiders::check(gateway, actor, form).await?;
    }
    Ok(route(gateway, payload).await)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use super::*;

    /// A peer that reads no more.
    struct Never;

    impl Sink<Message> for Never {
        type Error = Infallible;

        fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Pending
        }

        fn start_send(self: Pin<&mut Self>, _: Message) -> Result<(), Infallible> {
            unreachable!("it is never ready")
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Pending
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_no_more_is_given_up() {
        let began = Instant::now();
        assert!(!send(&mut Never, Message::text("{}")).await);
        assert_eq!(began.elapsed().as_secs(), SEND_TIME.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_socket_is_closed_in_a_pause_which_is_not_waited_for_long() {
        let asked = Instant::now();
        let stage = Stage::Stopping(asked);
        let (pause, long) = (Duration::from_millis(500), Duration::from_mins(1));
        stage.quiet(asked).await;
        assert_eq!(asked.elapsed(), Duration::ZERO, "it has been quiet");
        stage.quiet(asked + pause).await;
        assert_eq!(asked.elapsed(), pause);
        stage.quiet(asked + long).await;
        assert_eq!(asked.elapsed(), QUIET_WITHIN);
        stage.quiet(asked + long).await;
        assert_eq!(asked.elapsed(), QUIET_WITHIN, "any moment will do");
    }

    #[test]
    fn pauses_differ_within_bounds() {
        let pauses: Vec<_> = (0..100).map(|_| jittered(BACKOFF.1)).collect();
        assert!(
            pauses.iter().all(|pause| (BACKOFF.1 / 2..=BACKOFF.1).contains(pause)),
            "{pauses:?}"
        );
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
