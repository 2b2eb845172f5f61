use std::io;

use poem::{EndpointExt, Server, endpoint::make_sync, listener::TcpAcceptor};
use tokio::{net::TcpListener, runtime::Builder};

/// Serves one sentence with Poem and nothing else, until the process is killed.
pub fn serve() -> io::Result<()> {
    Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        eprintln!("listening on {}", listener.local_addr()?);
        let acceptor = TcpAcceptor::from_tokio(listener)?;
        Server::new_with_acceptor(acceptor).run(make_sync(|_| "Hello, World!").boxed()).await
    })
}
