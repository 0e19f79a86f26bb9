//! A TCP proxy that can break as networks and servers do; before a database it can be as strict as `PgBouncer`.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

use crate::wait_for;

/// The parameters that `PgBouncer` takes from a client by default.
const POOLER_PARAMETERS: [&str; 7] = [
    "user",
    "database",
    "client_encoding",
    "datestyle",
    "timezone",
    "standard_conforming_strings",
    "application_name",
];

/// Forwards connections to the server behind an address; gone when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    upstream: Upstream,
    address: SocketAddr,
    state: watch::Sender<State>,
    task: JoinHandle<()>,
}

/// What stands behind it.
#[derive(Clone, Debug)]
struct Upstream {
    address: String,
    is_postgres: bool,
}

/// What happens to connections.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// Connections that were made before this was counted up are dead, and nobody is told.
    black_holes: u64,
    /// Connections that were made before this was counted up are closed.
    cuts: u64,
    held: bool,
    /// How many connections have something of the client that is held, or of the server.
    held_of_clients: usize,
    held_of_servers: usize,
    strict: bool,
}

impl Proxy {
    /// A proxy before the server of this address.
    pub async fn before(url: &str) -> Self {
        let url: Url = url.parse().expect("an address");
        let upstream = Upstream {
            address: format!(
                "{}:{}",
                url.host_str().expect("a host"),
                url.port_or_known_default().unwrap_or(5432)
            ),
            is_postgres: url.scheme().starts_with("postgres"),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = watch::Sender::new(State::default());
        let task = tokio::spawn(serve(listener, upstream.clone(), state.clone()));
        Self {
            upstream,
            address,
            state,
            task,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same address by way of the proxy, without parameters.
    pub fn url(&self, url: &str) -> String {
        let mut url: Url = url.parse().expect("an address");
        url.set_host(Some(&self.address.ip().to_string())).expect("a host");
        url.set_port(Some(self.address.port())).expect("a port");
        url.set_query(None);
        url.into()
    }

    /// From now on nothing goes through the connections that are open, and nobody is told. New ones work.
    pub fn black_hole(&self) {
        self.state.send_modify(|state| state.black_holes += 1);
    }

    /// Closes the connections that are open. New ones work.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// From now on nothing passes: connections are accepted, nothing is refused, nothing ends, no answer comes.
    pub fn hold(&self) {
        self.state.send_modify(|state| state.held = true);
    }

    /// Waits until so many connections have something that is held on its way to the server.
    pub async fn holds_of_clients(&self, connections: usize) {
        self.reaches("something of the clients to be held", |state| {
            state.held_of_clients >= connections
        })
        .await;
    }

    /// Waits until so many connections have something that is held on its way to the client.
    pub async fn holds_of_servers(&self, connections: usize) {
        self.reaches("something of the servers to be held", |state| {
            state.held_of_servers >= connections
        })
        .await;
    }

    async fn reaches(&self, what: &str, is_so: impl Fn(&State) -> bool) {
        wait_for(what, async || is_so(&self.state.borrow()).then_some(())).await;
    }

    /// What was held passes, and what follows.
    pub fn release(&self) {
        self.state.send_modify(|state| state.held = false);
    }

    /// From now on startup parameters that `PgBouncer` does not know are refused, in its words.
    pub fn refuse_startup_parameters(&self) {
        self.state.send_modify(|state| state.strict = true);
    }

    /// Stops it, as the end of its process would: connections are closed, new ones are refused.
    pub async fn stop(&mut self) {
        self.task.abort();
        // The port is free once the task has ended.
        let _ = (&mut self.task).await;
        self.cut();
    }

    /// Starts it again, on the same port.
    pub async fn start_again(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port that it had");
        self.task = tokio::spawn(serve(listener, self.upstream.clone(), self.state.clone()));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
    }
}

async fn serve(listener: TcpListener, upstream: Upstream, state: watch::Sender<State>) {
    while let Ok((client, _)) = listener.accept().await {
        let (upstream, state) = (upstream.clone(), state.clone());
        let State { black_holes, cuts, .. } = *state.borrow();
        tokio::spawn(async move {
            // The ends stay open while nothing is forwarded: neither side hears of it.
            let mut ends = (client, None);
            let (mut cut, mut black_holed) = (state.subscribe(), state.subscribe());
            tokio::select! {
                _ = forward(&mut ends, &upstream, &state) => return,
                Ok(_) = cut.wait_for(|state| state.cuts > cuts) => return,
                Ok(_) = black_holed.wait_for(|state| state.black_holes > black_holes) => {}
            }
            let _ = cut.wait_for(|state| state.cuts > cuts).await;
        });
    }
}

async fn forward(
    ends: &mut (TcpStream, Option<TcpStream>),
    upstream: &Upstream,
    state: &watch::Sender<State>,
) -> io::Result<()> {
    let (client, server) = ends;
    let mut startup = Vec::new();
    if upstream.is_postgres {
        startup = read_startup(client).await?;
        if startup[4..8] == SSL_REQUEST {
            // Refused, as a server without certificates does.
            client.write_all(b"N").await?;
            startup = read_startup(client).await?;
        }
        let strict = state.borrow().strict;
        if strict && let Some(refused) = unknown_parameter(&startup) {
            let message = format!("unsupported startup parameter: {refused}");
            return client.write_all(&refusal("08P01", &message)).await;
        }
    }
    pass(state, |state| &mut state.held_of_clients).await;
    let server = server.insert(TcpStream::connect(&upstream.address).await?);
    server.write_all(&startup).await?;
    let ((client_in, client_out), (server_in, server_out)) = (client.split(), server.split());
    tokio::try_join!(
        carry(client_in, server_out, state, |state| &mut state.held_of_clients),
        carry(server_in, client_out, state, |state| &mut state.held_of_servers)
    )?;
    Ok(())
}

async fn carry(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    state: &watch::Sender<State>,
    count: fn(&mut State) -> &mut usize,
) -> io::Result<()> {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut bytes).await?;
        pass(state, count).await;
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&bytes[..read]).await?;
    }
}

/// Waits until nothing is held, and counts who waits.
async fn pass(state: &watch::Sender<State>, count: fn(&mut State) -> &mut usize) {
    if !state.borrow().held {
        return;
    }
    let _counted = Counted::new(state, count);
    let _ = state.subscribe().wait_for(|state| !state.held).await;
}

/// One that is counted until it is dropped.
struct Counted<'a> {
    state: &'a watch::Sender<State>,
    count: fn(&mut State) -> &mut usize,
}

impl<'a> Counted<'a> {
    fn new(state: &'a watch::Sender<State>, count: fn(&mut State) -> &mut usize) -> Self {
        state.send_modify(|state| *count(state) += 1);
        Self { state, count }
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.state.send_modify(|state| *(self.count)(state) -= 1);
    }
}

const SSL_REQUEST: [u8; 4] = 80_877_103_u32.to_be_bytes();

/// The first message of a connection: its length, its kind, pairs of names and values.
async fn read_startup(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    client.read_exact(&mut length).await?;
    let size = u32::from_be_bytes(length).clamp(8, 10_000) as usize;
    let mut message = vec![0; size];
    message[..4].copy_from_slice(&length);
    client.read_exact(&mut message[4..]).await?;
    Ok(message)
}

fn unknown_parameter(startup: &[u8]) -> Option<String> {
    let mut texts = startup[8..].split(|byte| *byte == 0).map(String::from_utf8_lossy);
    while let (Some(name), Some(_)) = (texts.next(), texts.next()) {
        let name = name.to_ascii_lowercase();
        if !name.is_empty() && !POOLER_PARAMETERS.contains(&name.as_str()) {
            return Some(name);
        }
    }
    None
}

/// How a Postgres server refuses a connection.
fn refusal(code: &str, message: &str) -> Vec<u8> {
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
    let mut bytes = vec![b'E'];
    bytes.extend(u32::try_from(fields.len() + 4).expect("a short message").to_be_bytes());
    bytes.extend(fields.as_bytes());
    bytes
}

/// The address of a server that refuses every connection with this code and message.
pub async fn refusing_server(code: &'static str, message: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let refused = async {
                let startup = read_startup(&mut client).await?;
                if startup[4..8] == SSL_REQUEST {
                    client.write_all(b"N").await?;
                    read_startup(&mut client).await?;
                }
                client.write_all(&refusal(code, message)).await
            };
            let _ = refused.await;
        }
    });
    format!("postgres://bot:secret@{address}/incidents")
}
