//! A Better Auth that answers from its cookie cache.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{better_auth::extend, database::Database, settings::Settings, signed_in::SignedIn, site::Site};

/// The forms of the cache: as Better Auth calls its strategy, and the options of its JWT plugin.
pub const FORMS: [(&str, bool); 4] = [("compact", false), ("jwt", false), ("jwe", false), ("jwt", true)];

/// Better Auth's own default, in seconds: longer than any test takes.
pub const LONG: u32 = 300;

/// A site of one's own with this form of cache, which lives for `max_age` seconds.
pub fn site((strategy, published): (&str, bool), max_age: u32, settings: Value) -> Site {
    let mut complete = json!({
        "session": { "cookieCache": { "enabled": true, "strategy": strategy, "maxAge": max_age } },
        "plugins": { "admin": {}, "jwt": { "sessionCookieCache": published } },
    });
    extend(&mut complete, settings);
    Site::start(&Database::Sqlite, complete)
}

/// One for each form that nobody stops, with caches that live for [`LONG`].
pub fn sites() -> impl Iterator<Item = &'static Site> {
    static SHARED: LazyLock<Vec<Site>> =
        LazyLock::new(|| FORMS.into_iter().map(|form| site(form, LONG, json!({}))).collect());
    SHARED.iter()
}

/// The first of them, in Better Auth's default form.
pub fn compact() -> &'static Site {
    sites().next().expect("a form")
}

/// No cookie is remembered, so that each is looked at anew.
pub fn settings(site: &Site, strategies: &[&str]) -> Settings {
    Settings::of(&site.better_auth, strategies).with("session_cookie_cache.cache.max_age", "0s")
}

/// The name of the cookies that hold the cache, in whole or in part.
pub fn is_cache(name: &str) -> bool {
    name.contains("session_data")
}

/// The cache of one session as a browser would send it, beside the session cookie of another.
pub fn cache_of_beside(cache: &SignedIn, session: &SignedIn) -> String {
    format!("{}; {}", session.session_cookie_header(), cache.cookie_header_of(is_cache))
}
