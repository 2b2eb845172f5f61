//! The line between the service and PostgreSQL, which breaks.

use std::net::{Ipv4Addr, SocketAddr};

use reqwest::Url;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What the service asks on the connection on which it looks for what has ended.
const LOOK: &[u8] = b"txid_current_snapshot";

/// How it breaks.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Nothing passes, not even the end of a connection: nobody is told.
    Silence,
    /// Connections end at once, as when a firewall rejects them.
    Reset,
}

/// Which connections break, those that are made during the fault included.
#[derive(Clone, Copy, Debug)]
pub enum Extent {
    /// The one on which it looks for what has ended.
    Listener,
    /// All.
    Everything,
}

type Broken = Option<(Fault, Extent)>;

/// Forwards connections for as long as the test's runtime lives.
pub struct Line {
    url: Url,
    broken: watch::Sender<Broken>,
}

impl Line {
    /// To the server at `url`, on loopback.
    pub async fn start(url: &str) -> Self {
        let mut url: Url = url.parse().expect("a URL");
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, url.port().expect("a port")));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        url.set_port(Some(port)).expect("a URL with a host");
        let broken = watch::Sender::default();
        let state = broken.subscribe();
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                tokio::spawn(forward(client, server, state.clone()));
            }
        });
        Self { url, broken }
    }

    /// The server's URL, by way of this line.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// From now on. What has fallen silent stays so, also when the line is mended.
    pub fn breaks(&self, fault: Fault, extent: Extent) {
        self.broken.send_replace(Some((fault, extent)));
    }

    /// New connections work again.
    pub fn is_mended(&self) {
        self.broken.send_replace(None);
    }
}

async fn forward(mut client: TcpStream, server: SocketAddr, mut broken: watch::Receiver<Broken>) {
    let state = *broken.borrow();
    if let Some((fault, Extent::Everything)) = state {
        return breaks(client, None, fault).await;
    }
    let mut server = TcpStream::connect(server).await.expect("the server");
    let (mut sent, mut answered) = ([0; 8192], [0; 8192]);
    let mut listens = false;
    loop {
        let state = *broken.borrow_and_update();
        if let Some((fault, extent)) = state
            && (listens || matches!(extent, Extent::Everything))
        {
            return breaks(client, Some(server), fault).await;
        }
        let passed = tokio::select! {
            length = client.read(&mut sent) => match length {
                Ok(length @ 1..) => {
                    listens |= sent[..length].windows(LOOK.len()).any(|word| word == LOOK);
                    server.write_all(&sent[..length]).await
                }
                _ => return,
            },
            length = server.read(&mut answered) => match length {
                Ok(length @ 1..) => client.write_all(&answered[..length]).await,
                _ => return,
            },
            changed = broken.changed() => match changed {
                Ok(()) => Ok(()),
                Err(_) => return,
            },
        };
        if passed.is_err() {
            return;
        }
    }
}

async fn breaks(client: TcpStream, server: Option<TcpStream>, fault: Fault) {
    match fault {
        Fault::Silence => {
            let _both = (client, server);
            std::future::pending::<()>().await;
        }
        Fault::Reset => client.set_zero_linger().expect("an open socket"),
    }
}
