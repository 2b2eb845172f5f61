//! `axum-jwt-auth`, an extractor: LISTEN, KEYS (an address) and ISSUER in the environment.

use std::{env, sync::Arc};

use axum::{Json, Router, routing::get, serve::ListenerExt};
use axum_jwt_auth::{Claims, Decoder, RemoteJwksDecoder};
use jsonwebtoken::{Algorithm, Validation};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Deserialize, Serialize)]
struct User {
    sub: String,
    email: String,
    name: String,
}

async fn me(user: Claims<User>) -> Json<User> {
    Json(user.claims)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let issuer = env::var("ISSUER")?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&[&issuer]);
    validation.set_issuer(&[&issuer]);
    let decoder = RemoteJwksDecoder::builder().jwks_url(env::var("KEYS")?).validation(validation).build()?;
    let decoder = Arc::new(decoder);
    // The keys are kept fresh until this is cancelled.
    let _refreshing = decoder.initialize().await?;
    let app = Router::new().route("/api/me", get(me)).with_state(decoder as Decoder<User>);
    let listener = TcpListener::bind(env::var("LISTEN")?).await?;
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    Ok(axum::serve(listener, app).await?)
}
