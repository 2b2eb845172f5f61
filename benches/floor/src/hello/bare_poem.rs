use poem::{Route, Server, endpoint::make_sync, get, listener::TcpAcceptor};
use tokio::net::TcpListener;

use crate::Answers;

/// Serves them by Poem's routes and nothing else.
pub async fn serve(listener: TcpListener, answers: Answers) -> anyhow::Result<()> {
    let routes = answers
        .into_iter()
        .fold(Route::new(), |routes, (path, text)| routes.at(path, get(make_sync(move |_| text))));
    Ok(Server::new_with_acceptor(TcpAcceptor::from_tokio(listener)?).run(routes).await?)
}
