//! The log of judgements: complete, bounded, and without a token.

use std::time::Duration;

use better_auth_verifier::{
    Authenticator, Carriers, Chain, GetSession, Problems, Protect, Protection, RequestHead, Unlimited,
    VerifiedEmail,
};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method};
use poem::EndpointExt;
use tokio::time;
use tracing::Level;

use crate::parts::{
    api::{self, authenticator},
    jwt,
    log::Log,
    server::{Answer, Server},
    signer::{Signer, jwks},
    vector::{self, text},
};

async fn present(authenticator: &Authenticator, name: &'static str, value: &str, client: [u8; 4]) {
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"));
    let presented = RequestHead { method: &Method::GET, headers: &headers, client: Some(client.into()) };
    // What is decided is other tests' matter.
    let extensions = Extensions::new();
    let protection = Protection::new(authenticator, presented, &extensions);
    let _ = protection.authorize::<VerifiedEmail, Unlimited>().await;
}

const ONE: [u8; 4] = [192, 0, 2, 1];
const TWO: [u8; 4] = [192, 0, 2, 2];

#[tokio::test]
async fn o4_every_outcome_has_a_line_with_its_cause() {
    let (authenticator, _) = authenticator();
    let (log, _guard) = Log::collect();
    for (header, value, level, cause) in [
        ("authorization", "Bearer refused", Level::INFO, "unknown-session"),
        ("authorization", "Bearer expired", Level::INFO, "expired"),
        ("authorization", "Bearer ann-banned", Level::INFO, "banned"),
        ("authorization", "Bearer other", Level::INFO, "unclaimed"),
        ("authorization", "Bearer ann bob", Level::INFO, "malformed-request"),
        ("authorization", "Bearer outage", Level::WARN, "the line is dead"),
        ("authorization", "Bearer ann", Level::INFO, "verified_email"),
        ("authorization", "Bearer ann-verified", Level::DEBUG, "verified"),
        ("authorization", "Basic YTpi", Level::DEBUG, "another scheme"),
        ("cookie", "other=x", Level::DEBUG, "no credential"),
    ] {
        present(&authenticator, header, value, ONE).await;
        let lines = log.judgements();
        let told = lines.last().unwrap_or_else(|| panic!("no line for {value}"));
        assert!(told.level == level && told.text.contains(cause), "{value}: {lines:?}");
        assert!(told.text.contains("192.0.2.1"), "{value}: {lines:?}");
    }
}

#[tokio::test]
async fn o4_a_denial_inside_a_protected_tree_has_its_line_too() {
    let (authenticator, _) = authenticator();
    let client = api::client(api::routes().with(Protect::default()).with(Problems).data(authenticator));
    let (log, _guard) = Log::collect();
    let told = api::ask(&client, "GET /admin", &[("authorization", "Bearer ann")]).await;
    assert_eq!(told.status, 403);
    let lines = log.judgements();
    assert!(lines.iter().any(|line| line.text.contains("denied by policy admin")), "{lines:?}");
}

#[tokio::test]
async fn c6_no_token_is_ever_logged() {
    let vector = vector::all("session-cookie").remove(0).1;
    let (known, unknown) = (Signer::ed25519("known"), Signer::ed25519("unknown"));
    let server = Server::start(Answer::json(&jwks([&known]))).await;
    let chain = |server: &Server| {
        let session =
            GetSession::new(&server.url("/api/auth"), Duration::from_millis(100)).expect("a client");
        Chain::default().push(jwt(server, Duration::from_hours(1))).push(session.with_raw_tokens(true))
    };
    let (log, _guard) = Log::collect();
    let authenticator = Authenticator::new(Carriers::new(["session"]), chain(&server));
    let (wire, decoded, raw) = (text(&vector, "/wire"), text(&vector, "/decoded"), text(&vector, "/token"));
    let whole = vector["getSession"].to_string();
    // Each round comes from a client of its own, so that the limit hides no line.
    for (client, answer) in (1..).zip([
        Answer::json(&jwks([&known])),
        Answer::Ok(whole.clone()),
        Answer::Ok(whole.replace(raw, "another-session-token")),
        Answer::Ok(whole[..whole.len() - 1].into()),
        Answer::Ok("null".into()),
        Answer::Status(500, String::new()),
        Answer::Hang,
        Answer::Close,
    ]) {
        let client = [192, 0, 2, client];
        server.answers(answer);
        let jwts = [known.token(), unknown.token()].map(|token| format!("Bearer {token}"));
        let bearers = [wire, decoded, raw].map(|token| format!("Bearer {token}"));
        for value in bearers.iter().chain(&jwts) {
            present(&authenticator, "authorization", value, client).await;
        }
        for value in [wire, decoded, raw] {
            present(&authenticator, "x-session-token", value, client).await;
            present(&authenticator, "x-api-key", value, client).await;
            present(&authenticator, "cookie", &format!("session={value}"), client).await;
            present(&authenticator, "cookie", &format!("session={value}; session=x"), client).await;
            present(&authenticator, "authorization", &format!("Bearer {value} {value}"), client).await;
            present(&authenticator, "authorization", &format!("Basic {value}"), client).await;
        }
        let lines = log.take();
        assert!(
            lines.iter().any(|line| line.target.starts_with("better_auth_verifier")),
            "nothing was logged"
        );
        let signatures = jwts.iter().map(|token| token.rsplit('.').next().expect("a signature"));
        let secrets = [raw, decoded.rsplit('.').next().expect("a signature"), "another-session-token"];
        for secret in signatures.chain(secrets) {
            for line in &lines {
                assert!(!line.text.contains(&secret[..16]), "{line:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_refusals_becomes_ten_lines_and_a_count() {
    let (authenticator, _) = authenticator();
    let (log, _guard) = Log::collect();
    for _ in 0..50 {
        present(&authenticator, "authorization", "Bearer refused", ONE).await;
        present(&authenticator, "authorization", "Bearer outage", ONE).await;
    }
    for _ in 0..12 {
        present(&authenticator, "authorization", "Bearer refused", TWO).await;
        present(&authenticator, "authorization", "Bearer expired", TWO).await;
    }
    let lines = log.judgements();
    let count = |words: &[&str]| {
        lines.iter().filter(|line| words.iter().all(|word| line.text.contains(word))).count()
    };
    assert_eq!(count(&["unknown-session", "192.0.2.1"]), 10, "{lines:?}");
    assert_eq!(count(&["line is dead", "192.0.2.1"]), 10);
    assert_eq!(count(&["unknown-session", "192.0.2.2"]), 10);
    assert_eq!(count(&["expired", "192.0.2.2"]), 10);
    time::sleep(Duration::from_secs(2)).await;
    let mut counted: Vec<_> = log.judgements().iter().map(|line| line.text.clone()).collect();
    counted.sort();
    assert_eq!(counted.len(), 4, "{counted:?}");
    for (client, suppressed) in [("192.0.2.1", "suppressed=40"), ("192.0.2.2", "suppressed=2")] {
        let told = counted.iter().filter(|line| line.contains(client) && line.contains(suppressed));
        assert_eq!(told.count(), 2, "{client}: {counted:?}");
    }
    present(&authenticator, "authorization", "Bearer refused", ONE).await;
    assert_eq!(log.judgements().len(), 1, "a new second begins");
}

#[tokio::test]
async fn log_lines_cannot_be_forged() {
    let (authenticator, _) = authenticator();
    let (log, _guard) = Log::collect();
    // A user id is what a strategy says it is.
    let hostile = "ann\u{2028}INFO verified";
    let mut headers = HeaderMap::new();
    headers.insert("cookie", HeaderValue::from_str(&format!("session={hostile}")).expect("a header value"));
    let presented = RequestHead { method: &Method::GET, headers: &headers, client: None };
    authenticator.authenticate(presented).await.expect("readable").expect("somebody");
    let lines = log.judgements();
    assert!(!lines.is_empty());
    for line in lines {
        assert!(!line.text.contains(['\n', '\r', '\u{2028}']), "{line:?}");
    }
}

#[tokio::test]
async fn a_cookie_is_named_and_a_raw_session_token_is_recognised() {
    let (authenticator, _) = authenticator();
    let (log, _guard) = Log::collect();
    let raw = "uGrJvFblN4Oy4dQKSk8ESBOEiokafC7t";
    let nobody = Authenticator::new(Carriers::default(), Chain::default());
    for (judges, header, value, words) in [
        (
            &authenticator,
            "cookie",
            "session=refused",
            &["auth.carrier=\"cookie\"", "auth.cookie=\"session\""][..],
        ),
        (&authenticator, "cookie", "session=a; session=b", &["ambiguous-cookie", "auth.cookie=\"session\""]),
        (&nobody, "x-session-token", raw, &["unclaimed", "better_auth.raw_tokens"]),
        (&nobody, "authorization", &format!("Bearer {raw}"), &["unclaimed", "better_auth.raw_tokens"]),
    ] {
        present(judges, header, value, ONE).await;
        let lines = log.judgements();
        let told = |line: &str| words.iter().all(|word| line.contains(word));
        assert!(lines.iter().any(|line| told(&line.text)), "{words:?}: {lines:?}");
        assert!(!lines.iter().any(|line| line.text.contains(raw)), "{lines:?}");
    }
    // Whatever else nobody claims is no session token.
    for value in ["Bearer not-a-session-token", &format!("Bearer {raw}.x")] {
        present(&nobody, "authorization", value, ONE).await;
        assert!(!log.judgements().iter().any(|line| line.text.contains("raw_tokens")), "{value}");
    }
}
