//! `explain` on what real Better Auth servers issued, and on what is broken in one way each.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::parts::{canned::Canned, service::Setup};

#[path = "../core/parts/vector.rs"]
mod vector;

use self::vector::text;

/// A vector and its explanation.
struct Case {
    name: String,
    setup: Setup,
    input: String,
    at: String,
    /// Tokens and secrets: nothing of these may be printed.
    hidden: Vec<String>,
    _better_auth: Canned,
}

/// How a vector is broken, and what names the cause: the cause, the check that fails, words of the meaning.
struct Broken {
    how: &'static str,
    cause: &'static str,
    check: Option<&'static str>,
    words: &'static str,
}

impl Case {
    /// With the strategy that reads the vector, and all that belongs to it.
    fn of(name: &str, vector: &Value, part: &str, input: String, how: &str) -> Self {
        let later = match how {
            "ended" => TimeDelta::days(30),
            _ => TimeDelta::zero(),
        };
        let at = text(vector, "/now").parse::<DateTime<Utc>>().expect("a date") + later;
        let (jwks, session) = match how {
            "key withdrawn" => (keys_of_another(vector), Value::Null),
            "signed out" => (Value::Null, Value::Null),
            _ => (vector["jwks"].clone(), vector["getSession"].clone()),
        };
        let better_auth = Canned::start(&jwks, &session);
        let kind = match (text(vector, "/kind"), how) {
            (_, "no reader") => "shared_secret",
            ("jwt", _) => "jwt",
            ("session-cookie", _) => "get_session",
            _ => "session_cookie_cache",
        };
        let url =
            if how == "another issuer" { "https://auth.example.test:8443" } else { text(vector, "/baseURL") };
        let secret = if how == "another secret" {
            "hunter2-swordfish-hunter2-swordfish"
        } else {
            text(vector, "/secret")
        };
        let version = vector.pointer("/payload/version").and_then(Value::as_str).unwrap_or("1");
        let version = if how == "another version" { "9" } else { version };
        let alg = if how == "another algorithm" {
            "ES384"
        } else {
            vector.pointer("/header/alg").and_then(Value::as_str).unwrap_or("EdDSA")
        };
        let mut setup = Setup::bare()
            .config(&format!("strategies = ['{kind}']"))
            .config(&format!("better_auth.url = '{url}'"))
            .config("better_auth.allow_insecure = true")
            .config(&format!("better_auth.internal_url = '{}'", better_auth.url()))
            .config(&format!("better_auth.secret = '{secret}'"))
            .config(&format!("session_cookie_cache.version = '{version}'"))
            .config("shared_secret.secret = 'a-shared-secret-of-the-tests-0123456789'")
            .config(&format!("jwt.algorithms = ['{alg}']"));
        if let Some(older) = vector.pointer("/secrets/1/value").and_then(Value::as_str) {
            setup = setup.config(&format!("better_auth.secrets = ['2:{secret}', '1:{older}']"));
        }
        let hidden =
            ["/token", "/sessionCookie/token", "/secret", "/secrets/1/value", "/rotated/sessionCookie/token"];
        let hidden = hidden.iter().filter_map(|at| vector.pointer(at)?.as_str());
        let mut hidden: Vec<_> = hidden.map(str::to_owned).collect();
        for at in ["/sessionCookie/wire", "/wire", "/token"] {
            let Some(token) = vector.pointer(at).and_then(Value::as_str) else { continue };
            // The signature, and that of a JWT.
            hidden.extend(token.rsplit_once('.').map(|(_, signature)| signature[..20].to_owned()));
        }
        Self {
            name: format!("{name}{part}, {how}"),
            setup,
            input,
            at: at.to_rfc3339(),
            hidden,
            _better_auth: better_auth,
        }
    }

    /// What `explain` says, as JSON, and that it says the same to people.
    fn explain(self) -> (String, Value) {
        let setup = self.setup.stdin(&self.input);
        let json = setup.run(&["explain", "--json", "--at", &self.at]);
        let explanation: Value = serde_json::from_str(&json.expect_code(0).stdout).expect("JSON");
        let said = setup.run(&["explain", "--at", &self.at]);
        let said = said.expect_code(0);
        let verdict = explanation["verdict"]["outcome"].as_str().expect("an outcome");
        assert!(
            said.stdout.contains(&format!("Verdict                {verdict}")),
            "{}: {said:?}",
            self.name
        );
        for hidden in &self.hidden {
            for output in [&json.stdout, &json.stderr, &said.stdout, &said.stderr] {
                assert!(!output.contains(hidden), "{}: {hidden}: {output}", self.name);
            }
        }
        (self.name, explanation)
    }
}

/// The key set of another server.
fn keys_of_another(vector: &Value) -> Value {
    let others = vector::all("jwt").into_iter().map(|(_, other)| other["jwks"].clone());
    let mut others = others;
    others.find(|jwks| *jwks != vector["jwks"]).expect("another")
}

/// The Cookie line of a vector, or of the part of it at `at`.
fn cookies(part: &Value) -> String {
    let session = part.get("sessionCookie").unwrap_or(part);
    let mut all = vec![format!("{}={}", text(session, "/cookieName"), text(session, "/wire"))];
    let caches = part["cookies"].as_array().into_iter().flatten();
    all.extend(caches.map(|cookie| format!("{}={}", text(cookie, "/name"), text(cookie, "/value"))));
    format!("Cookie: {}", all.join("; "))
}

/// The text with another letter in the middle of its signature.
fn forged(token: &str) -> String {
    changed_at(token, token.rfind('.').expect("a signature") + 10)
}

/// The Cookie line with another letter in the cache.
fn changed_cache(part: &Value) -> String {
    let line = cookies(part);
    changed_at(&line, line.rfind("session_data").expect("a cache") + 200)
}

fn changed_at(text: &str, at: usize) -> String {
    let is_it = |changed: &String| changed[..at] == text[..at] && changed[at..].starts_with(['A', 'B']);
    vector::changed(text).find(is_it).expect("another letter")
}

#[track_caller]
fn expect(case: Case, expected: &Broken) {
    let (name, said) = case.explain();
    let verdict = &said["verdict"];
    assert_eq!(verdict["cause"], expected.cause, "{name}: {said:#}");
    let failed: Vec<_> =
        said["steps"].as_array().expect("steps").iter().filter(|step| step["outcome"] == "failed").collect();
    if let Some(check) = expected.check {
        let step =
            failed.iter().find(|step| step["what"] == check).unwrap_or_else(|| panic!("{name}: {said:#}"));
        assert!(step["found"].is_string() && step["expected"].is_string(), "{name}: {step}");
    }
    assert!(verdict["meaning"].as_str().expect("a meaning").contains(expected.words), "{name}: {said:#}");
    assert!(!verdict["remedies"].as_array().expect("remedies").is_empty(), "{name}: {said:#}");
}

#[track_caller]
fn expect_verified(case: Case, strategy: &str) {
    let (name, said) = case.explain();
    assert_eq!(
        (&said["verdict"]["outcome"], &said["verdict"]["status"]),
        (&"verified".into(), &200.into()),
        "{name}: {said:#}"
    );
    assert_eq!(said["verdict"]["strategy"], strategy, "{name}");
    assert!(said["identity"]["userId"].is_string(), "{name}: {said:#}");
    let steps = said["steps"].as_array().expect("steps");
    assert!(!steps.is_empty() && steps.iter().all(|step| step["outcome"] != "failed"), "{name}: {said:#}");
}

#[test]
fn jwts_of_every_algorithm() {
    const BROKEN: [Broken; 6] = [
        Broken {
            how: "forged",
            cause: "bad-signature",
            check: Some("signature"),
            words: "signature of the token is wrong",
        },
        Broken { how: "ended", cause: "expired", check: Some("validity"), words: "has expired" },
        Broken {
            how: "another issuer",
            cause: "wrong-issuer",
            check: Some("issuer"),
            words: "port 443 for 8443",
        },
        Broken {
            how: "key withdrawn",
            cause: "unknown-key",
            check: Some("key in the published key set"),
            words: "not among the published",
        },
        Broken {
            how: "another algorithm",
            cause: "algorithm-not-allowed",
            check: Some("algorithm"),
            words: "only ES384 is accepted",
        },
        Broken {
            how: "no reader",
            cause: "unclaimed",
            check: None,
            words: "as Better Auth's jwt plugin signs them",
        },
    ];
    let vectors = vector::all("jwt");
    assert!(vectors.len() >= BROKEN.len());
    for ((file, vector), broken) in vectors.iter().zip(BROKEN.iter().cycle()) {
        let token = text(vector, "/token");
        expect_verified(Case::of(file, vector, "", token.to_owned(), "as it is"), "jwt");
        let input = if broken.how == "forged" { forged(token) } else { token.to_owned() };
        expect(Case::of(file, vector, "", format!("Authorization: Bearer {input}\r\n"), broken.how), broken);
    }
}

#[test]
fn session_cookies() {
    const BROKEN: [Broken; 4] = [
        Broken {
            how: "forged",
            cause: "bad-signature",
            check: Some("signature of the session token"),
            words: "signed it with another secret",
        },
        Broken {
            how: "signed out",
            cause: "unknown-session",
            check: Some("session at Better Auth"),
            words: "no such session",
        },
        Broken { how: "ended", cause: "expired", check: Some("end of the session"), words: "has expired" },
        Broken {
            how: "another secret",
            cause: "bad-signature",
            check: Some("signature of the session token"),
            words: "another secret",
        },
    ];
    let vectors = vector::all("session-cookie");
    assert!(vectors.len() >= BROKEN.len());
    for ((file, vector), broken) in vectors.iter().zip(BROKEN.iter().cycle()) {
        expect_verified(Case::of(file, vector, "", cookies(vector), "as it is"), "get_session");
        expect_verified(
            Case::of(file, vector, "", text(vector, "/setAuthToken").into(), "as it is"),
            "get_session",
        );
        let input = if broken.how == "forged" {
            format!("{}={}", text(vector, "/cookieName"), forged(text(vector, "/wire")))
        } else {
            cookies(vector)
        };
        expect(Case::of(file, vector, "", input, broken.how), broken);
    }
}

#[test]
fn cookie_caches_of_every_form() {
    let mut vectors = vector::all("cookie-cache");
    vectors.extend(vector::all("session-cache-jwt"));
    for (at, (file, vector)) in vectors.iter().enumerate() {
        expect_verified(Case::of(file, vector, "", cookies(vector), "as it is"), "session_cookie_cache");
        let is_jwe = vector["form"] == "jwe";
        let is_published = vector["form"] == "jwks";
        let broken = match at % 5 {
            0 => Broken {
                how: "ended",
                cause: "unclaimed",
                check: Some("end of the cookie cache"),
                words: "counts as absent",
            },
            1 => Broken {
                how: "another version",
                cause: "unclaimed",
                check: Some("version of the cookie cache"),
                words: "expected \"9\"",
            },
            2 if is_jwe => Broken {
                how: "changed",
                cause: "bad-signature",
                check: Some("form of the cookie cache"),
                words: "",
            },
            2 => Broken {
                how: "another secret",
                cause: "bad-signature",
                check: Some("signature of the session token"),
                words: "another secret",
            },
            3 => Broken {
                how: "of another session",
                cause: "another-session",
                check: Some("cookie cache of this session token"),
                words: "another session",
            },
            _ if is_published => Broken {
                how: "key withdrawn",
                cause: "unknown-key",
                check: Some("key in the published key set"),
                words: "",
            },
            _ => Broken {
                how: "another secret",
                cause: "bad-signature",
                check: Some("signature of the session token"),
                words: "another secret",
            },
        };
        let input = match broken.how {
            "changed" => changed_cache(vector),
            "of another session" => beside_another_session(vector),
            _ => cookies(vector),
        };
        expect(Case::of(file, vector, "", input, broken.how), &broken);
    }
}

/// The cache of a vector beside a session cookie of a made-up session, signed with the same secret.
fn beside_another_session(vector: &Value) -> String {
    let token = crate::parts::auth::signed_with(text(vector, "/secret"), "AnotherTokenAnotherTokenAnotherT");
    let line = cookies(vector);
    let (_, caches) = line.split_once("; ").expect("a cache");
    let encoded = token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("Cookie: {}={encoded}; {caches}", text(vector, "/sessionCookie/cookieName"))
}

#[test]
fn what_an_older_secret_signed() {
    let rotated =
        vector::all("cookie-cache").into_iter().filter(|(_, vector)| vector.get("rotated").is_some());
    let mut seen = 0;
    for (file, vector) in rotated {
        seen += 1;
        let input = cookies(&vector["rotated"]);
        let broken = Broken {
            how: "before the change",
            cause: "bad-signature",
            check: Some("signature of the session token"),
            words: "An older secret of yours",
        };
        expect(Case::of(&file, &vector, ", rotated", input, broken.how), &broken);
    }
    assert!(seen >= 3);
}

#[test]
fn a_cookie_cache_alone_is_no_credential() {
    for (file, vector) in vector::all("session-cache-jwt") {
        let broken = Broken {
            how: "alone",
            cause: "unclaimed",
            check: None,
            words: "cookie cache (session_data) alone",
        };
        expect(Case::of(&file, &vector, "", text(&vector, "/token").into(), broken.how), &broken);
    }
    for (file, vector) in vector::all("cookie-cache") {
        let Some(value) = vector.pointer("/cookies/0/value").and_then(Value::as_str) else { continue };
        if vector["cookies"].as_array().is_some_and(|cookies| cookies.len() > 1) || vector["form"] == "jwt" {
            continue;
        }
        let broken = Broken {
            how: "alone",
            cause: "unclaimed",
            check: None,
            words: "cookie cache (session_data) alone",
        };
        expect(Case::of(&file, &vector, "", value.into(), broken.how), &broken);
    }
}
