//! What operators have looked at on their listener: a credential (`POST /explain`), and the whole service (`POST /doctor`).

use chrono::Utc;
use serde_json::Value;

use crate::parts::{
    auth::{ANN, EXPIRED, SECRET, bearer, signed, signed_with},
    client::{Answer, Ask, ask, get},
    fake::BetterAuth,
    service::{Service, Setup},
};

const TOKEN: &str = "an-admin-token-of-the-tests-0123456789";
const PATHS: [&str; 2] = ["/explain", "/doctor"];
/// Nobody's session, signed as Better Auth signs.
const UNKNOWN: &str = "NobodysTokenNobodysTokenNobodysT";

fn paste(text: &str) -> Ask {
    ask("POST", "/explain").body("text/plain;charset=UTF-8", text)
}

#[track_caller]
fn explained(service: &Service, text: &str) -> Value {
    let answer = service.send_admin(&paste(text));
    assert_eq!((answer.status, answer.header("Cache-Control")), (200, Some("no-store")), "{answer:?}");
    for hidden in [text, ANN, EXPIRED, UNKNOWN, SECRET] {
        assert!(!answer.body.contains(hidden), "{answer:?}");
    }
    answer.json()
}

fn outcome(explanation: &Value) -> (Option<&str>, Option<&str>) {
    (explanation["verdict"]["outcome"].as_str(), explanation["verdict"]["cause"].as_str())
}

#[test]
fn only_operators_and_their_own_page_ask() {
    let service = Setup::with_sessions().with_admin().variable("VERIFIER_SERVER__ADMIN_TOKEN", TOKEN).start();
    for path in PATHS {
        let plain = || ask("POST", path).body("text/plain", signed(ANN));
        let trusted = || plain().header("Authorization", format!("Bearer {TOKEN}"));
        service.send_admin(&plain()).expect_problem(401, "missing-credential", path);
        // A caller of the API is no operator.
        let caller = plain().header("Authorization", bearer(ANN));
        service.send_admin(&caller).expect_problem(401, "invalid-credential", path);
        let port = service.admin().port();
        for foreign in [
            trusted().header("Origin", "https://rebound.example"),
            trusted().header("Origin", "null"),
            trusted().header("Origin", format!("http://localhost:{port}")).host("127.0.0.1"),
            trusted().header("Sec-Fetch-Site", "cross-site"),
            trusted().header("Sec-Fetch-Site", "same-site"),
            trusted().host("rebound.example"),
        ] {
            service.send_admin(&foreign).expect_problem(403, "forbidden", path);
        }
        let looked = get(path).header("Authorization", format!("Bearer {TOKEN}"));
        let looked = service.send_admin(&looked);
        assert_eq!(looked.expect_problem(405, "method-not-allowed", path).header("Allow"), Some("POST"));
        let own = trusted().header("Origin", "http://localhost").header("Sec-Fetch-Site", "same-origin");
        assert_eq!(service.send_admin(&own).status, 200, "{path}");
        // Nothing of it is on the listener of clients.
        assert_eq!(service.send(&trusted()).status, 404, "{path}");
    }
}

#[test]
fn a_credential_is_explained_by_the_service_that_runs() {
    let better_auth = BetterAuth::start();
    let service = Setup::with_sessions()
        .with_admin()
        .config(&format!("better_auth.url = '{}'", better_auth.url()))
        .variable("VERIFIER_STRATEGIES", "jwt,session_table")
        .start();
    let said = explained(&service, &better_auth.jwt("ann", 1_700_000_000));
    assert_eq!(outcome(&said), (Some("refused"), Some("expired")), "{said:#}");
    assert_eq!((&said["verdict"]["strategy"], &said["verdict"]["status"]), (&"jwt".into(), &401.into()));
    let steps = said["steps"].as_array().expect("a list");
    let failed: Vec<_> = steps.iter().filter(|step| step["outcome"] == "failed").collect();
    let [failed] = failed.as_slice() else { panic!("{said:#}") };
    assert_eq!((&failed["strategy"], &failed["cause"]), (&"jwt".into(), &"expired".into()), "{said:#}");
    assert!(failed["found"].is_string() && failed["expected"].is_string(), "{said:#}");
    for (text, expected) in [
        (signed(ANN), (Some("verified"), None)),
        (format!("Authorization: Bearer {}", signed(EXPIRED)), (Some("refused"), Some("expired"))),
        (signed_with("another secret", ANN), (Some("refused"), Some("bad-signature"))),
        ("Cookie: theme=dark".to_owned(), (Some("missing"), Some("missing-credential"))),
    ] {
        let said = explained(&service, &text);
        assert_eq!(outcome(&said), expected, "{text}: {said:#}");
    }
}

#[test]
fn what_is_not_understood_is_not_quoted() {
    let service = Setup::with_sessions().with_admin().start();
    for text in [
        "",
        " \n",
        "{\"token\":\"Confidential\"}",
        "https://a.example/?token=Confidential",
        "Confidential words here",
    ] {
        let answer = service.send_admin(&paste(text));
        answer.expect_problem(400, "bad-request", "/explain");
        let detail = answer.json()["detail"].as_str().map(str::to_owned).unwrap_or_default();
        assert!(detail.contains("expected") && !answer.body.contains("Confidential"), "{answer:?}");
    }
    let form = ask("POST", "/explain").body("application/x-www-form-urlencoded", signed(ANN));
    service.send_admin(&form).expect_problem(415, "unsupported-media-type", "/explain");
    let large = paste(&"x".repeat(256 * 1024 + 1));
    service.send_admin(&large).expect_problem(413, "payload-too-large", "/explain");
    assert!(!service.log().contains("Confidential"));
}

/// Whoever asks why is no client: no verdict, no figure, no cache, no limit and no log knows of it.
#[test]
fn nothing_remembers_what_was_explained() {
    let service = Setup::with_sessions()
        .with_admin()
        .config("rate_limit.failed.requests = 1")
        .variable("VERIFIER_SESSION_TABLE__CACHE__MAX_AGE", "1h")
        .start();
    let figures = || {
        let text = service.get_admin("/metrics").body;
        let moves = ["_total", "_count", "cache_entries"];
        let lines =
            text.lines().filter(|line| !line.starts_with('#') && moves.iter().any(|one| line.contains(one)));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let last = || service.get_admin("/verdicts?after=0").json()["last"].clone();
    // From now on somebody watches, so callers who pass are kept as well.
    assert_eq!(last(), 0);
    let before = figures();
    let mut fingerprints = Vec::new();
    for _ in 0..5 {
        for text in [signed(ANN), signed(EXPIRED), signed(UNKNOWN), signed_with("another secret", ANN)] {
            let said = explained(&service, &text);
            fingerprints.push(said["credential"]["fingerprint"].as_str().expect("a fingerprint").to_owned());
        }
    }
    assert_eq!((last(), figures()), (0.into(), before.clone()));
    let log = service.log();
    assert!(!fingerprints.iter().any(|fingerprint| log.contains(fingerprint)), "{log}");
    // A client's requests are noticed everywhere, and none of them is one too many because of what was explained.
    assert_eq!(service.send(&get("/api/me").by(ANN)).status, 200);
    let refused = || service.send(&get("/api/me").by(EXPIRED)).status;
    assert_eq!(refused(), 401);
    assert!((0..3).any(|_| refused() == 429));
    assert!(last().as_u64() > Some(1) && figures() != before);
    service.log_when(|log| fingerprints.iter().any(|fingerprint| log.contains(fingerprint)));
}

/// The one line that names a mistake is for the log of what clients do.
#[test]
fn what_is_explained_uses_up_no_warning() {
    let better_auth = BetterAuth::start();
    let service = Setup::bare()
        .with_admin()
        .config(&format!("better_auth.url = '{}'", better_auth.url().replace("127.0.0.1", "localhost")))
        .start();
    service.log_when(|log| log.contains("ready"));
    let token = better_auth.jwt("ann", Utc::now().timestamp());
    assert_eq!(outcome(&explained(&service, &token)), (Some("refused"), Some("wrong-issuer")));
    assert!(!service.log().contains("Better Auth signs tokens"), "{}", service.log());
    service.send(&get("/api/me").header("Authorization", format!("Bearer {token}")));
    service.log_when(|log| log.contains("Better Auth signs tokens"));
}

#[test]
fn the_service_is_examined_as_the_command_does() {
    let better_auth = BetterAuth::start();
    let service = Setup::with_sessions()
        .with_admin()
        .config(&format!("better_auth.url = '{}'", better_auth.url()))
        .variable("VERIFIER_JWT__LEEWAY_OF_CLOCKS", "1s")
        .start();
    let before = service.log();
    let answer = service.send_admin(&ask("POST", "/doctor"));
    assert_eq!((answer.status, answer.header("Cache-Control")), (200, Some("no-store")), "{answer:?}");
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert!(!answer.body.contains(SECRET), "{answer:?}");
    let report = answer.json();
    let command: Value = serde_json::from_str(&service.command(&["doctor", "--json"]).stdout).expect("JSON");
    // Clocks and times go on.
    let outline = |report: &Value| {
        let findings = report["findings"].as_array().expect("a list");
        let of = |finding: &Value| ["level", "area", "key", "origin"].map(|member| finding[member].clone());
        (report["status"].clone(), findings.iter().map(of).collect::<Vec<_>>(), report["values"].clone())
    };
    assert_eq!(outline(&report), outline(&command), "{}", service.log());
    assert!(report["findings"].as_array().is_some_and(|findings| findings.len() > 3), "{report:#}");
    let warned =
        |finding: &Value| finding["found"].as_str().is_some_and(|found| found.contains("LEEWAY_OF_CLOCKS"));
    assert!(report["findings"].as_array().is_some_and(|findings| findings.iter().any(warned)), "{report:#}");
    assert_eq!(quiet(&service.log()), quiet(&before), "its parts are none of the service that runs");
    let Answer { status, .. } = service.get("/health/ready");
    assert_eq!(status, 200);
}

/// The log without what the start goes on to say.
fn quiet(log: &str) -> Vec<&str> {
    log.lines().filter(|line| !line.contains("doctor: ")).collect()
}
