//! A network between the service and a server, in which connections can fall silent.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Weak},
};

use reqwest::Url;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy, sink},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What a client asks PostgreSQL that looks for what has ended.
const LOOK: &[u8] = b"txid_current_snapshot";

/// How a connection breaks.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Nothing passes, not even an end: nobody is told.
    Silence,
    /// It ends.
    End,
}

/// Forwards connections for as long as the test's runtime lives.
pub struct Proxy {
    url: Url,
    silence: watch::Sender<()>,
    listeners: watch::Sender<Option<Fault>>,
    /// Shared with each frozen connection that its client has not given up.
    frozen: Arc<()>,
}

impl Proxy {
    /// In front of the server at `url`, on loopback.
    pub async fn start(url: &str) -> Self {
        let mut url: Url = url.parse().expect("a URL");
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, url.port().expect("a port")));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        url.set_port(Some(port)).expect("a URL with a host");
        let (silence, listeners) = (watch::Sender::default(), watch::Sender::default());
        let frozen = Arc::default();
        tokio::spawn(accept(listener, server, silence.clone(), listeners.clone(), Arc::clone(&frozen)));
        Self { url, silence, listeners, frozen }
    }

    /// The server's URL, by way of the proxy.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// From now on nothing passes on the connections there are, not even their ends; new ones are not concerned. So it
    /// is when a firewall forgets its connections, or a server's machine vanishes and another takes its address.
    pub fn freeze(&self) {
        self.silence.send_replace(());
    }

    /// From now on connections break on which the client looks for what has ended in PostgreSQL, those that are made later
    /// included; others are not concerned.
    pub fn break_listeners(&self, fault: Fault) {
        self.listeners.send_replace(Some(fault));
    }

    /// Ends [`Self::break_listeners`]. What has fallen silent stays so.
    pub fn mend_listeners(&self) {
        self.listeners.send_replace(None);
    }

    /// How many frozen connections their clients still hold.
    pub fn held(&self) -> usize {
        // Two for the proxy itself.
        Arc::strong_count(&self.frozen) - 2
    }
}

async fn accept(
    listener: TcpListener,
    server: SocketAddr,
    silence: watch::Sender<()>,
    listeners: watch::Sender<Option<Fault>>,
    frozen: Arc<()>,
) {
    loop {
        let (client, _) = listener.accept().await.expect("a connection");
        let (silence, listeners) = (silence.subscribe(), listeners.subscribe());
        // Not a clone yet: only what is frozen counts.
        tokio::spawn(forward(client, server, silence, listeners, Arc::downgrade(&frozen)));
    }
}

async fn forward(
    mut client: TcpStream,
    server: SocketAddr,
    mut silence: watch::Receiver<()>,
    listeners: watch::Receiver<Option<Fault>>,
    frozen: Weak<()>,
) {
    let mut server = TcpStream::connect(server).await.expect("the server");
    let listens = watch::Sender::new(false);
    let fault = tokio::select! {
        // First, so that nothing is answered to those who begin to listen.
        biased;
        fault = broken(listens.subscribe(), listeners) => fault,
        _ = silence.changed() => Fault::Silence,
        () = pass(&mut client, &mut server, &listens) => Fault::End,
    };
    if let Fault::Silence = fault {
        let frozen = frozen.upgrade();
        // Read to see its end; nothing is passed on.
        let _ = copy(&mut client, &mut sink()).await;
        drop(frozen);
        // Both ends stay open: to close one would tell the other.
        std::future::pending::<()>().await;
    }
}

/// Ends when a client listens for whom that is broken.
async fn broken(mut listens: watch::Receiver<bool>, mut listeners: watch::Receiver<Option<Fault>>) -> Fault {
    listens.wait_for(|listens| *listens).await.expect("a connection");
    let fault = listeners.wait_for(Option::is_some).await.expect("a proxy");
    fault.expect("a fault")
}

/// Until one of them ends. An error is an end as well.
async fn pass(client: &mut TcpStream, server: &mut TcpStream, listens: &watch::Sender<bool>) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.split(), server.split());
    let ask = async {
        let mut asked = [0; 8192];
        while let Ok(length @ 1..) = from_client.read(&mut asked).await {
            if asked[..length].windows(LOOK.len()).any(|word| word == LOOK) {
                listens.send_replace(true);
            }
            if to_server.write_all(&asked[..length]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = ask => {}
        _ = copy(&mut from_server, &mut to_client) => {}
    }
}
