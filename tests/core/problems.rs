//! Failures of the framework and of handlers are problems too, in whatever order the middlewares stand.

use better_auth_verifier::{
    NoStore, Problems,
    problem::{Kind, Problem},
};
use poem::{
    Endpoint, EndpointExt, Response, Result, Route, get, handler,
    http::{HeaderValue, StatusCode, header},
    test::TestClient,
};

use crate::parts::api::{self, Told, ask, authenticator, routes};

#[handler]
fn fails() -> Result<()> {
    let cause = std::io::Error::other("the password of the database is hunter2");
    Err(poem::error::InternalServerError(cause))
}

#[handler]
fn missing() -> Result<()> {
    Err(Problem::new(Kind::NotFound).with_detail("no such order").into())
}

#[handler]
fn finished() -> Response {
    Response::builder().status(StatusCode::IM_A_TEAPOT).body("tea")
}

fn app() -> Route {
    Route::new()
        .at("/fails", get(fails))
        .at("/missing", get(missing))
        .at("/tea", get(finished))
        .nest("/", routes())
}

async fn check<E: Endpoint>(client: &TestClient<E>) {
    let ann = ("authorization", "Bearer ann");
    for (request, status, kind) in [
        ("GET /nowhere", 404, "not-found"),
        ("DELETE /plain", 405, "method-not-allowed"),
        ("DELETE /me", 405, "method-not-allowed"),
        ("POST /orders", 415, "unsupported-media-type"),
        ("GET /fails", 500, "internal"),
        ("GET /missing", 404, "not-found"),
    ] {
        let told = ask(client, request, &[ann, ("content-type", "text/plain")]).await;
        assert_eq!((told.status, told.kind().as_str()), (status, kind), "{request}");
        let path = request.split(' ').nth(1).expect("a path");
        assert_eq!(told.problem()["instance"], path, "{request}");
        assert_eq!(told.header("cache-control"), "no-store", "{request}");
        assert_ne!(told.header("vary"), "", "{request}");
        assert!(!told.body.contains("hunter2"), "h3: {told:?}");
    }
    let detail = ask(client, "GET /missing", &[]).await.problem();
    assert_eq!(detail["detail"], "no such order");
    let request = client.post("/orders").header(ann.0, ann.1).header("content-type", "application/json");
    let told = Told::read(request.body(r#"{"amount":"much"}"#).send().await.0).await;
    assert_eq!((told.status, told.kind().as_str()), (400, "bad-request"));
    let tea = ask(client, "GET /tea", &[]).await;
    assert_eq!((tea.status, tea.body.as_str()), (418, "tea"), "a handler's own answer stays as it is");
}

#[tokio::test]
async fn h3_h6_with_no_store_outside() {
    check(&api::client(app().with(Problems).with(NoStore).data(authenticator().0))).await;
}

#[tokio::test]
async fn h3_h6_with_no_store_inside() {
    check(&api::client(app().with(NoStore).with(Problems).data(authenticator().0))).await;
}

#[tokio::test]
async fn headers_that_others_added_to_a_problem_stay() {
    let endpoint = app().after(|result: Result<Response>| async move {
        let mut response = result.unwrap_or_else(poem::Error::into_response);
        response.headers_mut().insert("x-added", HeaderValue::from_static("kept"));
        Ok::<_, poem::Error>(response)
    });
    let client = api::client(endpoint.with(Problems).data(authenticator().0));
    for request in ["GET /missing", "GET /me"] {
        let told = ask(&client, request, &[]).await;
        assert_eq!(told.header("x-added"), "kept", "{request}");
        assert_eq!(told.problem()["instance"], request.split(' ').nth(1).expect("a path"));
        assert_eq!(told.headers.get_all(header::CONTENT_TYPE).iter().count(), 1);
    }
}

#[test]
fn h3_every_kind_has_a_type_of_its_own() {
    let mut types: Vec<String> = Kind::ALL.iter().map(|kind| format!("{kind:?} {}", kind.status())).collect();
    types.sort();
    types.dedup();
    assert_eq!(types.len(), Kind::ALL.len());
    for kind in Kind::ALL {
        assert_eq!(Kind::of_status(kind.status()).status(), kind.status());
    }
    for own in [StatusCode::BAD_GATEWAY, StatusCode::CONFLICT, StatusCode::UNAUTHORIZED] {
        assert_eq!(Kind::of_status(own), Kind::Other(own));
    }
}
