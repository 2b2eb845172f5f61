//! A configuration around an app, and strategies of the app's own beside it.

use std::time::Duration;

use better_auth_verifier::{
    BetterAuth, Cached, Guarded, Hook, HookSecret, Protect, Revocations, SharedSecret, ShortHookSecret,
    StartError, VerifiedEmail,
};
use poem::{Endpoint, EndpointExt, Route, post};

const TIMEOUT: Duration = Duration::from_secs(3);

pub async fn of_file(routes: Route) -> Result<impl Endpoint, StartError> {
    let auth = BetterAuth::from_config("auth.toml").await?;
    Ok(auth.wrap(routes.with(Protect::<VerifiedEmail>::new().except(["/about/*"]))))
}

pub async fn in_code(own: SharedSecret) -> Result<impl Endpoint, StartError> {
    let builder = BetterAuth::builder("https://auth.example.com")
        .strategies(["jwt", "session_table"])
        .secret("a secret of at least thirty-two bytes")
        .database("postgres://reader@localhost/auth")
        .trusted_origins(["https://app.example.com"])
        .hook_secret("a secret of at least twenty-four bytes")
        .set("session_table.cache.max_age", "5s");
    let own = Cached::new(Guarded::new(own, TIMEOUT), TIMEOUT, 100_000).with_revocations(builder.revocations());
    let auth = builder.strategy(own).build().await?;
    Ok(Route::new().nest("/internal", auth.routes()).with(auth.clone()))
}

/// Servers run on several threads.
pub fn spawn() {
    tokio::spawn(async { BetterAuth::from_config("auth.toml").await.map(drop) });
}

pub fn hook(secret: &str, revocations: Revocations) -> Result<impl Endpoint, ShortHookSecret> {
    let secret: HookSecret = secret.parse()?;
    Ok(Route::new().at("/hooks/better-auth", post(Hook::new(&secret, revocations))))
}
