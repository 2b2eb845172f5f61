//! What the value of each key looks like.

use figment::value::Value;
use http::HeaderName;
use serde_json::{Map, Value as Json, json};

use super::duration;
use crate::{
    Algorithm,
    better_auth::tables::TimeZone,
    config::{
        Assertion, LogFormat, StrategyKind, admin, assertion, cookie_name, kinds, requirement, secrets,
    },
    revocation::HookSecret,
    strategy::MIN_SECRET,
};

/// The type of a value, and what else the reader wants of it.
///
/// # Panics
///
/// Where the key is not known here: a test asks for each.
pub(super) fn of(key: &str, default: &Value) -> Map<String, Json> {
    let form = match default {
        Value::Bool(..) => json!({ "type": "boolean" }),
        Value::Num(..) => {
            // Zero is permitted where it stands for something.
            let least = i32::from(default.to_i128() != Some(0));
            json!({ "type": "integer", "minimum": least, "maximum": u32::MAX })
        }
        Value::Array(..) => json!({ "type": "array", "items": typed(&text(key)) }),
        _ => typed(&text(key)),
    };
    let mut form = form.as_object().cloned().expect("an object");
    if key == "strategies" {
        form.extend([("minItems".to_owned(), json!(1)), ("uniqueItems".to_owned(), json!(true))]);
    }
    form
}

fn typed(form: &Json) -> Json {
    let mut typed = Map::from_iter([("type".to_owned(), json!("string"))]);
    typed.extend(form.as_object().cloned().expect("an object"));
    Json::Object(typed)
}

fn text(key: &str) -> Json {
    let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
    match (section, name) {
        ("", "strategies") => one_of(StrategyKind::ALL.iter().map(|kind| kind.name())),
        (_, "fallback") => optional(one_of(StrategyKind::fallbacks().map(StrategyKind::name))),
        ("jwt", "algorithms") => {
            one_of(Algorithm::ALL.iter().map(|algorithm| algorithm.name()).chain(["Ed25519"]))
        }
        ("assertion", "algorithm") => {
            one_of(Assertion::ALGORITHMS.into_iter().map(Algorithm::name).chain(["Ed25519"]))
        }
        ("session_table", "naming") => one_of(["camelCase", "snake_case"]),
        ("session_table", "time_zone") => one_of(TimeZone::names()),
        ("log", "format") => one_of(LogFormat::NAMES),
        ("log", "level") => log_level(),

        ("server", "listen") => socket(),
        ("server", "admin_listen") => optional(socket()),
        ("server", "trusted_proxies") => network(),
        ("server", "admin_hosts") => json!({
            "pattern": format!(r"^([A-Za-z0-9!$&'()+,;=_.~-]+|\[{IPV6}\])$"),
            "not": { "pattern": r"^\d+$" },
        }),
        ("better_auth", "url") => endpoint(),
        ("better_auth", "internal_url") | ("jwt", "jwks_url") | ("docs.contact", "url") => {
            optional(endpoint())
        }
        ("docs", "servers") => pattern(format!(r"^https?://[A-Za-z0-9._\[\]:-]+{PATH}$")),
        ("docs.contact", "email") => optional(pattern(r"^[^@\s]+@[^@\s]+$")),
        ("assertion", "issuer") => optional(pattern(format!(r"^https?://{HOST}(/[^?#\s]*[^?#\s/])?$"))),
        ("better_auth", "base_path") => pattern(r"^/[^?#\s]*$"),
        ("better_auth", "trusted_origins") | ("cors", "origins") => origin(),
        ("database", "url") => address(),
        ("session_table", "database_url") => optional(address()),
        ("secondary_storage", "url") => optional(redis()),

        ("better_auth", "cookie_prefix") => pattern(cookie_name::PATTERN),
        (_, "cookie_name") => optional(pattern(cookie_name::PATTERN)),
        ("get_session", "client_address_header") => json!({
            "pattern": cookie_name::PATTERN,
            "not": { "pattern": format!("^({})$", any_case(kinds::get_session::OTHERS.iter().map(HeaderName::as_str))) },
        }),
        (_, "assertion_header") => {
            pattern(format!("^({})$", any_case(["X-Auth-Assertion", "Authorization"])))
        }
        (_, "require") => pattern(format!("^({})$", requirement::patterns().join("|"))),
        ("forward_auth.profiles.NAME", "assertion") => pattern(r"^\S*$"),
        ("identity", "user_fields") => field(),
        ("identity", "session_fields") => {
            json!({ "allOf": [field(), { "not": { "pattern": r"^\s*token\s*(:|$)" } }] })
        }
        ("session_table", "columns") => pattern(r"^\s*(session|user)\.\s*[^\s=][^=]*=[^\S]*\S"),

        ("better_auth", "secret") => json!({ "not": { "const": secrets::BUILT_IN_SECRET } }),
        ("better_auth", "secrets") => json!({
            "pattern": r"^\s*\+?\d+\s*:\s*\S",
            "not": { "pattern": format!(r":\s*{}\s*$", secrets::BUILT_IN_SECRET) },
        }),
        ("server", "admin_token") => optional(pattern(format!("^[!-~]{{{},}}$", admin::MIN_TOKEN))),
        ("assertion", "secret") => optional(secret(assertion::MIN_SECRET)),
        ("shared_secret", "secret") => optional(secret(MIN_SECRET)),
        ("shared_secret", "older_secrets") => secret(MIN_SECRET),
        ("revocation", "hook_secret") => optional(hook_secret()),

        ("server", "max_body") | ("rate_limit.pages", "size") => size(),
        ("jwt", "max_lifetime") | (_, "stale_if_unavailable") => optional(duration::positive()),
        (_, "max_age") | ("server", "drain") | ("jwt", "leeway") => duration::any(),
        ("shared_secret", "leeway") => duration::at_most_a_minute(),
        ("shared_secret", "access_lifetime" | "refresh_lifetime") => duration::at_least_a_second(),
        ("assertion", "lifetime") => duration::of_an_assertion(),
        ("assertion", "rotate_after") => duration::at_least_an_hour(),
        ("server", "header_timeout" | "request_timeout") | ("jwt", "cooldown" | "refresh" | "max_stale") => {
            duration::positive()
        }
        (_, "timeout" | "window") => duration::positive(),

        ("session_cookie_cache", "version") | ("session_table", "table" | "user_table") => {
            json!({ "minLength": 1 })
        }
        ("jwt", "issuers" | "audiences")
        | ("session_table", "schema")
        | ("secondary_storage", "key_prefix")
        | ("shared_secret", "issuer" | "audience")
        | ("docs.contact", "name")
        | ("doctor", "export") => json!({}),
        _ => panic!("{key} needs a form in src/config/json_schema/form.rs"),
    }
}

/// Whose octets are from 0 to 255.
const IPV4: &str = r"((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)";
const IPV6: &str = r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]+";
const PORT: &str = r"0*(6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]\d{4}|\d{1,4})";
const HOST: &str = r"[^/?#@\s]+";
const PATH: &str = r"(/[^?#\s]*)?";

fn pattern(pattern: impl Into<String>) -> Json {
    json!({ "pattern": pattern.into() })
}

fn optional(form: Json) -> Json {
    json!({ "anyOf": vec![json!({ "const": "" }), form] })
}

fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> Json {
    json!({ "enum": names.into_iter().collect::<Vec<_>>() })
}

/// A pattern of names whose letters may be small or capital.
fn any_case<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let letter = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' => format!("[{}{}]", letter.to_ascii_uppercase(), letter.to_ascii_lowercase()),
        other => other.to_string(),
    };
    let names = names.into_iter().map(|name| name.chars().map(letter).collect::<String>());
    names.collect::<Vec<_>>().join("|")
}

fn socket() -> Json {
    pattern(format!(r"^({IPV4}|\[{IPV6}(%\d+)?\]):{PORT}$"))
}

/// IPv4 inside IPv6 is one address, and no network.
fn network() -> Json {
    json!({
        "pattern": format!(r"^({IPV4}(/(3[0-2]|[12]?\d))?|{IPV6}(/(12[0-8]|1[01]\d|[1-9]?\d))?)$"),
        "not": { "pattern": "^::[Ff]{4}:.*/" },
    })
}

fn endpoint() -> Json {
    pattern(format!("^https?://{HOST}{PATH}$"))
}

/// As browsers write it: without the port that the scheme has anyway.
fn origin() -> Json {
    json!({
        "pattern": r"^[a-z][a-z0-9+.-]*://[^/?#@*\sA-Z]+$",
        "not": { "pattern": "^(http://.*:80|https://.*:443)$" },
    })
}

/// What parameters an address may have, the reader knows: they are many.
fn address() -> Json {
    let server = r"//([^/?#@]*@)?[^/?#@,]*(/[^?#@]*)?(\?[^#]*)?";
    let driver = r"(\+\w+)?";
    pattern(format!(
        r"^((jdbc:)?(postgres|postgresql|pgsql|psql|mysql|mysql2|mariadb){driver}:{server}|(jdbc:)?(sqlite3?{driver}|file):.+|:memory:|\.{{0,2}}/.+|[^:?]+\.(db|db3|sqlite|sqlite3)(\?.*)?)$"
    ))
}

/// With a fragment the driver would pass over certificates.
fn redis() -> Json {
    pattern(format!(
        r"^((rediss?|valkeys?)://([^/?#@]*@)?(\[{IPV6}\]|[^/?#@:]+)(:{PORT})?(/\d*)?(\?[^#]*)?|((redis|valkey)\+)?unix:[^#]+)$"
    ))
}

fn field() -> Json {
    pattern(r"^\s*\w+\s*(:\s*(string|number|boolean|date|json)\s*)?$")
}

/// A word alone is a level; a filter has more.
fn log_level() -> Json {
    let level = any_case(["off", "error", "warn", "info", "debug", "trace"]) + "|[0-5]";
    let directive = format!(r"([\w:-][^,=\[\]]*)?(\[[^\]]*\])?(=({level})?)?");
    json!({ "anyOf": [
        { "pattern": format!("^({level})$") },
        {
            "pattern": format!(r"^{directive}(,\s*{directive})*$"),
            "not": { "pattern": "^[A-Za-z]*$" },
        },
    ] })
}

/// At least so many bytes. Letters beyond ASCII have up to four, which no pattern counts.
fn secret(bytes: usize) -> Json {
    json!({
        "minLength": bytes.div_ceil(4),
        "not": { "pattern": format!(r"^[\x00-\x7F]{{0,{}}}$", bytes - 1) },
    })
}

fn hook_secret() -> Json {
    let (prefix, least) = (HookSecret::PREFIX, HookSecret::MIN_BYTES);
    let encoded = least.div_ceil(3) * 4;
    json!({ "anyOf": [
        { "pattern": format!("^{prefix}([A-Za-z0-9+/]{{{encoded},}}={{0,2}})$") },
        { "allOf": [secret(least), { "not": { "pattern": format!("^{prefix}") } }] },
    ] })
}

/// A number of bytes, or of a unit, and not zero.
fn size() -> Json {
    json!({ "allOf": [
        { "pattern": r"^(\d+|\d+(\.\d*)?\s*([KMGTPEkmgtpe]([Ii]?[Bb])?|[KMGTPEkmgtpe][Ii]|[Bb]))$" },
        { "pattern": "[1-9]" },
    ] })
}
