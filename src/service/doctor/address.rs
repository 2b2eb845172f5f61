//! Whether Better Auth is where it should be, and what it calls itself.

use http::{StatusCode, header};
use reqwest::Url;

use super::{
    export,
    finding::{Area, Finding, Level},
    patient::Patient,
    site::{Answer, Site},
};
use crate::{
    config::{Config, Dependency, StrategyKind},
    outbound::OutboundError,
};

/// Base paths that deployments have.
const BASE_PATHS: [&str; 4] = ["/api/auth", "/auth", "/api", ""];
/// A name that nobody has (RFC 2606).
const NOBODY: &str = "doctor.invalid";

/// Whether it answers, and its answer. Nothing else can be asked of it where it does not.
pub async fn reach(patient: &Patient<'_>) -> (Vec<Finding>, Option<Answer>) {
    let site = &patient.site;
    let finding = match site.get("ok", &[]).await {
        Ok(answer) if answer.is_ok() => {
            let found = format!("Better Auth answers at {}", site.base());
            return (vec![Finding::fine(Area::Address, found).key("better_auth.url")], Some(answer));
        }
        Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
            Finding::unknown(Area::Address, format!("{} answers that it is asked too often", asked(site)))
                .remedy("Run doctor again in a minute")
        }
        Ok(answer) => misplaced(patient, &answer).await,
        Err(error) => unreachable(patient, &error).await,
    };
    let key = finding.key.unwrap_or_else(|| key(patient.config).to_owned());
    (vec![Finding { key: Some(key), ..finding }], None)
}

/// Whether it answers, and no more: nothing else is asked.
pub async fn answer(patient: &Patient<'_>) -> Option<Answer> {
    patient.site.get("ok", &[]).await.ok().filter(Answer::is_ok)
}

/// What it calls itself: it writes the origin into its tokens, unless its jwt plugin has names of its own. `judges_tokens` is whether
/// to conclude from it what stands in them: a token that could be tried says more.
pub async fn base_url(patient: &Patient<'_>, judges_tokens: bool) -> Vec<Finding> {
    let Some((url, _)) = own_name(&patient.site, None).await else {
        let found = "this Better Auth does not say what its baseURL is";
        return vec![Finding::unknown(Area::Address, found).key("better_auth.url")];
    };
    match own_name(&patient.site, Some(NOBODY)).await {
        Some((other, is_behind_proxy)) if other.host_str() == Some(NOBODY) => {
            return vec![follows_host(patient, is_behind_proxy).await];
        }
        _ => {}
    }
    let theirs = url.origin().ascii_serialization();
    let names = if judges_tokens && patient.config.depends_on(Dependency::KeySet) {
        token_names(patient.config, &theirs)
    } else {
        Vec::new()
    };
    let refuses = names.iter().any(|name| name.level == Level::Broken);
    [compare(patient.config, &theirs, refuses)].into_iter().chain(names).collect()
}

fn compare(config: &Config, theirs: &str, refuses: bool) -> Finding {
    let ours = config.better_auth.origin();
    if theirs == ours {
        let found = format!("Better Auth calls itself {theirs}, as better_auth.url does");
        return Finding::fine(Area::Address, found).key("better_auth.url");
    }
    let internal = config.better_auth.internal_url.origin().ascii_serialization();
    let internal = if internal == theirs {
        String::new()
    } else {
        format!(", with better_auth.internal_url = {internal:?} beside it,")
    };
    let level = if refuses { Level::Broken } else { Level::Warning };
    Finding::new(level, Area::Address, format!("Better Auth calls itself {theirs} (its baseURL)"))
        .key("better_auth.url")
        .expected(ours.clone())
        .remedy(format!(
            "Set better_auth.url (BETTER_AUTH_URL) = {theirs:?}{internal} or give Better Auth the baseURL {ours:?}: its tokens \
             name that address, its scheme decides what cookies are called, and its pages may use them"
        ))
}

/// The names in Better Auth's tokens that are not accepted. Where a person has chosen others, its plugin jwt may have been given
/// the same ones, also such as look like a slip: nobody can see that from outside.
fn token_names(config: &Config, theirs: &str) -> Vec<Finding> {
    let jwt = &config.kinds.jwt;
    let mut findings = Vec::new();
    for (key, names, claim) in
        [("jwt.issuers", &jwt.issuers, "iss"), ("jwt.audiences", &jwt.audiences, "aud")]
    {
        if names.iter().any(|name| name == theirs) {
            continue;
        }
        let is_chosen = config.chosen().any(|(chosen, _)| chosen == key);
        if is_chosen && export::names(config, key) {
            continue;
        }
        let is_slip = names.iter().any(|name| is_of_origin(name, theirs));
        let level = match (is_chosen, is_slip) {
            (false, _) => Level::Broken,
            (true, true) => Level::Warning,
            (true, false) => Level::Unknown,
        };
        let found = format!(
            "Better Auth writes `{claim}` {theirs:?} into its tokens, unless its plugin jwt names another"
        );
        let set = format!("Set {key} = [{theirs:?}], byte for byte: no slash and no path at the end");
        let remedy = if is_chosen {
            format!(
                "If its plugin jwt names {key} as it is here, do nothing. A live session cookie on standard input, or doctor.export, \
                 shows what it really writes. If it names nothing: {set}"
            )
        } else {
            format!("{set}. A live session cookie on standard input shows what it really writes")
        };
        findings.push(
            Finding::new(level, Area::KeySet, found).key(key).expected(names.join(" or ")).remedy(remedy),
        );
    }
    findings
}

fn is_of_origin(name: &str, origin: &str) -> bool {
    name.parse::<Url>().is_ok_and(|url| url.origin().ascii_serialization() == origin)
}

/// Whether JWTs of this issuer, which is their audience, too, are refused.
fn refuses(config: &Config, origin: &str) -> bool {
    let jwt = &config.kinds.jwt;
    let lists = |names: &[String]| names.iter().any(|name| name == origin);
    config.depends_on(Dependency::KeySet) && !(lists(&jwt.issuers) && lists(&jwt.audiences))
}

async fn follows_host(patient: &Patient<'_>, is_behind_proxy: bool) -> Finding {
    let config = patient.config;
    let expected = config.better_auth.origin();
    let key = "better_auth.url";
    let remedy =
        format!("Set BETTER_AUTH_URL={expected} for Better Auth's process, or `baseURL` in its options");
    if is_behind_proxy {
        let found = "Better Auth's redirects follow the header `Host`: it has no baseURL, or a proxy in between rewrites them";
        return Finding::unknown(Area::Address, found).key(key).remedy(format!(
            "Point better_auth.internal_url past the proxy and run doctor again. Without a baseURL: {remedy}"
        ));
    }
    let found = "Better Auth has no baseURL: what it calls itself follows the header `Host` of each request";
    // As those see it who come by the public address.
    let public = own_name(&patient.site, Some(config.better_auth.url.authority())).await;
    let public = public.map(|(url, _)| url.origin().ascii_serialization()).unwrap_or_default();
    let is_jwt = config.depends_on(Dependency::KeySet);
    let level = if refuses(config, &public) { Level::Broken } else { Level::Warning };
    let consequence = if is_jwt {
        ". Whoever has a session can get a token for any audience they like, and tokens that servers get by an internal \
         name are refused here"
    } else {
        ""
    };
    Finding::new(level, Area::Address, format!("{found}{consequence}"))
        .key(key)
        .expected(format!("a fixed baseURL, here {expected}"))
        .remedy(remedy)
}

/// Its baseURL, from where it leads those whose link to a new password is broken, and whether a proxy passed that on, which may
/// have rewritten it. It looks at no table for that.
async fn own_name(site: &Site, host: Option<&str>) -> Option<(Url, bool)> {
    let host = host.map(|host| (header::HOST, host));
    let answer = site.get_with("reset-password/doctor", &[("callbackURL", "")], host).await.ok()?;
    let location: Url = answer.location()?.parse().ok()?;
    location.path().ends_with("/error").then(|| (location, answer.is_by_proxy()))
}

/// Something answers, and it is not Better Auth.
async fn misplaced(patient: &Patient<'_>, answer: &Answer) -> Finding {
    let (site, config) = (&patient.site, patient.config);
    let found = format!("{} answers with {}", asked(site), answer.in_words());
    let finding = Finding::new(level(config), Area::Address, found).expected("200 with {\"ok\":true}");
    if let Some(location) = answer.location() {
        return finding.remedy(format!(
            "Point better_auth.internal_url (or better_auth.url) at where it leads to, {location}, without `/ok` and the base \
             path: this service follows no redirect, as it would carry credentials elsewhere"
        ));
    }
    if answer.status == StatusCode::INTERNAL_SERVER_ERROR {
        let host = site.base().authority();
        return finding.remedy(format!(
            "Look into Better Auth's log. Where its baseURL has `allowedHosts`, these have to list `{host}`, the host that \
             this service asks for"
        ));
    }
    if let Some(path) = other_base_path(patient).await {
        return finding
            .key("better_auth.base_path")
            .remedy(format!("Set better_auth.base_path = {path:?}: there Better Auth answers"));
    }
    finding.remedy(
        "Set better_auth.base_path to Better Auth's basePath, and better_auth.internal_url (or better_auth.url) to its own \
         address: another server answers here",
    )
}

/// The base path below which it does answer.
async fn other_base_path(patient: &Patient<'_>) -> Option<&'static str> {
    for path in BASE_PATHS {
        let mut url = patient.site.base().clone();
        url.set_path(&format!("{path}/ok"));
        if patient.site.get_url(&url).await.is_ok_and(|answer| answer.is_ok()) {
            return Some(path);
        }
    }
    None
}

async fn unreachable(patient: &Patient<'_>, error: &OutboundError) -> Finding {
    let site = &patient.site;
    let found = format!("{}: {error}", asked(site));
    let finding =
        Finding::new(level(patient.config), Area::Address, found).expected("200 with {\"ok\":true}");
    let base = site.base();
    let other = match base.scheme() {
        "https" => "http",
        _ => "https",
    };
    let with_scheme = format!("{other}://{}{}", base.authority(), base.path());
    if let Ok(with_scheme) = with_scheme.parse()
        && let Ok(other_site) = Site::new(&with_scheme, patient.clock)
        && other_site.get("ok", &[]).await.is_ok_and(|answer| answer.is_ok())
    {
        return finding.remedy(format!(
            "Write {other} instead of {} in {}: so it answers",
            base.scheme(),
            key(patient.config)
        ));
    }
    if error.to_string().contains("certificate") {
        return finding.remedy(
            "Let this machine trust the authority that has signed Better Auth's certificate (Debian: put it into \
             /usr/local/share/ca-certificates and run update-ca-certificates), and name Better Auth as the certificate does",
        );
    }
    let proxy = if patient.has_outgoing_proxy {
        ". HTTP_PROXY and HTTPS_PROXY are not used: this service goes straight to Better Auth"
    } else {
        ""
    };
    finding.remedy(format!(
        "Start Better Auth, or set better_auth.internal_url to where this machine reaches it (in a container `localhost` is \
         the container itself){proxy}"
    ))
}

/// What it would mean if nobody answered.
fn level(config: &Config) -> Level {
    let jwks = &config.kinds.jwt.jwks_url;
    let publishes =
        config.strategies.contains(&StrategyKind::Jwt) && *jwks == config.better_auth.endpoint("jwks");
    if publishes || config.depends_on(Dependency::BetterAuth) { Level::Broken } else { Level::Unknown }
}

/// The key that says where it is asked.
fn key(config: &Config) -> &'static str {
    let better_auth = &config.better_auth;
    let is_internal = better_auth.internal_url.origin() != better_auth.url.origin();
    if is_internal { "better_auth.internal_url" } else { "better_auth.url" }
}

fn asked(site: &Site) -> String {
    format!("{}/ok", site.base().as_str().trim_end_matches('/'))
}
