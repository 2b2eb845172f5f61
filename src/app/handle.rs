use std::{path::Path, sync::Arc, time::Duration};

use poem::{Endpoint, Response};
use tokio::time::Instant;
use tokio_util::sync::DropGuard;

use super::{
    api::Routes,
    builder::BetterAuthBuilder,
    client_limit::ClientLimit,
    cors::Cors,
    lasting::Lasting,
    lifecycle::Lifecycle,
    parts::Parts,
    readiness::Watch,
    request_ids::RequestIds,
    start_error::StartError,
    wrapped::{METHODS, WrappedEndpoint},
};
use crate::{
    Authenticator, Revocations,
    config::{Config, Server},
    problem::RequestId,
};

/// All that a configuration says, around a Poem app: who may come in, and how often.
///
/// ```no_run
/// use better_auth_verifier::{AuthProblem, Authenticated, BetterAuth};
/// use poem::{Route, Server, listener::TcpListener};
/// use poem_openapi::{OpenApi, OpenApiService, payload::PlainText};
///
/// struct Orders;
///
/// #[OpenApi]
/// impl Orders {
///     #[oai(path = "/orders", method = "get")]
///     async fn list(&self, auth: Authenticated) -> Result<PlainText<String>, AuthProblem> {
///         Ok(PlainText(format!("the orders of {}", auth.identity.user.id)))
///     }
/// }
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let auth = BetterAuth::from_config("auth.toml").await?;
/// let app = auth.wrap(Route::new().nest("/", OpenApiService::new(Orders, "orders", "1")));
/// Server::new(TcpListener::bind("127.0.0.1:8080")).run(app).await?;
/// # Ok(())
/// # }
/// ```
///
/// The keys are those of `config.toml`, with the same defaults and the same faults as in the service. Without a file,
/// [`builder`](Self::builder) sets them in code. A key that only the service uses, such as `server.listen`, has no effect here,
/// and the log warns of it.
///
/// # What the app gets
///
/// - The [`Authenticator`] that extractors such as [`Authenticated`](crate::Authenticated) and
///   [`Protect`](crate::Protect) ask. **The signature of a handler is its access rule**: one without an extractor is open to
///   everybody. To deny by default, wrap `routes.with(Protect::default())`.
/// - Limits (`rate_limit`), and the client's address behind `server.trusted_proxies`.
/// - CORS, where `cors.origins` names anybody. Leave it empty to use a CORS middleware of your own around the app.
/// - Failures as `application/problem+json`, a name for each request (`X-Request-Id`), and answers that no shared cache keeps
///   unless they say `Cache-Control: public`. A 405 of a route of yours has no `Allow` header, as Poem does not tell which
///   methods the route has.
/// - `GET /health`, `/health/live`, `/health/ready`, and `POST /hooks/better-auth` where `revocation.hook_secret` is set. They
///   take precedence over routes of the app with the same paths.
/// - What goes on in the background: keys are refreshed, ended sessions are heard of, stores are looked after. It ends when
///   the last clone of this handle, and the last app that it wraps, are dropped.
///
/// # By hand
///
/// As a middleware, `route.with(auth.clone())`, it does all of this but the routes, which [`routes`](Self::routes) gives to be
/// put anywhere. A whole app may be nested: under `nest("/v1", auth.wrap(app))` the hook is `/v1/hooks/better-auth`.
///
/// # The log
///
/// Everything is said by [`tracing`], and nothing is seen before the app has a subscriber. One line of `main` is enough, with
/// the crate `tracing-subscriber`: `tracing_subscriber::fmt().init();`. (`fmt::init()` shows errors alone, unless `RUST_LOG`
/// says otherwise.)
#[derive(Clone)]
pub struct BetterAuth(Arc<Running>);

struct Running {
    parts: Parts,
    lasting: Lasting,
    watch: Watch,
    ids: RequestIds,
    cors: Cors,
    server: Server,
    lifecycle: Lifecycle,
    /// Ends the tasks with the last handle.
    _ended: DropGuard,
}

impl BetterAuth {
    /// Reads this file, and over it the environment, as the service does with `--config`.
    ///
    /// # Errors
    ///
    /// All faults of the configuration at once, or what is not as it has to be, such as a database that lacks its tables. What
    /// is only out of reach is no error: requests that need it get 503 until it is back.
    pub async fn from_config(file: impl AsRef<Path>) -> Result<Self, StartError> {
        Self::config(file).build().await
    }

    /// Begins with this file and the environment; what is set in code wins over both.
    pub fn config(file: impl AsRef<Path>) -> BetterAuthBuilder {
        BetterAuthBuilder::of_file(file.as_ref())
    }

    /// Begins with the defaults for the Better Auth at this address (`better_auth.url`, its `baseURL`), and reads neither a
    /// file nor the environment.
    pub fn builder(url: impl Into<String>) -> BetterAuthBuilder {
        BetterAuthBuilder::of_url(url.into())
    }

    pub(super) fn new(
        config: Config,
        parts: Parts,
        watch: Watch,
        lasting: Lasting,
        lifecycle: Lifecycle,
    ) -> Self {
        Self(Arc::new(Running {
            ids: RequestIds::new(lasting.ids),
            cors: Cors::new(&config.cors.origins, METHODS),
            server: config.server,
            _ended: lifecycle.drop_guard(),
            parts,
            lasting,
            watch,
            lifecycle,
        }))
    }

    /// The app, with all that it [gets](Self#what-the-app-gets). `app` is a `Route`, or anything around one.
    pub fn wrap<E: Endpoint>(&self, app: E) -> WrappedEndpoint<E> {
        WrappedEndpoint::new(self.clone(), Some(self.own_routes()), app)
    }

    /// The routes for health, and the hook where it has a secret, to be put where the app wants them:
    /// `Route::new().nest("/internal", auth.routes())`. At other paths than the usual ones they count for `rate_limit.client`.
    #[must_use]
    pub fn routes(&self) -> impl Endpoint<Output = Response> + use<> {
        self.own_routes()
    }

    fn own_routes(&self) -> Routes {
        Routes::new(self.0.watch.clone(), self.0.parts.hook.clone())
    }

    /// Judges credentials, for apps that put it into routes themselves: `.data(auth.authenticator().clone())`.
    #[must_use]
    pub fn authenticator(&self) -> &Authenticator {
        &self.0.parts.authenticator
    }

    /// The list of ended sessions and users. Call it if your app ends one by itself: all caches and strategies of the app follow it
    /// at once.
    #[must_use]
    pub fn revocations(&self) -> &Revocations {
        &self.0.lasting.revocations
    }

    /// Whether at least one strategy can decide now, as `GET /health/ready` says.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.watch.states().any(|(_, is_ready, _)| is_ready)
    }

    /// Ends what goes on in the background, and waits for what has something to finish, for `server.drain` at most: with
    /// `revocation.persist` the newest cut-offs are kept. Call it after the server has stopped.
    pub async fn stop(self) {
        let Server { drain, .. } = self.0.server;
        self.0.lifecycle.end(Instant::now() + drain.max(LEAST)).await;
    }

    pub(super) fn client_limit(&self) -> &ClientLimit {
        &self.0.parts.client_limit
    }

    pub(super) fn cors(&self) -> &Cors {
        &self.0.cors
    }

    pub(super) fn next_request_id(&self) -> RequestId {
        self.0.ids.next()
    }
}

/// What has to be kept is kept within this, also where `server.drain` is zero.
const LEAST: Duration = Duration::from_secs(2);
