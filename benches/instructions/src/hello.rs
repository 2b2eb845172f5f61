use std::io;

use poem::{Route, Server, endpoint::make_sync, get, listener::TcpAcceptor};
use tokio::{net::TcpListener, runtime::Builder};

/// Serves one sentence by one route of Poem and nothing else, until the process is killed.
pub fn serve() -> io::Result<()> {
    Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        eprintln!("listening on {}", listener.local_addr()?);
        let acceptor = TcpAcceptor::from_tokio(listener)?;
        let route = Route::new().at("/", get(make_sync(|_| "Hello, World!")));
        Server::new_with_acceptor(acceptor).run(route).await
    })
}
