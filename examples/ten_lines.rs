//! Ten lines protect a Poem app: with JWTs and the session table, limits, health, and the hook through which Better Auth's
//! plugin reports sign-outs.
//!
//! ```sh
//! cat >auth.toml <<'END'
//! strategies = ["jwt", "session_table"]
//! better_auth.url = "http://localhost:3000"
//! session_table.database_url = "sqlite://../better-auth/sqlite.db"
//! END
//! export BETTER_AUTH_SECRET=…                      # Better Auth's own
//! export VERIFIER_REVOCATION__HOOK_SECRET=…        # that of its plugin `better-auth-verifier`; without it there is no hook
//! cargo run --example ten_lines --features app
//! ```

#![expect(clippy::unused_async, reason = "what `#[OpenApi]` takes are `async fn`s")]

use better_auth_verifier::{AuthProblem, Authenticated, BetterAuth};
use poem::{Route, Server, listener::TcpListener};
use poem_openapi::{OpenApi, OpenApiService, payload::PlainText};

struct Orders;

#[OpenApi]
impl Orders {
    #[oai(path = "/orders", method = "get")]
    async fn list(&self, auth: Authenticated) -> Result<PlainText<String>, AuthProblem> {
        Ok(PlainText(format!("the orders of {}\n", auth.identity.user.id)))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let auth = BetterAuth::from_config("auth.toml").await?;
    let app = auth.wrap(Route::new().nest("/", OpenApiService::new(Orders, "orders", "1")));
    Server::new(TcpListener::bind("127.0.0.1:8080")).run(app).await?;
    Ok(())
}
