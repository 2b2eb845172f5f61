//! `jwt-authorizer`, a layer: LISTEN, KEYS (an address) and ISSUER in the environment.

use std::env;

use axum7::{Json, Router, routing::get};
use jwt_authorizer::{Authorizer, IntoLayer, JwtAuthorizer, JwtClaims, Validation};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Clone, Deserialize, Serialize)]
struct User {
    sub: String,
    email: String,
    name: String,
}

async fn me(JwtClaims(user): JwtClaims<User>) -> Json<User> {
    Json(user)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let issuer = env::var("ISSUER")?;
    let validation = Validation::new().iss(&[&issuer]).aud(&[&issuer]);
    let keys = JwtAuthorizer::from_jwks_url(&env::var("KEYS")?).validation(validation);
    let authorizer: Authorizer<User> = keys.build().await?;
    let app = Router::new().route("/api/me", get(me)).layer(authorizer.into_layer());
    let listener = TcpListener::bind(env::var("LISTEN")?).await?;
    Ok(axum7::serve(listener, app).tcp_nodelay(true).await?)
}
