//! A line to a database on which everything can be held: nothing is refused, nothing ends, no answer comes.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

/// A line to a database; it ends with the test.
#[derive(Debug)]
pub struct Line {
    url: Url,
    held: watch::Sender<bool>,
}

impl Line {
    /// A line to the database at this `postgres://…` address.
    pub async fn to(database: &str) -> Self {
        let mut url: Url = database.parse().expect("an address");
        let to = format!("{}:{}", url.host_str().expect("a host"), url.port().unwrap_or(5432));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        url.set_host(Some("127.0.0.1")).expect("a host");
        url.set_port(Some(port)).expect("a port");
        let (held, hears) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(&to).await else { return };
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(carry(near_in, far_out, hears.clone()));
                tokio::spawn(carry(far_in, near_out, hears.clone()));
            }
        });
        Self { url, held }
    }

    /// The address at its near end.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// From now on nothing passes.
    pub fn hold(&self) {
        self.held.send_replace(true);
    }

    /// What was held passes, and what follows.
    pub fn release(&self) {
        self.held.send_replace(false);
    }
}

async fn carry(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut held: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut bytes).await?;
        if held.wait_for(|held| !held).await.is_err() || read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&bytes[..read]).await?;
    }
}
