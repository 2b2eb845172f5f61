//! A whole app: everybody reads the headlines, subscribers read the articles, admins delete comments. The app's own table says
//! who has subscribed.
//!
//! ```sh
//! cat >auth.toml <<'END'
//! strategies = ["jwt", "session_table"]
//! better_auth.url = "http://localhost:3000"
//! session_table.database_url = "sqlite://../better-auth/sqlite.db"
//! END
//! export BETTER_AUTH_SECRET=…                      # Better Auth's own
//! export VERIFIER_REVOCATION__HOOK_SECRET=…        # that of its plugin `better-auth-verifier`; without it there is no hook
//! cargo run --example magazine --features app
//! ```

#![expect(clippy::unused_async, reason = "what `#[OpenApi]` takes are `async fn`s")]

// #region app
use std::{error::Error, time::Duration};

use better_auth_verifier::{
    Admin, AuthProblem, Authenticated, BetterAuth, BetterAuthBuilder, Decision, Denial, HasRole, Identity,
    MaybeAuthenticated, Policy, StartError, Unpermitted,
    database::{self, Access},
};
use chrono::{DateTime, Utc};
use poem::{Endpoint, Route, Server, listener::TcpListener};
use poem_openapi::{OpenApi, OpenApiService, param::Path, payload::PlainText};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};

/// Lets subscribers pass: others get 403, and everybody 503 while the database cannot be asked.
struct Subscriber(DatabaseConnection);

impl Policy for Subscriber {
    fn name(&self) -> &'static str {
        "subscriber"
    }

    async fn decide(&self, identity: &Identity, _: DateTime<Utc>) -> Decision {
        let (backend, user) = (self.0.get_database_backend(), identity.user.id.as_str());
        // `$1` is for SQLite and PostgreSQL; MySQL has `?`.
        let sql = "SELECT 1 FROM subscriber WHERE user_id = $1";
        let query = Statement::from_sql_and_values(backend, sql, [user.into()]);
        let row = self.0.query_one_raw(query).await.map_err(Unpermitted::undecidable)?;
        row.map(drop).ok_or(Denial::new("no subscription").into())
    }
}

struct Magazine;

type Answer = Result<PlainText<String>, AuthProblem>;

#[OpenApi]
impl Magazine {
    /// For everybody. A signed-in user is greeted.
    #[oai(path = "/headlines", method = "get")]
    async fn headlines(&self, MaybeAuthenticated(caller): MaybeAuthenticated) -> Answer {
        let name = caller.and_then(|identity| identity.user.name.clone());
        Ok(PlainText(format!("headlines for {}\n", name.as_deref().unwrap_or("a guest"))))
    }

    /// For subscribers.
    #[oai(path = "/articles", method = "get")]
    async fn articles(&self, auth: Authenticated<Subscriber>) -> Answer {
        Ok(PlainText(format!("articles for {}\n", auth.identity.user.id)))
    }

    /// For admins.
    #[oai(path = "/comments/:id", method = "delete")]
    async fn delete(&self, auth: Authenticated<HasRole<Admin>>, id: Path<u32>) -> Answer {
        Ok(PlainText(format!("{} deleted comment {}\n", auth.identity.user.id, id.0)))
    }
}

/// The app. `main` gives it a builder that reads a file, a test one that knows the test kit.
pub(crate) async fn app(
    builder: BetterAuthBuilder,
    subscribers: DatabaseConnection,
) -> Result<impl Endpoint + 'static, StartError> {
    let subscriber = Subscriber(subscribers);
    let auth = builder.authenticator(|authenticator| authenticator.with_policy(subscriber)).build().await?;
    // Around the routes: limits, problems, health, and the hook for sign-outs if the configuration has its secret.
    Ok(auth.wrap(Route::new().nest("/", OpenApiService::new(Magazine, "Magazine", "1.0"))))
}

/// The app's own database. It has a second for each answer: nothing around a policy has a time-out.
pub(crate) async fn subscribers(url: &str) -> Result<DatabaseConnection, DbErr> {
    let database = database::open(url, Access::Write, Duration::from_secs(1))?;
    database.execute_unprepared("CREATE TABLE IF NOT EXISTS subscriber (user_id TEXT PRIMARY KEY)").await?;
    Ok(database)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let subscribers = subscribers("sqlite://magazine.db?mode=rwc").await?;
    let app = app(BetterAuth::config("auth.toml"), subscribers).await?;
    Ok(Server::new(TcpListener::bind("127.0.0.1:8080")).run(app).await?)
}
// #endregion
