//! A pooler in front of `PostgreSQL` that lends a connection for one transaction: who listens never hears anything.

use std::net::{Ipv4Addr, SocketAddr};

use reqwest::Url;
use tokio::{
    io::{self, AsyncReadExt, AsyncWriteExt, copy},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// What `PostgreSQL` calls a notification.
const NOTIFICATION: u8 = b'A';

/// Starts one that runs for as long as the test's runtime lives; answers with the URL by way of it.
pub async fn start(url: &str) -> String {
    let mut url: Url = url.parse().expect("a URL");
    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, url.port().expect("a port")));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    url.set_port(Some(listener.local_addr().expect("an address").port())).expect("a URL with a host");
    // The answer to a request for TLS would be no message.
    url.set_query(Some("sslmode=disable"));
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.expect("a connection");
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = TcpStream::connect(server).await.expect("the server").into_split();
            tokio::spawn(ask(from_client, to_server));
            tokio::spawn(answer(from_server, to_client));
        }
    });
    url.into()
}

async fn ask(mut from_client: OwnedReadHalf, mut to_server: OwnedWriteHalf) -> io::Result<u64> {
    copy(&mut from_client, &mut to_server).await
}

/// Each message is its kind, its length with that of the length, and the rest.
async fn answer(mut from_server: OwnedReadHalf, mut to_client: OwnedWriteHalf) -> io::Result<()> {
    loop {
        let (kind, length) = (from_server.read_u8().await?, from_server.read_u32().await?);
        let mut rest = vec![0; length as usize - size_of::<u32>()];
        from_server.read_exact(&mut rest).await?;
        if kind != NOTIFICATION {
            let message = [&[kind][..], &length.to_be_bytes(), &rest].concat();
            to_client.write_all(&message).await?;
        }
    }
}
