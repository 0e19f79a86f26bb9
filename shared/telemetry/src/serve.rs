//! The server: HTTP/1.1 and HTTP/2 without TLS, in which nobody can hold anything for ever.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode, Version, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{ServiceExt, service_fn};

use crate::http::ServeError;

/// How much callers may take, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections in all; more are closed at once.
    pub connections: usize,
    /// Connections of one address. Behind a proxy everybody has the proxy's.
    pub connections_per_peer: usize,
    /// From the first byte of a request to the end of its headers, and from connecting to the end of the first ones.
    pub header_time: Duration,
    /// How long a connection may be open without a request. Longer than the 600 s for which Google's load balancer keeps
    /// one, which would otherwise send a request into a connection that is just being closed.
    pub idle_time: Duration,
    /// From the headers of a request to the end of its body.
    pub body_time: Duration,
    /// The size of a request's body.
    pub body_bytes: usize,
    /// From the headers of a request to those of the answer; a body that streams afterwards may take longer.
    pub answer_time: Duration,
    /// Requests at the same time on one connection of HTTP/2.
    pub streams_per_connection: u32,
    /// How often a connection of HTTP/2 is asked for a sign of life.
    pub ping_every: Duration,
    /// How long open requests may take to end after a stop was asked for.
    pub drain_time: Duration,
}

impl Limits {
    /// For people and programs.
    pub const PUBLIC: Self = Self {
        connections: 2000,
        connections_per_peer: 200,
        header_time: Duration::from_secs(10),
        idle_time: Duration::from_secs(620),
        body_time: Duration::from_secs(30),
        body_bytes: 4 * 1024 * 1024 + 64 * 1024,
        answer_time: Duration::from_secs(30),
        streams_per_connection: 200,
        ping_every: Duration::from_secs(30),
        drain_time: Duration::from_secs(20),
    };

    /// For health checks and metrics.
    pub const INTERNAL: Self = Self {
        connections: 100,
        connections_per_peer: 50,
        body_bytes: 64 * 1024,
        ..Self::PUBLIC
    };
}

/// How long a connection of HTTP/2 may take to give a sign of life.
const PING_TIME: Duration = Duration::from_secs(20);
/// The headers of one request.
const MAX_HEADER_BYTES: u32 = 64 * 1024;
const TOO_LONG: &str = "The answer took too long. Please try again.";
/// How long to wait when no connection can be accepted, as when there are too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Answers health checks until `shutdown`, then lets open requests end. See [`serve_within`].
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) -> Result<(), ServeError> {
    serve_within(listener, router, Limits::INTERNAL, shutdown).await
}

/// Answers requests until `shutdown`, then lets the open ones end.
///
/// Handlers see the peer's address as `ConnectInfo<SocketAddr>`. A handler that streams must end its stream at
/// `shutdown` itself; whatever is still open after [`Limits::drain_time`] is cut.
pub async fn serve_within(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let peers = Peers::default();
    let open = TaskTracker::new();
    // Cuts what is still open when this future ends, also when it is dropped.
    let cut = CancellationToken::new();
    let _cut = cut.clone().drop_guard();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            // The caller went away while it was accepted.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
                ) =>
            {
                continue;
            }
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(admitted) = peers.admit(peer.ip(), &limits) else {
            metrics::counter!("incident_bot_http_connections_refused_total").increment(1);
            tracing::debug!(%peer, "too many connections");
            continue;
        };
        let connection = connection(stream, peer, router.clone(), limits, shutdown.clone());
        let cut = cut.clone();
        open.spawn(async move {
            let _admitted = admitted;
            cut.run_until_cancelled(connection).await;
        });
    }
    drop(listener);
    open.close();
    if timeout(limits.drain_time, open.wait()).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut");
    }
    Ok(())
}

/// Serves one connection to its end.
async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, limits: Limits, shutdown: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "small answers on this connection may wait");
    }
    let progress = Arc::new(Progress::default());
    let service = {
        let progress = Arc::clone(&progress);
        service_fn(move |request: Request<Incoming>| {
            let (router, busy) = (router.clone(), progress.request(request.version()));
            answer(request, peer, router, limits, busy)
        })
    };
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // The watch below does it, also for what comes before hyper knows which version it is.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.ping_every)
        .keep_alive_timeout(PING_TIME)
        .max_concurrent_streams(limits.streams_per_connection)
        .max_header_list_size(MAX_HEADER_BYTES);
    let io = TokioIo::new(Watched {
        stream,
        progress: Arc::clone(&progress),
    });
    let mut serving = pin!(builder.serve_connection_with_upgrades(io, TowerToHyperService::new(service)));
    let mut too_slow = pin!(progress.too_slow(&limits));
    let mut stopping = pin!(shutdown.cancelled());
    let mut is_stopping = false;
    loop {
        tokio::select! {
            ended = serving.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%peer, error, "a connection ended");
                }
                return;
            }
            // Closing it gracefully would wait for the very request that does not come.
            () = too_slow.as_mut() => return,
            () = stopping.as_mut(), if !is_stopping => {
                is_stopping = true;
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Answers one request. `busy` lasts until the answer's last byte is on its way.
async fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    busy: Busy,
) -> Result<Response<AnswerBody>, Infallible> {
    let deadline = Instant::now() + limits.body_time;
    let mut request = request.map(|body| {
        Body::new(Limited::new(
            SlowBody {
                body,
                deadline: Box::pin(sleep_until(deadline)),
            },
            limits.body_bytes,
        ))
    });
    request.extensions_mut().insert(ConnectInfo(peer));
    let content_type = request.headers().get(header::CONTENT_TYPE).cloned();
    let response = match timeout(limits.answer_time, router.oneshot(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_) => too_long(content_type),
    };
    Ok(response.map(|body| AnswerBody { body, _busy: busy }))
}

/// Says that the answer took too long, as whoever asked understands it: 504, or what gRPC takes that for, `UNAVAILABLE`.
fn too_long(content_type: Option<HeaderValue>) -> Response<Body> {
    match content_type {
        Some(grpc) if grpc.as_bytes().starts_with(b"application/grpc") => [
            (header::CONTENT_TYPE, grpc),
            (HeaderName::from_static("grpc-status"), HeaderValue::from_static("14")),
            (
                HeaderName::from_static("grpc-message"),
                HeaderValue::from_static(TOO_LONG),
            ),
        ]
        .into_response(),
        _ => (StatusCode::GATEWAY_TIMEOUT, format!("{TOO_LONG}\n")).into_response(),
    }
}

/// What a connection is doing.
#[derive(Debug, Default)]
struct Progress {
    /// Requests that are being answered.
    busy: AtomicUsize,
    /// Whether there was a request.
    began: AtomicBool,
    /// Over HTTP/2 bytes come while there is no request, too.
    is_http2: AtomicBool,
    /// Whether a part of a request has come that is not being answered yet.
    head: AtomicBool,
    changed: Notify,
}

impl Progress {
    fn request(self: &Arc<Self>, version: Version) -> Busy {
        self.is_http2.store(version == Version::HTTP_2, Ordering::Relaxed);
        self.busy.fetch_add(1, Ordering::AcqRel);
        self.began.store(true, Ordering::Release);
        self.head.store(false, Ordering::Release);
        self.changed.notify_one();
        Busy(Arc::clone(self))
    }

    fn read(&self) {
        // Before the first request the time runs from connecting on.
        let is_head = self.began.load(Ordering::Acquire)
            && self.busy.load(Ordering::Acquire) == 0
            && !self.is_http2.load(Ordering::Relaxed);
        if is_head && !self.head.swap(true, Ordering::AcqRel) {
            self.changed.notify_one();
        }
    }

    /// Ends when the connection has been waited for long enough.
    async fn too_slow(&self, limits: &Limits) {
        loop {
            let changed = self.changed.notified();
            let limit = if self.busy.load(Ordering::Acquire) > 0 {
                None
            } else if !self.began.load(Ordering::Acquire) || self.head.load(Ordering::Acquire) {
                Some(limits.header_time)
            } else {
                Some(limits.idle_time)
            };
            let over = async {
                match limit {
                    Some(limit) => tokio::time::sleep(limit).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = over => return,
                () = changed => {}
            }
        }
    }
}

/// A request is being answered for as long as this lives.
#[derive(Debug)]
struct Busy(Arc<Progress>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_one();
    }
}

/// A connection that notes when something was read from it.
struct Watched {
    stream: TcpStream,
    progress: Arc<Progress>,
}

impl tokio::io::AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            this.progress.read();
        }
        read
    }
}

impl tokio::io::AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, buffers)
    }
}

/// A request's body that has to be there by a deadline.
struct SlowBody {
    body: Incoming,
    deadline: Pin<Box<Sleep>>,
}

impl http_body::Body for SlowBody {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        ready!(this.deadline.as_mut().poll(context));
        Poll::Ready(Some(Err("the body of the request took too long".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body, while which lasts its connection is not idle.
struct AnswerBody {
    body: Body,
    _busy: Busy,
}

impl http_body::Body for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Who is connected.
#[derive(Clone, Debug, Default)]
struct Peers(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Peers {
    fn admit(&self, peer: IpAddr, limits: &Limits) -> Option<Admitted> {
        let mut peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.values().sum::<usize>() >= limits.connections {
            return None;
        }
        let count = peers.entry(peer).or_default();
        if *count >= limits.connections_per_peer {
            return None;
        }
        *count += 1;
        Some(Admitted {
            peers: self.clone(),
            peer,
        })
    }
}

/// A place among the connections; given back when it is dropped.
struct Admitted {
    peers: Peers,
    peer: IpAddr,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut peers = self.peers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = peers.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                peers.remove(&self.peer);
            }
        }
    }
}
