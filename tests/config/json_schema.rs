//! The JSON Schema beside the reader: it accepts what the reader accepts, and refuses what it refuses.
//!
//! [`compare`] sees every configuration of the other tests.

use std::{collections::BTreeSet, fs, path::Path, sync::LazyLock};

use better_auth_verifier::config::{Config, Fault, Faults, json_schema};
use boon::{Compiler, InstanceToken, SchemaIndex, Schemas, ValidationError};
use figment::{
    Profile, Provider,
    providers::{Format, Toml},
    value::Value,
};

use crate::{DEFAULTS, keys};

const COMMITTED: &str = "docs/config.schema.json";

/// What the reader refuses and no schema of a file can: a configuration, the key of its fault, a part of what is expected
/// there, and why.
const INEXPRESSIBLE: &[(&str, &str, &str, &str)] = &[
    (
        "strategies = ['session_table']",
        "better_auth.secret",
        "checks signatures",
        "secrets come from the environment",
    ),
    (
        "strategies = ['shared_secret']",
        "shared_secret.secret",
        "32 bytes (VERIFIER_SHARED_SECRET__SECRET)",
        "secrets come from the environment",
    ),
    (
        "strategies = ['secondary_storage']\nbetter_auth.secret = 'x'",
        "secondary_storage.url",
        "the Redis that Better Auth keeps its sessions in",
        "the environment has REDIS_URL",
    ),
    (
        "server.admin_listen = '0.0.0.0:9000'",
        "server.admin_token",
        "not on loopback",
        "secrets come from the environment",
    ),
    (
        "server.admin_listen = '127.0.0.1:9000'\nserver.admin_hosts = ['verifier.internal']",
        "server.admin_token",
        "as server.admin_hosts is set",
        "secrets come from the environment",
    ),
    (
        "server.admin_listen = '127.0.0.1:9000'\nserver.admin_token = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'",
        "server.admin_token",
        "at least 10 of them different",
        "a pattern cannot count different characters",
    ),
    (
        "forward_auth.profiles.a.assertion = 'api'\nassertion.issuer = 'https://a.example'",
        "assertion.secret",
        "as a profile of [forward_auth.profiles] has an assertion",
        "secrets come from the environment",
    ),
    (
        "forward_auth.profiles.a.assertion = 'api'\nassertion.secret = 'a secret of at least thirty-two bytes'",
        "assertion.issuer",
        "as a profile of [forward_auth.profiles] has an assertion",
        "the environment may name it",
    ),
    (
        "better_auth.url = 'http://auth.example'",
        "better_auth.url",
        "or better_auth.allow_insecure = true",
        "the environment may permit it, and only addresses on loopback need no permission",
    ),
    (
        "server.admin_listen = '127.0.0.1:8000'",
        "server.admin_listen",
        "another address than server.listen",
        "two keys are compared",
    ),
    ("jwt.max_stale = '5m'", "jwt.max_stale", "longer than jwt.refresh", "two keys are compared"),
    (
        "strategies = ['get_session']\nget_session.fallback = 'get_session'",
        "get_session.fallback",
        "another strategy than itself",
        "it counts only where the strategy is in use, be it as a fallback",
    ),
    (
        "strategies = ['get_session']\nget_session.fallback = 'session_table'\nbetter_auth.secret = 'x'\n\
         session_table.fallback = 'get_session'",
        "get_session.fallback",
        "no fallback itself",
        "two sections are compared",
    ),
    (
        "strategies = ['get_session']\nget_session.cache.max_age = '0s'\nget_session.stale_if_unavailable = '1m'",
        "get_session.stale_if_unavailable",
        "the cache is off",
        "two keys are compared",
    ),
    (
        "strategies = ['get_session']\nbetter_auth.secret = 'x'\nget_session.fallback = 'session_table'\n\
         get_session.stale_if_unavailable = '1m'",
        "get_session.stale_if_unavailable",
        "may have it",
        "two keys are compared",
    ),
    (
        "strategies = ['session_table']\nbetter_auth.secret = 'x'\nsession_table.columns = ['user.baned=b']",
        "session_table.columns",
        "user has none called",
        "names are those that Better Auth and [identity] give",
    ),
    (
        "strategies = ['session_table']\nbetter_auth.secret = 'x'\nsession_table.columns = ['user.id=a', 'user.id=b']",
        "session_table.columns",
        "not user.id twice",
        "a part of two texts is compared",
    ),
    (
        "strategies = ['session_table']\nbetter_auth.secret = 'x'\nsession_table.columns = ['session.mark=token']\n\
         identity.session_fields = ['mark']",
        "session_table.columns",
        "a session's token must not leave the service",
        "two sections are compared",
    ),
    (
        "strategies = ['session_table']\nbetter_auth.secret = 'x'\nsession_table.schema = 'auth'",
        "session_table.schema",
        "SQLite has no schemas",
        "two keys are compared",
    ),
    (
        "strategies = ['session_table']\nbetter_auth.secret = 'x'\nsession_table.table = 'auth.session'",
        "session_table.table",
        "SQLite has none",
        "two keys are compared",
    ),
    (
        "strategies = ['session_table']\nbetter_auth.secret = 'x'\nsession_table.schema = 'a'\n\
         session_table.database_url = 'postgres://localhost/app?schema=b'",
        "session_table.schema",
        "or nothing, as the address names that schema",
        "two keys are compared",
    ),
    (
        "strategies = ['secondary_storage']\nbetter_auth.secret = 'x'\nsecondary_storage.url = 'redis://localhost'\n\
         secondary_storage.preserve_session_in_database = true",
        "secondary_storage.preserve_session_in_database",
        "store_session_in_database = true beside it",
        "it counts only where the strategy is in use, be it as a fallback",
    ),
    (
        "better_auth.secrets = ['1:a', '1:b']",
        "better_auth.secrets",
        "each version once",
        "a part of two texts is compared",
    ),
    (
        "assertion.secret = 'a secret of at least thirty-two bytes'\nassertion.issuer = 'https://a.example'\n\
         forward_auth.profiles.a.assertion = 'api'\n\
         forward_auth.profiles.b = { assertion = 'api', require = ['verified_email'] }",
        "forward_auth.profiles.b.assertion",
        "another audience",
        "two entries are compared",
    ),
    (
        "forward_auth.profiles = { my-app = {}, my_app = {} }",
        "forward_auth.profiles.my_app",
        "both are MY_APP",
        "two names are compared",
    ),
    (
        "database.url = 'postgres://localhost/app?nonsense=on'",
        "database.url",
        "no parameter",
        "each driver has its own parameters",
    ),
    (
        "database.url = 'postgres://localhost/app?sslmode=on'",
        "database.url",
        "sslmode (a parameter)",
        "each driver has its own parameters",
    ),
];

/// Holds what the reader says of a text against what the schema says.
#[track_caller]
pub fn compare<T>(text: &str, read: &Result<T, Faults>) {
    let Some(file) = values(text) else { return };
    let complaint = complaint(&file);
    match (read, complaint) {
        (Ok(_), Some(complaint)) => panic!("the schema refuses what the reader accepts: {text}\n{complaint}"),
        (Err(Faults(faults)), None) => {
            let overlooked = faults.iter().find(|fault| !is_inexpressible(fault));
            assert_eq!(overlooked, None, "the schema accepts what the reader refuses: {text}");
        }
        _ => {}
    }
}

fn is_inexpressible(fault: &Fault) -> bool {
    let is_known = |key: &str, expected: &str| {
        // A rule about a key may be that of another, too.
        let is_general = [
            "checks signatures",
            "allow_insecure",
            "no fallback",
            "itself",
            "the cache is off",
            "may have it",
            "no parameter",
        ];
        (fault.key == key || is_general.iter().any(|words| expected.contains(words)))
            && fault.expected.contains(expected)
    };
    fault.origin.starts_with("environment variable")
        || INEXPRESSIBLE.iter().any(|(_, key, expected, _)| is_known(key, expected))
}

#[test]
fn what_it_cannot_express_is_known() {
    for (text, key, expected, reason) in INEXPRESSIBLE {
        let Faults(faults) = Config::from_toml(text).expect_err(text);
        let [fault] = &*faults else { panic!("{text}: {faults:?}") };
        assert!(fault.key == *key && fault.expected.contains(expected), "{text}: {fault}");
        assert_eq!(complaint(&values(text).expect(text)), None, "{text}: no longer true: {reason}");
    }
}

#[test]
fn the_committed_one_is_that_of_this_program() {
    let committed = fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(
        committed == json_schema(),
        "{COMMITTED} is stale. Write it anew, and look at the difference: cargo run -- schema >{COMMITTED}"
    );
    let named = DEFAULTS.lines().next().and_then(|line| line.strip_prefix("#:schema "));
    assert_eq!(named, Some(COMMITTED), "the first line of config.toml names it for editors");
}

#[test]
fn it_accepts_every_configuration_that_is_published() {
    let mut published = vec![("config.toml".to_owned(), DEFAULTS.to_owned())];
    for folder in [".", "docs", "examples"] {
        collect(Path::new(folder), folder != ".", &mut published);
    }
    let of_others = ["[dependencies]", "[dev-dependencies]", "# The documentation as a site"];
    let is_ours = |text: &str| !of_others.iter().any(|start| text.starts_with(start));
    let ours: Vec<_> = published.iter().filter(|(_, text)| is_ours(text)).collect();
    assert!(ours.len() > 10, "{}", ours.len());
    for (name, text) in ours {
        let values = values(text).unwrap_or_else(|| panic!("{name}: no TOML: {text}"));
        assert_eq!(complaint(&values), None, "{name}: {text}");
    }
}

/// The TOML files of a folder, and the blocks of TOML in its documents.
fn collect(folder: &Path, deep: bool, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let name = entry.display().to_string();
        match entry.extension().and_then(|end| end.to_str()) {
            Some("toml") if deep => found.push((name, fs::read_to_string(&entry).expect("a file"))),
            Some("md") => {
                let text = fs::read_to_string(&entry).expect("a file");
                let blocks = text.split("```toml\n").skip(1);
                found.extend(
                    blocks.map(|block| {
                        (name.clone(), block.split("```").next().unwrap_or_default().to_owned())
                    }),
                );
            }
            _ if deep && entry.is_dir() && !name.ends_with("node_modules") => collect(&entry, deep, found),
            _ => {}
        }
    }
}

#[test]
fn it_says_of_each_value_what_the_reader_says() {
    let mut differences = Vec::new();
    for probe in PROBES {
        // All keys at once: each fault names its own.
        let line = |(key, default): (String, Value)| match default {
            Value::Array(..) if !probe.starts_with(['[', '{']) => format!("{key} = [{probe}]\n"),
            _ => format!("{key} = {probe}\n"),
        };
        let text: String = keys::every_key().into_iter().map(line).collect();
        let faults = Config::from_toml(&text).map_or_else(|Faults(faults)| faults, |_| vec![]);
        let refused = refused_keys(&values(&text).expect("TOML"));
        let expressible =
            faults.iter().filter(|fault| !is_inexpressible(fault) && !refused.contains(&fault.key));
        differences.extend(expressible.map(|fault| format!("{probe}: accepted {fault}")));
        let accepted = refused.into_iter().filter(|key| faults.iter().all(|fault| fault.key != *key));
        let odd = |key: &String| ODD.iter().any(|(end, of, _)| key.ends_with(end) && of == probe);
        differences.extend(accepted.filter(|key| !odd(key)).map(|key| format!("{probe}: refused {key}")));
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Values of every type, each tried for every key.
const PROBES: &[&str] = &[
    "true",
    "0",
    "1",
    "-1",
    "1.5",
    "4294967295",
    "4294967296",
    "[]",
    "{}",
    "[1]",
    "['jwt', 'jwt']",
    "''",
    "' '",
    "'a b'",
    "'x'",
    "'ü'",
    "'0'",
    "'0s'",
    "'1s'",
    "'9s'",
    "'10s'",
    "'60s'",
    "'61s'",
    "'1m'",
    "'2m'",
    "'59m'",
    "'1h'",
    "'1h 30m'",
    "'1.5h'",
    "'500ms'",
    "'1 hour'",
    "'365d'",
    "'366d'",
    "'52w'",
    "'53w'",
    "'11M'",
    "'12M'",
    "'1y'",
    "'1000y'",
    "'s'",
    "'1x'",
    "'1MiB'",
    "'0MiB'",
    "'1.5 kb'",
    "'64'",
    "'127.0.0.1'",
    "'127.0.0.1:8000'",
    "'256.0.0.1:80'",
    "'[::1]:65535'",
    "'[::1]:65536'",
    "'::1'",
    "'10.0.0.0/8'",
    "'10.0.0.0/33'",
    "'fd00::/8'",
    "'fd00::/129'",
    "'::ffff:10.0.0.0/104'",
    "'localhost'",
    "'localhost:80'",
    "'a.example'",
    "'*.example'",
    "'https://a.example'",
    "'https://a.example/'",
    "'https://a.example:8443/b'",
    "'https://A.example'",
    "'https://a.example:443'",
    "'https://me@a.example'",
    "'https://a.example?b'",
    "'https://a.example#b'",
    "'ftp://a.example'",
    "'https://*.example'",
    "'//a'",
    "'/a/b'",
    "'/a?b'",
    "'a@b.example'",
    "'a@b@c'",
    "'redis://localhost'",
    "'rediss://me:x@h:1/2'",
    "'redis://h/#insecure'",
    "'redis:'",
    "'unix:/run/a'",
    "'postgres://me:x@localhost/app'",
    "'postgres://h1,h2/app'",
    "'postgres:app'",
    "'postgres://a/b@c'",
    "'mysql://localhost/a'",
    "'sqlite:a.db'",
    "'sqlite://a.db?mode=rwc'",
    "'a.db'",
    "':memory:'",
    "'libsql://a'",
    "'odbc://a'",
    "'jdbc:postgresql://localhost/a'",
    "'jwt'",
    "'session_table'",
    "'get_session'",
    "'EdDSA'",
    "'Ed25519'",
    "'ES256'",
    "'ES384'",
    "'HS256'",
    "'camelCase'",
    "'snake_case'",
    "'UTC'",
    "'Europe/Berlin'",
    "'europe/berlin'",
    "'+02:00'",
    "'text'",
    "'json'",
    "'info'",
    "'INFO'",
    "'loud'",
    "'info,poem=debug'",
    "'poem=loud'",
    "'authorization'",
    "'X-Auth-Assertion'",
    "'CF-Connecting-IP'",
    "'Cookie'",
    "'verified_email'",
    "'verified_email:x'",
    "'role:admin'",
    "'role:'",
    "'role: a'",
    "'role:a,b'",
    "'fresh:1h'",
    "'fresh:0s'",
    "'fresh:500ms'",
    "'fresh:1m 30s'",
    "'fresh'",
    "'session.token=t'",
    "'user.email='",
    "'account.id=x'",
    "'plan'",
    "'plan:number'",
    "'plan:text'",
    "'token'",
    "'token:json'",
    "'1:secret'",
    "'1:'",
    "'x:secret'",
    "'1:better-auth-secret-12345678901234567890'",
    "'better-auth-secret-12345678901234567890'",
    "'thirty-one-bytes-are-too-little'",
    "'a-secret-of-at-least-thirty-two-bytes'",
    "'a secret of at least thirty-two bytes'",
    "'whsec_AAAA'",
    "'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
    "'whsec_not base64 at all, but long enough'",
];

/// What a file of this text holds, as editors see it; nothing where it is not TOML.
fn values(text: &str) -> Option<serde_json::Value> {
    let values = Toml::string(text).data().ok()?.remove(&Profile::Default).unwrap_or_default();
    Some(serde_json::to_value(values).expect("TOML fits into JSON"))
}

/// What the schema says is wrong with it.
fn check(file: &serde_json::Value) -> Option<ValidationError<'static, '_>> {
    static SCHEMA: LazyLock<(Schemas, SchemaIndex)> = LazyLock::new(|| {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        let schema = serde_json::from_str(&json_schema()).expect("JSON");
        compiler.add_resource(COMMITTED, schema).expect("a schema");
        let index = compiler.compile(COMMITTED, &mut schemas).unwrap_or_else(|fault| panic!("{fault:#}"));
        (schemas, index)
    });
    let (schemas, index) = &*SCHEMA;
    schemas.validate(file, *index).err()
}

fn complaint(file: &serde_json::Value) -> Option<String> {
    check(file).map(|error| format!("{error:#}"))
}

/// The keys whose values it refuses.
fn refused_keys(file: &serde_json::Value) -> BTreeSet<String> {
    fn collect(error: &ValidationError<'_, '_>, keys: &mut BTreeSet<String>) {
        if error.causes.is_empty() {
            let names = error.instance_location.tokens.iter().filter_map(|token| match token {
                InstanceToken::Prop(name) => Some(&**name),
                InstanceToken::Item(_) => None,
            });
            keys.insert(names.collect::<Vec<_>>().join("."));
        }
        error.causes.iter().for_each(|cause| collect(cause, keys));
    }
    let mut keys = BTreeSet::new();
    if let Some(error) = check(file) {
        collect(&error, &mut keys);
    }
    keys
}

/// Where it refuses what the reader accepts, and why nobody minds: the end of a key, the value, the reason.
const ODD: &[(&str, &str, &str)] = &[("log.level", "'ü'", "a module of Rust has a name in ASCII")];
