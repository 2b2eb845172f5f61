use std::path::{Path, PathBuf};

use super::{
    cut_off_store::CutOffStore,
    handle::BetterAuth,
    lasting::Lasting,
    lifecycle::Lifecycle,
    own_tables::OwnTables,
    parts::{Additions, Parts},
    start_error::StartError,
};
use crate::{
    Authenticator, Revocations,
    config::{Config, Faults, Warning},
    strategy::{AnyStrategy, Strategy},
};

const REMEDY: &str = "let the app call `BetterAuthBuilder::migrate` once, or run `better-auth-verifier migrate` with this \
                      configuration, or set revocation.persist to false";

type Change = Box<dyn FnOnce(Authenticator) -> Authenticator + Send>;

/// Makes a [`BetterAuth`]. Each setting is a key of `config.toml`; a wrong value is a fault of
/// [`build`](Self::build), which says them all at once.
///
/// ```no_run
/// use better_auth_verifier::{BetterAuth, StartError};
///
/// # async fn start(secret: String, hook_secret: String) -> Result<BetterAuth, StartError> {
/// BetterAuth::builder("https://auth.example.com")
///     .strategies(["jwt", "session_table"])
///     .secret(secret)
///     .database("postgres://reader@localhost/auth")
///     .trusted_origins(["https://app.example.com"])
///     .hook_secret(hook_secret)
///     .set("session_table.cache.max_age", "5s")
///     .build()
///     .await
/// # }
/// ```
#[must_use = "nothing is built before `build`"]
pub struct BetterAuthBuilder {
    file: Option<PathBuf>,
    settings: Vec<(String, String)>,
    additions: Additions,
    changes: Vec<Change>,
    lasting: Lasting,
}

impl BetterAuthBuilder {
    pub(super) fn of_file(file: &Path) -> Self {
        Self {
            file: Some(file.to_owned()),
            settings: Vec::new(),
            additions: Additions::default(),
            changes: Vec::new(),
            lasting: Lasting::default(),
        }
    }

    pub(super) fn of_url(url: String) -> Self {
        Self { file: None, ..Self::of_file(Path::new("")) }.set("better_auth.url", url)
    }

    /// Sets any key of `config.toml`, such as `jwt.leeway`, by the text that an environment variable would have: lists are
    /// comma-separated or JSON. A later call for the same key wins.
    pub fn set(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((key.into(), value.into()));
        self
    }

    fn set_list(self, key: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let values: serde_json::Value = values.into_iter().map(Into::into).collect();
        self.set(key, values.to_string())
    }

    /// `strategies`: who is asked, in order of trust.
    pub fn strategies(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set_list("strategies", names)
    }

    /// `better_auth.secret`: Better Auth's `BETTER_AUTH_SECRET`.
    pub fn secret(self, secret: impl Into<String>) -> Self {
        self.set("better_auth.secret", secret)
    }

    /// `session_table.database_url`: Better Auth's database, which is only read.
    pub fn database(self, url: impl Into<String>) -> Self {
        self.set("session_table.database_url", url)
    }

    /// `secondary_storage.url`: the Redis in which Better Auth keeps its sessions.
    pub fn redis(self, url: impl Into<String>) -> Self {
        self.set("secondary_storage.url", url)
    }

    /// `better_auth.trusted_origins`: whose pages may use the cookie to change something.
    pub fn trusted_origins(self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set_list("better_auth.trusted_origins", origins)
    }

    /// `cors.origins`: whose pages may read answers.
    pub fn cors_origins(self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set_list("cors.origins", origins)
    }

    /// `server.trusted_proxies`: the networks of proxies whose `X-Forwarded-For` is believed.
    pub fn trusted_proxies(self, networks: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set_list("server.trusted_proxies", networks)
    }

    /// `revocation.hook_secret`: shared with Better Auth's plugin `better-auth-verifier`, which then tells of sign-outs at
    /// `POST /hooks/better-auth`.
    pub fn hook_secret(self, secret: impl Into<String>) -> Self {
        self.set("revocation.hook_secret", secret)
    }

    /// Asks a strategy of the app's own after those of the configuration: it gets only credentials that none of them claims.
    ///
    /// If it does I/O, wrap it in [`Guarded`](crate::Guarded), and that in [`Cached`](crate::Cached) with these
    /// [`revocations`](Self::revocations).
    pub fn strategy(mut self, strategy: impl Strategy) -> Self {
        self.additions.last.push(AnyStrategy::new(strategy));
        self
    }

    /// Asks a strategy of the app's own before those of the configuration: it decides every credential that it claims. If there are
    /// several, they are asked in the order of these calls.
    pub fn strategy_first(mut self, strategy: impl Strategy) -> Self {
        self.additions.first.push(AnyStrategy::new(strategy));
        self
    }

    /// The list of ended sessions and users that the app will keep, for the caches of its own strategies.
    #[must_use]
    pub fn revocations(&self) -> Revocations {
        self.lasting.revocations.clone()
    }

    /// Changes the authenticator before anybody has it: gives policies their values, adds observers.
    ///
    /// ```
    /// # use better_auth_verifier::{BetterAuth, Decision, Identity, Policy};
    /// # struct Member;
    /// # impl Policy for Member {
    /// #     fn name(&self) -> &'static str { "member" }
    /// #     async fn decide(&self, _: &Identity, _: chrono::DateTime<chrono::Utc>) -> Decision { Ok(()) }
    /// # }
    /// BetterAuth::config("auth.toml").authenticator(|authenticator| authenticator.with_policy(Member))
    /// # ;
    /// ```
    pub fn authenticator(
        mut self,
        change: impl FnOnce(Authenticator) -> Authenticator + Send + 'static,
    ) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// Creates or updates the tables in `database.url` that `revocation.persist` needs. Better Auth's tables are left alone.
    /// Returns the builder, so that an app may migrate at each start.
    ///
    /// # Errors
    ///
    /// Faults of the configuration, or that the database cannot be reached or refuses.
    pub async fn migrate(self) -> Result<Self, StartError> {
        let (config, _) = self.read()?;
        if !config.has_own_tables() {
            let reason = "revocation.persist = false: without cut-offs to keep, the app needs no tables of this library";
            return Err(StartError::Unfit(reason.to_owned()));
        }
        Box::pin(OwnTables::create(&config.database.url)).await?;
        Ok(self)
    }

    /// Builds everything, looks at what is within reach, and starts what goes on in the background.
    ///
    /// # Errors
    ///
    /// As [`BetterAuth::from_config`].
    pub async fn build(self) -> Result<BetterAuth, StartError> {
        let (config, warnings) = self.read()?;
        for warning in &warnings {
            tracing::warn!("{warning}");
        }
        // Boxed: what it awaits is deep and large.
        Ok(Box::pin(self.start(config)).await?)
    }

    fn read(&self) -> Result<(Config, Vec<Warning>), Faults> {
        Config::for_app(self.file.as_deref(), &self.settings)
    }

    async fn start(self, config: Config) -> anyhow::Result<BetterAuth> {
        let lifecycle = Lifecycle::default();
        let unfinished = lifecycle.drop_guard();
        let lasting = self.lasting.with_quotas(&config.rate_limit);
        let parts = Parts::build(&config, &lasting, &lifecycle, self.additions);
        let (cut_offs, parts) = tokio::try_join!(cut_offs(&config), parts)?;
        let mut parts = parts.keeping_cut_offs_in(cut_offs);
        let changed =
            self.changes.into_iter().fold(parts.authenticator, |authenticator, change| change(authenticator));
        parts.authenticator = changed;
        let watch = parts.start(&lasting, &lifecycle).await;
        unfinished.disarm();
        Ok(BetterAuth::new(config, parts, watch, lasting, lifecycle))
    }
}

/// The store that keeps cut-offs over a restart, where that is wanted.
async fn cut_offs(config: &Config) -> anyhow::Result<Option<CutOffStore>> {
    if !config.revocation.persist {
        return Ok(None);
    }
    let address = &config.database.url;
    let tables = OwnTables::open_created(address, REMEDY).await?;
    Ok(Some(CutOffStore::new(tables, address.clone())))
}
