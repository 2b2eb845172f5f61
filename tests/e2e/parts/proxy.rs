//! A network between the service and a server, in which connections can fall silent.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Weak},
};

use reqwest::Url;
use tokio::{
    io::{copy, copy_bidirectional, sink},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Forwards connections for as long as the test's runtime lives.
pub struct Proxy {
    url: Url,
    silence: watch::Sender<()>,
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
        let silence = watch::Sender::default();
        let frozen = Arc::default();
        tokio::spawn(accept(listener, server, silence.clone(), Arc::clone(&frozen)));
        Self { url, silence, frozen }
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

    /// How many frozen connections their clients still hold.
    pub fn held(&self) -> usize {
        // Two for the proxy itself.
        Arc::strong_count(&self.frozen) - 2
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, silence: watch::Sender<()>, frozen: Arc<()>) {
    loop {
        let (client, _) = listener.accept().await.expect("a connection");
        // Not a clone yet: only what is frozen counts.
        tokio::spawn(forward(client, server, silence.subscribe(), Arc::downgrade(&frozen)));
    }
}

async fn forward(
    mut client: TcpStream,
    server: SocketAddr,
    mut silence: watch::Receiver<()>,
    frozen: Weak<()>,
) {
    let mut server = TcpStream::connect(server).await.expect("the server");
    tokio::select! {
        // An error is an end as well.
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = silence.changed() => {
            let frozen = frozen.upgrade();
            // Read to see its end; nothing is passed on.
            let _ = copy(&mut client, &mut sink()).await;
            drop(frozen);
            // Both ends stay open: to close one would tell the other.
            std::future::pending::<()>().await;
        }
    }
}
