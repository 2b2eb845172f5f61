//! What only Better Auth's own process knows, as the plugin package writes it down.

use std::{fs, path::Path};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::finding::{Area, Finding};
use crate::config::{Config, Dependency, StrategyKind};

const KEY: &str = "doctor.export";
/// Those that its admin plugin has by itself.
const OWN_ROLES: [&str; 2] = ["admin", "user"];
/// The plugin of the package itself.
const PLUGIN: &str = "better-auth-verifier";

/// `describe(auth)` of the package.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Description {
    session: Session,
    ip_address_headers: Vec<String>,
    plugins: Vec<String>,
    #[serde(default)]
    jwt: Names,
    #[serde(default)]
    admin: Admin,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    secondary_storage: bool,
    store_session_in_database: bool,
    preserve_session_in_database: bool,
    cookie_cache: CookieCache,
}

#[derive(Deserialize)]
struct CookieCache {
    enabled: bool,
    /// None where a function makes it.
    version: Option<String>,
}

#[derive(Default, Deserialize)]
struct Names {
    issuer: Option<String>,
    audience: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Admin {
    admin_user_ids: Vec<String>,
    /// None where Better Auth's own roles count.
    roles: Option<Map<String, Value>>,
}

/// Compares the export with the configuration; without one says what nobody knows.
pub fn examine(config: &Config) -> Vec<Finding> {
    let Some(file) = &config.doctor.export else { return unknown(config) };
    match read(file) {
        Ok(description) => compare(config, &description),
        Err(reason) => vec![
            Finding::warning(Area::Configuration, format!("{} cannot be read: {reason}", file.display()))
                .key(KEY)
                .expected("what `describe(auth)` of the npm package better-auth-verifier gives, as JSON")
                .remedy(format!("Write it anew, or leave {KEY} empty")),
        ],
    }
}

/// Whether the export says which names the plugin jwt writes instead of the baseURL. They are compared here, then.
pub fn names(config: &Config, key: &str) -> bool {
    let description = config.doctor.export.as_deref().and_then(|file| read(file).ok());
    description.is_some_and(|Description { jwt, .. }| match key {
        "jwt.issuers" => jwt.issuer.is_some(),
        _ => jwt.audience.is_some_and(|audience| !audience.is_empty()),
    })
}

fn read(file: &Path) -> Result<Description, String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// What nobody can see from outside, as far as it matters here.
fn unknown(config: &Config) -> Vec<Finding> {
    let in_use = config.in_use();
    let uses = |kind| in_use.contains(&kind);
    let mut unknown = Vec::new();
    if uses(StrategyKind::GetSession) {
        unknown.push((
            "get_session.client_address_header",
            "by which headers Better Auth knows clients (`ipAddressHeaders`)",
        ));
    }
    if uses(StrategyKind::SessionCookieCache) {
        unknown.push((
            "session_cookie_cache.version",
            "whether Better Auth writes a cookie cache, and of which version",
        ));
    }
    if uses(StrategyKind::SessionTable) || uses(StrategyKind::SecondaryStorage) {
        unknown.push((
            "strategies",
            "whether Better Auth also stores sessions elsewhere (`secondaryStorage`, storeSessionInDatabase)",
        ));
    }
    if !required_roles(config).is_empty() {
        unknown.push(("forward_auth.profiles", "whether there are admins without a role (`adminUserIds`)"));
    }
    let finding = |(key, what): (&str, &str)| {
        Finding::unknown(Area::Configuration, format!("only Better Auth's own process knows {what}")).key(key).remedy(format!(
            "Let `describe(auth)` of the npm package better-auth-verifier write it into a file, and set {KEY} to that"
        ))
    };
    unknown.into_iter().map(finding).collect()
}

fn compare(config: &Config, description: &Description) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(client_address(config, description));
    findings.extend(stores(config, &description.session));
    findings.extend(cookie_cache(config, &description.session.cookie_cache));
    findings.extend(other_names(config, &description.jwt));
    findings.extend(admins(config, &description.admin));
    findings.extend(hook(config, description));
    if findings.is_empty() {
        let found = "what only Better Auth's process knows agrees with this configuration";
        findings.push(Finding::fine(Area::Configuration, found).key(KEY));
    }
    findings
}

fn client_address(config: &Config, description: &Description) -> Option<Finding> {
    let (key, ours) = ("get_session.client_address_header", &config.kinds.get_session.client_address_header);
    let theirs = &description.ip_address_headers;
    let is_listed = theirs.iter().any(|theirs| theirs.eq_ignore_ascii_case(ours.as_str()));
    if is_listed || !config.in_use().contains(&StrategyKind::GetSession) {
        return None;
    }
    let first = theirs.first().map(String::as_str).unwrap_or_default();
    Some(
        Finding::broken(
            Area::Proxies,
            format!(
                "Better Auth knows clients by {}, and is told their address in {ours}: its rate limit counts all as one",
                theirs.join(", ")
            ),
        )
        .key(key)
        .expected(first)
        .remedy(format!("Set {key} = {first:?}")),
    )
}

/// Where sessions are, and where they stay when they have ended.
fn stores(config: &Config, session: &Session) -> Vec<Finding> {
    let in_use = config.in_use();
    let mut findings = Vec::new();
    if in_use.contains(&StrategyKind::SessionTable) && session.secondary_storage {
        let broken = |found: &str| {
            Finding::broken(Area::Tables, found).key("strategies").expected("secondary_storage").remedy(
                "Use the strategy secondary_storage, or set Better Auth's session.storeSessionInDatabase = true without \
                 preserveSessionInDatabase",
            )
        };
        if !session.store_session_in_database {
            findings.push(broken(
                "Better Auth keeps its sessions in secondaryStorage alone, and session_table reads a table",
            ));
        } else if session.preserve_session_in_database {
            findings.push(broken("Better Auth's rows outlive their sessions (preserveSessionInDatabase): session_table accepts what has ended"));
        }
    }
    if in_use.contains(&StrategyKind::SecondaryStorage) {
        let ours = &config.kinds.secondary_storage;
        if !session.secondary_storage {
            findings.push(
                Finding::broken(
                    Area::Redis,
                    "Better Auth has no secondaryStorage: it keeps no session in Redis",
                )
                .key("strategies")
                .remedy("Use session_table instead of secondary_storage"),
            );
        }
        for (key, ours, theirs) in [
            ("store_session_in_database", ours.store_session_in_database, session.store_session_in_database),
            (
                "preserve_session_in_database",
                ours.preserve_session_in_database,
                session.preserve_session_in_database,
            ),
        ] {
            if ours != theirs {
                let key = format!("secondary_storage.{key}");
                findings.push(
                    Finding::broken(Area::Redis, format!("{key} = {ours}, and Better Auth has {theirs}"))
                        .expected(theirs.to_string())
                        .remedy(format!("Set {key} = {theirs}"))
                        .key(key),
                );
            }
        }
    }
    findings
}

fn cookie_cache(config: &Config, theirs: &CookieCache) -> Option<Finding> {
    if !config.depends_on(Dependency::CookieCache) {
        return None;
    }
    let (key, ours) = ("session_cookie_cache.version", &config.kinds.session_cookie_cache.version);
    if !theirs.enabled {
        return Some(
            Finding::warning(Area::Cookie, "Better Auth's cookie cache is off, so session_cookie_cache is never of use")
                .key("strategies")
                .remedy("Set session.cookieCache.enabled in Better Auth, or take session_cookie_cache out of strategies"),
        );
    }
    match &theirs.version {
        Some(version) if version == ours => None,
        Some(version) => Some(
            Finding::broken(Area::Cookie, format!("Better Auth's cookie cache has the version {version:?}"))
                .key(key)
                .expected(format!("{ours:?}"))
                .remedy(format!("Set {key} = {version:?}")),
        ),
        None => Some(
            Finding::warning(
                Area::Cookie,
                "a function makes the version of Better Auth's cookie cache: those of another than is configured here are passed over",
            )
            .key(key)
            .remedy("Give session.cookieCache.version a text, or take session_cookie_cache out of strategies"),
        ),
    }
}

/// The plugin jwt's own names.
fn other_names(config: &Config, theirs: &Names) -> Vec<Finding> {
    if !config.depends_on(Dependency::KeySet) {
        return Vec::new();
    }
    let jwt = &config.kinds.jwt;
    let issuers = theirs.issuer.iter().cloned().collect::<Vec<_>>();
    let audiences = theirs.audience.clone().unwrap_or_default();
    let mut findings = Vec::new();
    for (key, theirs, ours) in
        [("jwt.issuers", issuers, &jwt.issuers), ("jwt.audiences", audiences, &jwt.audiences)]
    {
        if !theirs.is_empty() && !theirs.iter().any(|name| ours.contains(name)) {
            findings.push(
                Finding::broken(Area::KeySet, format!("Better Auth's plugin jwt writes {theirs:?}"))
                    .key(key)
                    .expected(ours.join(" or "))
                    .remedy(format!("Set {key} = {theirs:?}")),
            );
        }
    }
    findings
}

/// The roles that proxies' callers have to have.
pub(super) fn required_roles(config: &Config) -> Vec<&str> {
    let required = config.forward_auth.profiles.iter().flat_map(|profile| &profile.require);
    required.filter_map(|requirement| requirement.text.strip_prefix("role:")).collect()
}

fn admins(config: &Config, theirs: &Admin) -> Vec<Finding> {
    let (key, required) = ("forward_auth.profiles", required_roles(config));
    let mut findings = Vec::new();
    if !theirs.admin_user_ids.is_empty() && !required.is_empty() {
        let found = format!(
            "{} users are admins by `adminUserIds` alone: no policy here sees that",
            theirs.admin_user_ids.len()
        );
        findings.push(
            Finding::warning(Area::Configuration, found)
                .key(key)
                .remedy("Give these users the role in Better Auth's table (admin/set-role) as well"),
        );
    }
    let known: Vec<_> = match &theirs.roles {
        Some(roles) => roles.keys().map(String::as_str).collect(),
        None => OWN_ROLES.to_vec(),
    };
    for role in required.into_iter().filter(|role| !known.contains(role)) {
        findings.push(
            Finding::warning(Area::Configuration, format!("Better Auth's admin plugin has no role {role:?}"))
                .key(key)
                .expected(known.join(", "))
                .remedy(format!(
                    "Require one of these roles, or add {role:?} to `roles` of the admin plugin"
                )),
        );
    }
    findings
}

fn hook(config: &Config, description: &Description) -> Option<Finding> {
    let (key, calls) = ("revocation.hook_secret", description.plugins.iter().any(|id| id == PLUGIN));
    match (config.revocation.hook_secret.is_some(), calls) {
        (true, false) => Some(
            Finding::warning(
                Area::Revocation,
                "the hook waits for Better Auth's plugin, which Better Auth does not have",
            )
            .key(key)
            .remedy("Add verifier() of the npm package better-auth-verifier to Better Auth's plugins"),
        ),
        (false, true) => Some(
            Finding::warning(Area::Revocation, "Better Auth's plugin calls a hook that is not there (404)")
                .key(key)
                .remedy(format!("Set {key} to the secret of the plugin")),
        ),
        _ => None,
    }
}
