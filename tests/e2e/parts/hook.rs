//! The hook by which services are told what has ended: by Better Auth's plugin, or in its name.

use better_auth_verifier::test_kit::Event;
use reqwest::Method;
use serde_json::{Value, json};

use super::{answer::Answer, port, presented::Presented, service::Service, settings::Settings};

/// What both sides know.
pub const SECRET: &str = "a-hook-secret-of-the-end-to-end-tests-0123456789";

const PATH: &str = "/hooks/better-auth";

/// Where services will listen, which have to be known before they are started.
pub fn ports<const N: usize>() -> [u16; N] {
    std::array::from_fn(|_| port::free())
}

/// Options of the plugin `verifier`, so that it tells the services on these ports.
pub fn plugin(ports: &[u16]) -> Value {
    let urls: Vec<_> = ports.iter().map(|port| format!("http://127.0.0.1:{port}{PATH}")).collect();
    json!({ "url": urls, "secret": SECRET })
}

/// A service that can be told.
pub fn hearing(settings: Settings) -> Settings {
    settings.with("revocation.hook_secret", SECRET)
}

/// Tells it in the plugin's name, while Better Auth itself cannot.
pub async fn tell(service: &Service, kind: &str, data: &Value) -> Answer {
    let event = Event::now(kind, data);
    let request = service.request(Method::POST, PATH, &Presented::Nothing);
    let request = request.headers(event.headers(&SECRET.parse().expect("a secret")));
    service.send(request.body(event.body)).await
}
