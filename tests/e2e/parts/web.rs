//! A web server that is neither Better Auth nor the service.

use poem::{
    IntoEndpoint, Response, Route, Server,
    endpoint::make_sync,
    listener::{Acceptor, Listener, TcpListener},
};

/// Serves this JSON at `path` for as long as the test's runtime lives, and answers with its whole address.
pub async fn serve(path: &str, json: String) -> String {
    let answer = move |_| Response::builder().content_type("application/json").body(json.clone());
    let app = Route::new().at(path, make_sync(answer)).into_endpoint();
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.expect("a port");
    let address = acceptor.local_addr()[0].as_socket_addr().copied().expect("an address");
    tokio::spawn(Server::new_with_acceptor(acceptor).run(app));
    format!("http://{address}{path}")
}

/// Leads each request to the same path of this address, for as long as the test's runtime lives; answers with its own.
pub async fn redirect(to: &str) -> String {
    let to = to.to_owned();
    let lead = move |request: poem::Request| {
        let location = format!("{to}{}", request.uri());
        Response::builder()
            .status(poem::http::StatusCode::MOVED_PERMANENTLY)
            .header("location", location)
            .finish()
    };
    let app = Route::new().nest("/", make_sync(lead)).into_endpoint();
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.expect("a port");
    let address = acceptor.local_addr()[0].as_socket_addr().copied().expect("an address");
    tokio::spawn(Server::new_with_acceptor(acceptor).run(app));
    format!("http://{address}")
}
