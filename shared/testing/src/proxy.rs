//! A way to a database that can break as networks do, and that can be as strict as `PgBouncer`.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

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
    address: SocketAddr,
    /// Connections that were made before this was counted up are dead, without a word.
    cuts: watch::Sender<u64>,
    strict: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A proxy before the server of this address.
    pub async fn before(url: &str) -> Self {
        let url: Url = url.parse().expect("an address");
        let server = format!(
            "{}:{}",
            url.host_str().expect("a host"),
            url.port_or_known_default().unwrap_or(5432)
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (cuts, cut) = watch::channel(0);
        let strict = Arc::new(AtomicBool::new(false));
        let is_strict = Arc::clone(&strict);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, strict) = (server.clone(), is_strict.load(Ordering::Relaxed));
                let mut cut = cut.clone();
                cut.mark_unchanged();
                tokio::spawn(async move {
                    // The ends stay open while nothing is forwarded: neither side hears of it.
                    let mut ends = (client, None);
                    tokio::select! {
                        _ = forward(&mut ends, &server, strict) => {}
                        Ok(()) = cut.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self {
            address,
            cuts,
            strict,
            task,
        }
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
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// From now on startup parameters that `PgBouncer` does not know are refused, in its words.
    pub fn refuse_startup_parameters(&self) {
        self.strict.store(true, Ordering::Relaxed);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(ends: &mut (TcpStream, Option<TcpStream>), server: &str, strict: bool) -> io::Result<()> {
    let (client, upstream) = ends;
    let mut startup = read_startup(client).await?;
    if startup[4..8] == SSL_REQUEST {
        // No TLS here.
        client.write_all(b"N").await?;
        startup = read_startup(client).await?;
    }
    if strict && let Some(refused) = unknown_parameter(&startup) {
        let message = format!("unsupported startup parameter: {refused}");
        return client.write_all(&refusal("08P01", &message)).await;
    }
    let upstream = upstream.insert(TcpStream::connect(server).await?);
    upstream.write_all(&startup).await?;
    tokio::io::copy_bidirectional(client, upstream).await?;
    Ok(())
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
