//! Policies that ask: one a database, one a service that may be away.
//!
//! ```sh
//! cargo run --example policies     # prints requests to try
//! ```

#![expect(clippy::unused_async, reason = "what `#[OpenApi]` takes are `async fn`s")]

use std::{error::Error, time::Duration};

use better_auth_verifier::{
    AuthProblem, Authenticated, Authenticator, Carriers, Chain, Decision, Denial, Identity, NoStore, Policy,
    Problems, SharedSecret, Unpermitted, User,
    database::{self, Access},
};
use chrono::{DateTime, Utc};
use poem::{Endpoint, EndpointExt, Route, Server, listener::TcpListener};
use poem_openapi::{OpenApi, OpenApiService, payload::PlainText};
use reqwest::StatusCode;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};

/// Members of the project, as the app's own table has them.
struct ProjectMember(DatabaseConnection);

impl Policy for ProjectMember {
    fn name(&self) -> &'static str {
        "project_member"
    }

    async fn decide(&self, identity: &Identity, _: DateTime<Utc>) -> Decision {
        let (backend, user) = (self.0.get_database_backend(), identity.user.id.as_str());
        let sql = "SELECT 1 FROM member WHERE user_id = $1";
        let query = Statement::from_sql_and_values(backend, sql, [user.into()]);
        let row = self.0.query_one_raw(query).await.map_err(Unpermitted::undecidable)?;
        row.map(drop).ok_or(Denial::new("not a member of the project").into())
    }
}

/// Users whose invoices are paid, as the billing service has them. If it does not answer in time, nobody knows: 503.
struct PaidUp(reqwest::Client, String);

impl Policy for PaidUp {
    fn name(&self) -> &'static str {
        "paid_up"
    }

    async fn decide(&self, identity: &Identity, _: DateTime<Utc>) -> Decision {
        let request = self.0.get(format!("{}/{}", self.1, identity.user.id)).timeout(Duration::from_secs(1));
        let answer = request.send().await.map_err(Unpermitted::undecidable)?;
        match answer.status() {
            StatusCode::NO_CONTENT => Ok(()),
            StatusCode::PAYMENT_REQUIRED => Err(Denial::new("an invoice is open").into()),
            status => Err(Unpermitted::undecidable(format!("billing answered {status}"))),
        }
    }
}

struct Api;

type Answer = Result<PlainText<String>, AuthProblem>;

#[OpenApi]
impl Api {
    /// Members only; to others 403.
    #[oai(path = "/plans", method = "get")]
    async fn plans(&self, auth: Authenticated<ProjectMember>) -> Answer {
        Ok(PlainText(format!("the plans, for {}\n", auth.identity.user.id)))
    }

    /// Paying users only; while the billing service is away, 503 to all.
    #[oai(path = "/exports", method = "get")]
    async fn exports(&self, auth: Authenticated<PaidUp>) -> Answer {
        Ok(PlainText(format!("the exports, for {}\n", auth.identity.user.id)))
    }
}

/// The app. Each policy gets its value here, once; the handlers name its type.
pub(crate) fn app(
    tokens: SharedSecret,
    members: DatabaseConnection,
    billing: &str,
) -> impl Endpoint + 'static {
    let authenticator = Authenticator::new(Carriers::default(), Chain::default().push(tokens))
        .with_policy(ProjectMember(members))
        .with_policy(PaidUp(reqwest::Client::new(), billing.to_owned()));
    Route::new()
        .nest("/", OpenApiService::new(Api, "Policies", "1.0"))
        .with(Problems)
        .with(NoStore)
        .data(authenticator)
}

/// A database with one member: Ann.
pub(crate) async fn members(url: &str) -> Result<DatabaseConnection, DbErr> {
    let database = database::open(url, Access::Write, Duration::from_secs(1))?;
    database.execute_unprepared("CREATE TABLE IF NOT EXISTS member (user_id TEXT PRIMARY KEY)").await?;
    database.execute_unprepared("INSERT INTO member VALUES ('ann') ON CONFLICT DO NOTHING").await?;
    Ok(database)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let tokens = SharedSecret::new("a secret of at least thirty-two bytes")?;
    for (user, path) in [("ann", "plans"), ("bob", "plans"), ("ann", "exports")] {
        let token = tokens.access_token(&User::new(user), Duration::from_hours(1));
        println!("{user}: curl -H 'authorization: Bearer {token}' http://127.0.0.1:8080/{path}");
    }
    // Nothing listens at that address of the billing service.
    let app = app(tokens, members("sqlite://policies.db?mode=rwc").await?, "http://127.0.0.1:9");
    Server::new(TcpListener::bind("127.0.0.1:8080")).run(app).await?;
    Ok(())
}
