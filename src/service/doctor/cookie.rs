//! What Better Auth calls its cookies, and which are read here.

use super::{
    finding::{Area, Finding},
    secret::Accepted,
};
use crate::{
    config::{Config, Dependency},
    credential::SECURE_PREFIX,
};

/// Compares the names of the cookies.
pub fn names(config: &Config, accepted: &Accepted, candidates: &[String]) -> Vec<Finding> {
    let ours = &config.better_auth.session_cookies;
    let mut findings = Vec::new();
    if let Some(name) = candidates.iter().find(|name| accepted.names.contains(name)) {
        findings.push(if ours.contains(name) {
            let found = format!("Better Auth's session cookie is called `{name}`, which is read here");
            Finding::fine(Area::Cookie, found).key("better_auth.cookie_prefix")
        } else {
            other_name(config, name)
        });
    }
    if config.depends_on(Dependency::CookieCache) {
        findings.push(cookie_cache(config, accepted));
    }
    findings
}

fn other_name(config: &Config, name: &str) -> Finding {
    let ours = config.better_auth.session_cookies.join(" or ");
    let finding = Finding::broken(
        Area::Cookie,
        format!("Better Auth's session cookie is called `{name}`, and only `{ours}` is read here"),
    );
    let secure = format!("{SECURE_PREFIX}{name}");
    // Better Auth itself puts it before the prefix that it is given.
    let is_doubled =
        config.better_auth.session_cookies.iter().any(|ours| ours.starts_with(&SECURE_PREFIX.repeat(2)));
    if config.better_auth.session_cookies.contains(&secure) && !is_doubled {
        return finding.key("better_auth.url").expected(secure.clone()).remedy(format!(
            "Give Better Auth its https baseURL (BETTER_AUTH_URL), without `useSecureCookies: false`: then its cookie is \
             `{secure}`, which no sibling site can plant. Only where that cannot be, set better_auth.allow_plain_cookie = true"
        ));
    }
    let bare = name.strip_prefix(SECURE_PREFIX).unwrap_or(name);
    match bare.strip_suffix(".session_token") {
        Some(prefix) => finding.key("better_auth.cookie_prefix").expected(ours).remedy(format!(
            "Set better_auth.cookie_prefix = {prefix:?}, and leave better_auth.cookie_name empty"
        )),
        None => finding
            .key("better_auth.cookie_name")
            .expected(ours)
            .remedy(format!("Set better_auth.cookie_name = {bare:?}")),
    }
}

/// Better Auth takes the cookie cache back together with the session cookie, whether it writes one or not.
fn cookie_cache(config: &Config, accepted: &Accepted) -> Finding {
    let ours = &config.kinds.session_cookie_cache.cookies;
    let key = "session_cookie_cache.cookie_name";
    let is_ours = |name: &&String| ours.contains(name);
    if let Some(name) = accepted.names.iter().find(is_ours) {
        let found = format!("Better Auth's cookie cache would be called `{name}`, which is read here");
        return Finding::fine(Area::Cookie, found).key(key);
    }
    let theirs: Vec<_> = accepted.names.iter().filter(|name| name.contains("session_data")).collect();
    let finding =
        Finding::broken(Area::Cookie, "Better Auth's cookie cache has another name than is read here")
            .key(key)
            .expected(ours.join(" or "));
    match &*theirs {
        [name] => {
            let bare = name.strip_prefix(SECURE_PREFIX).unwrap_or(name);
            finding.remedy(format!("Set session_cookie_cache.cookie_name = {bare:?}"))
        }
        _ => finding.remedy(format!(
            "Set session_cookie_cache.cookie_name to Better Auth's advanced.cookies.session_data.name; beside the session \
             cookie it takes back {}",
            accepted.names.join(", ")
        )),
    }
}
