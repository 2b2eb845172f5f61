//! Clients who fail to authenticate too often are not judged for a while.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use better_auth_verifier::{
    Authenticator, Cached, Carriers, Chain, ClientAddress, Credential, Forms, GetSession, Limiter, NoStore,
    Problems, Refusal, Revocations, SharedSecret, Standing, Strategy, User, Verdict,
};
#[cfg(feature = "session-table")]
use better_auth_verifier::{Fallback, Guarded};
use poem::{Endpoint, EndpointExt, test::TestClient};
use serde_json::json;
use tokio::time;

use crate::parts::{
    api::{self, Told, carriers, routes},
    bearer, chain,
    cookie_cache::{
        CACHE_COOKIE, SECRET, SESSION_COOKIE, TOKEN, content, in_each_form, signed, soon, strategy,
    },
    jwt, outcome,
    scripted::Scripted,
    server::{Answer, Server},
    signer::{Signer, USER, jwks},
};
#[cfg(feature = "session-table")]
use crate::parts::{counted::Counted, session_database::SessionDatabase};

const ONE: &str = "192.0.2.1";
const TWO: &str = "192.0.2.2";

/// After so many failures in a window one more keeps its client out.
fn limited(failures: u32, window: Duration) -> (TestClient<impl Endpoint>, Scripted) {
    let limit = Limiter::new("failed", NonZeroU32::new(failures).expect("not zero"), window);
    served(|authenticator| authenticator.with_failure_limit(limit))
}

fn served(change: impl FnOnce(Authenticator) -> Authenticator) -> (TestClient<impl Endpoint>, Scripted) {
    let strategy = Scripted::new("scripted", |credential| !credential.token().starts_with("other"));
    let authenticator = change(Authenticator::new(carriers(), Chain::default().push(strategy.clone())));
    (api::client(routes().with(Problems).with(NoStore).data(authenticator)), strategy)
}

/// Asks from an address; from none where it is empty.
async fn get(client: &TestClient<impl Endpoint>, address: &str, path: &str, authorization: &str) -> Told {
    let mut request = client.get(path);
    if let Ok(address) = address.parse::<IpAddr>() {
        request = request.data(ClientAddress(address));
    }
    if !authorization.is_empty() {
        request = request.header("authorization", authorization);
    }
    Told::read(request.send().await.0).await
}

async fn status(client: &TestClient<impl Endpoint>, address: &str, token: &str) -> u16 {
    get(client, address, "/me", &format!("Bearer {token}")).await.status
}

#[tokio::test]
async fn r4_whoever_fails_too_often_is_told_when_to_come_back_and_judged_no_more() {
    let (client, strategy) = limited(3, Duration::from_mins(1));
    for _ in 0..4 {
        assert_eq!(status(&client, ONE, "refused").await, 401);
    }
    assert_eq!(strategy.calls(), 4);
    for token in ["refused", "ann", "outage", "other"] {
        let told = get(&client, ONE, "/me", &format!("Bearer {token}")).await;
        assert_eq!((told.status, told.kind().as_str()), (429, "rate-limited"), "{token}");
        let wait: u32 = told.header("retry-after").parse().expect("seconds");
        assert!((1..=20).contains(&wait), "{wait}");
        assert_eq!(told.header("ratelimit"), format!("\"failed\";r=0;t={wait}"));
        assert_eq!(told.header("ratelimit-policy"), "\"failed\";q=3;w=60");
        assert_eq!(told.header("www-authenticate"), "");
    }
    assert_eq!(strategy.calls(), 4, "nobody was asked");
    assert_eq!(get(&client, ONE, "/public", "Bearer ann").await.status, 429, "what is presented counts");
    let guest = get(&client, ONE, "/public", "").await;
    assert_eq!((guest.status, guest.body.as_str()), (200, "guest"), "who presents nothing has not failed");
}

#[tokio::test]
async fn r4_every_cause_of_a_refusal_counts() {
    // Too long for any carrier.
    let long = "x".repeat(17 * 1024);
    for token in ["refused", "expired", "bad", "ann-banned", "other", &long] {
        let (client, _) = limited(3, Duration::from_mins(1));
        for _ in 0..4 {
            assert_eq!(status(&client, ONE, token).await, 401, "{token}");
        }
        assert_eq!(status(&client, ONE, "ann").await, 429, "{token}");
    }
}

#[tokio::test]
async fn r4_h4_whatever_is_no_refusal_does_not_count() {
    let (client, _) = limited(3, Duration::from_mins(1));
    for (path, authorization, expected) in [
        ("/me", "Bearer outage", 503),
        ("/me", "Bearer ann", 200),
        ("/me", "", 401),
        ("/public", "", 200),
        ("/me", "Basic YTpi", 401),
        ("/me", "Bearer ann bob", 400),
        ("/admin", "Bearer ann", 403),
    ] {
        for _ in 0..20 {
            let told = get(&client, ONE, path, authorization).await;
            assert_eq!(told.status, expected, "{path} {authorization}");
        }
    }
    assert_eq!(status(&client, ONE, "refused").await, 401);
    assert_eq!(status(&client, ONE, "ann").await, 200);
}

#[tokio::test]
async fn r3_others_go_on_and_aliases_of_one_client_do_not() {
    for (fails, same, others) in [
        (ONE, vec!["::ffff:192.0.2.1"], vec![TWO, "2001:db8::1", ""]),
        ("2001:db8:1:2::1", vec!["2001:db8:1:2:3:4:5:6"], vec!["2001:db8:1:3::1", ONE, ""]),
    ] {
        let (client, _) = limited(3, Duration::from_mins(1));
        for _ in 0..4 {
            status(&client, fails, "refused").await;
        }
        for address in same {
            assert_eq!(status(&client, address, "ann").await, 429, "{address}");
        }
        for address in others {
            assert_eq!(status(&client, address, "refused").await, 401, "{address:?}");
            assert_eq!(status(&client, address, "ann").await, 200, "{address:?}");
        }
    }
}

#[tokio::test]
async fn who_has_no_address_is_never_kept_out() {
    let (client, strategy) = limited(1, Duration::from_hours(1));
    for _ in 0..20 {
        assert_eq!(status(&client, "", "refused").await, 401);
    }
    assert_eq!(strategy.calls(), 20);
}

#[tokio::test]
async fn r4_whoever_has_waited_as_told_is_judged_again() {
    // One in four seconds: longer than a busy machine needs for the requests between.
    let (client, _) = limited(2, Duration::from_secs(8));
    for _ in 0..3 {
        assert_eq!(status(&client, ONE, "refused").await, 401);
    }
    let told = get(&client, ONE, "/me", "Bearer ann").await;
    assert_eq!(told.status, 429);
    let wait: u64 = told.header("retry-after").parse().expect("seconds");
    assert!((1..=4).contains(&wait), "{wait}");
    time::sleep(Duration::from_secs(wait)).await;
    assert_eq!(status(&client, ONE, "ann").await, 200);
    assert_eq!(status(&client, ONE, "ann").await, 200);
}

#[tokio::test]
async fn by_default_nobody_is_kept_out() {
    let (client, strategy) = served(|authenticator| authenticator);
    for _ in 0..100 {
        assert_eq!(status(&client, ONE, "refused").await, 401);
    }
    assert_eq!((status(&client, ONE, "ann").await, strategy.calls()), (200, 101));
}

#[tokio::test]
async fn r1_a_users_limit_counts_the_user_and_not_those_who_failed() {
    let limit = Limiter::new("user", NonZeroU32::new(2).expect("not zero"), Duration::from_mins(1));
    let (client, _) = served(|authenticator| authenticator.with_user_limit(limit));
    for token in ["refused", "outage", "ann-banned", "other"] {
        for _ in 0..5 {
            status(&client, ONE, token).await;
        }
    }
    // Wherever they come from.
    for (address, token, expected) in
        [(ONE, "ann", 200), (TWO, "ann-admin", 200), (TWO, "ann", 429), (ONE, "ann", 429), (ONE, "bob", 200)]
    {
        assert_eq!(status(&client, address, token).await, expected, "{address} {token}");
    }
}

/// Ann's credential, and one that somebody has forged.
struct Shown {
    header: &'static str,
    genuine: String,
    forged: String,
}

/// A service that holds each address to three failures in an hour.
fn held(chain: Chain) -> TestClient<impl Endpoint> {
    let limit = Limiter::new("failed", NonZeroU32::new(3).expect("not zero"), Duration::from_hours(1));
    let carriers = Carriers::new([SESSION_COOKIE]).with_companions([CACHE_COOKIE]);
    let authenticator = Authenticator::new(carriers, chain).with_failure_limit(limit);
    api::client(routes().with(Problems).with(NoStore).data(authenticator))
}

async fn show(client: &TestClient<impl Endpoint>, address: &str, header: &str, value: &str) -> u16 {
    let address: IpAddr = address.parse().expect("an address");
    let request = client.get("/me").data(ClientAddress(address)).header(header, value);
    Told::read(request.send().await.0).await.status
}

/// Forges from an address until nothing unknown is judged any more; then Ann, behind the same address, is served.
async fn serves_ann_beside_a_forger(chain: Chain, shown: &Shown, what: &str) {
    let client = held(chain);
    for _ in 0..4 {
        assert_eq!(show(&client, ONE, shown.header, &shown.forged).await, 401, "{what}");
    }
    for _ in 0..20 {
        assert_eq!(show(&client, ONE, shown.header, &shown.forged).await, 429, "{what}");
        assert_eq!(show(&client, ONE, shown.header, &shown.genuine).await, 200, "{what}");
    }
    assert_eq!(show(&client, TWO, shown.header, &shown.forged).await, 401, "{what}");
}

fn authorization(genuine: &str, forged: &str) -> Shown {
    Shown {
        header: "authorization",
        genuine: format!("Bearer {genuine}"),
        forged: format!("Bearer {forged}"),
    }
}

fn remembering(strategy: impl Strategy) -> Chain {
    Chain::default().push(Cached::new(strategy, Duration::from_hours(1), 100))
}

#[tokio::test]
async fn r4_a_jwt_of_a_known_key_is_judged_beside_a_forger_and_no_key_is_fetched() {
    let (signer, forger) = (Signer::ed25519("a"), Signer::ed25519("a"));
    let server = Server::start(Answer::json(&jwks([&signer]))).await;
    let chain = chain(jwt(&server, Duration::ZERO));
    assert_eq!(outcome(&chain, &bearer(&signer.token())).await, format!("verified {USER}"));
    let shown = authorization(&signer.token(), &forger.token());
    serves_ann_beside_a_forger(chain.clone(), &shown, "jwt").await;
    let unknown = authorization(&signer.token(), &Signer::ed25519("unknown").token());
    let client = held(chain);
    for _ in 0..4 {
        show(&client, ONE, unknown.header, &shown.forged).await;
    }
    let before = server.requests();
    let expired = signer.token_with(&json!({}), &json!({ "exp": 1 }));
    for turned_away in [unknown.forged, format!("Bearer {expired}")] {
        assert_eq!(show(&client, ONE, unknown.header, &turned_away).await, 429);
    }
    assert_eq!(server.requests(), before);
}

#[tokio::test]
async fn r4_a_proven_cookie_cache_is_judged_beside_a_forger() {
    let cookies = |cache: &str| format!("{SESSION_COOKIE}={}; {CACHE_COOKIE}={cache}", signed(SECRET, TOKEN));
    let forged = in_each_form("another secret", &content(), soon());
    for ((form, cache), (_, forged)) in in_each_form(SECRET, &content(), soon()).into_iter().zip(&forged) {
        let shown = Shown { header: "cookie", genuine: cookies(&cache), forged: cookies(forged) };
        serves_ann_beside_a_forger(Chain::default().push(strategy()), &shown, form).await;
        serves_ann_beside_a_forger(remembering(strategy()), &shown, form).await;
    }
}

#[tokio::test]
async fn r4_a_token_of_a_shared_secret_is_judged_beside_a_forger() {
    let shared = |secret: &str| SharedSecret::new(secret.repeat(32).as_str()).expect("long enough");
    let [genuine, forged] =
        ["a", "b"].map(|secret| shared(secret).access_token(&User::new("ann"), Duration::from_mins(1)));
    let chain = Chain::default().push(shared("a"));
    serves_ann_beside_a_forger(chain, &authorization(&genuine, &forged), "shared secret").await;
}

#[tokio::test]
async fn r4_what_is_remembered_is_served_beside_a_forger_as_long_as_it_is() {
    let scripted = Scripted::new("scripted", |_| true);
    let revocations = Revocations::default();
    let cached = Cached::new(scripted.clone(), Duration::from_hours(1), 100);
    let client = held(Chain::default().push(cached.with_revocations(revocations.clone())));
    for token in ["Bearer ann", "Bearer bob-soon"] {
        assert_eq!(show(&client, TWO, "authorization", token).await, 200);
    }
    for number in 0..4 {
        assert_eq!(show(&client, ONE, "authorization", &format!("Bearer bad-{number}")).await, 401);
    }
    let asked = scripted.calls();
    for _ in 0..20 {
        assert_eq!(show(&client, ONE, "authorization", "Bearer ann").await, 200);
        // It belongs to the credential: neither to the address nor to the user.
        assert_eq!(show(&client, ONE, "authorization", "Bearer ann-verified").await, 429);
        assert_eq!(show(&client, ONE, "x-session-token", "ann").await, 429);
    }
    time::sleep(Duration::from_millis(350)).await;
    assert_eq!(show(&client, ONE, "authorization", "Bearer bob-soon").await, 429, "it has ended");
    revocations.user("ann");
    assert_eq!(show(&client, ONE, "authorization", "Bearer ann").await, 429, "something has changed");
    assert_eq!(scripted.calls(), asked, "nobody was asked");
}

#[cfg(feature = "session-table")]
#[tokio::test]
async fn r4_a_signed_session_token_is_looked_up_beside_a_forger_and_a_dead_one_once() {
    let database = SessionDatabase::new().await;
    database.sign_in("ann", "session", TOKEN).await;
    let guarded = async || Guarded::new(database.strategy(SECRET).await, Duration::from_secs(3));
    let shown = authorization(&signed(SECRET, TOKEN), &signed("another secret", TOKEN));
    serves_ann_beside_a_forger(Chain::default().push(guarded().await), &shown, "looked up").await;
    serves_ann_beside_a_forger(remembering(guarded().await), &shown, "remembered").await;
    let behind = Fallback::new(Scripted::new("scripted", |_| true), guarded().await);
    assert!(matches!(behind.standing(&bearer(&signed(SECRET, TOKEN))).await, Standing::Proven(_)));

    let (counted, calls) = Counted::new(database.strategy(SECRET).await);
    let client = held(Chain::default().push(counted));
    for _ in 0..4 {
        show(&client, ONE, shown.header, &shown.forged).await;
    }
    let before = calls.get();
    let dead = "DeadTokenDeadTokenDeadTokenDeadT";
    let encoded = signed(SECRET, dead);
    let decoded = encoded.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    assert_eq!(show(&client, ONE, "authorization", &format!("Bearer {encoded}")).await, 401);
    for _ in 0..20 {
        for (header, value) in [
            ("authorization", format!("Bearer {encoded}")),
            ("authorization", format!("Bearer {decoded}")),
            ("authorization", format!("Bearer %44{}", &encoded[1..])),
            ("x-session-token", encoded.clone()),
            ("cookie", format!("{SESSION_COOKIE}={encoded}")),
        ] {
            assert_eq!(show(&client, ONE, header, &value).await, 429, "{header}");
        }
    }
    assert_eq!(calls.get() - before, 1);
    // Raw ones have no signature.
    let raw = Chain::default().push(database.strategy(SECRET).await.with_raw_tokens(true));
    let client = held(raw);
    for _ in 0..4 {
        show(&client, ONE, shown.header, &shown.forged).await;
    }
    assert_eq!(show(&client, ONE, "authorization", &format!("Bearer {TOKEN}")).await, 429);
}

/// Who does not know the secret cannot tell a genuine token from a forged one.
#[tokio::test]
async fn r4_without_a_secret_a_signed_session_token_is_unknown() {
    let better_auth = Server::start(Answer::Ok("null".into())).await;
    let asks = GetSession::new(&better_auth.url("/api/auth"), Duration::from_secs(3)).expect("a client");
    let client = held(Chain::default().push(asks));
    let token = |number: usize| format!("Bearer {}", signed(SECRET, &format!("{TOKEN}{number}")));
    for number in 0..4 {
        assert_eq!(show(&client, ONE, "authorization", &token(number)).await, 401);
    }
    assert_eq!(show(&client, ONE, "authorization", &token(4)).await, 429);
    assert_eq!(better_auth.requests(), 4);
}

#[tokio::test]
async fn r4_nobody_is_asked_how_a_credential_stands_below_the_limit() {
    struct Asks;

    impl Strategy for Asks {
        fn name(&self) -> &'static str {
            "asks"
        }

        fn forms(&self) -> Forms {
            Forms::ANY
        }

        async fn standing(&self, _: &Credential) -> Standing {
            panic!("the ordinary path costs nothing");
        }

        async fn verify(&self, _: &Credential) -> Verdict {
            Err(Refusal::UnknownSession.into())
        }
    }

    let client = held(Chain::default().push(Asks));
    for _ in 0..4 {
        assert_eq!(show(&client, ONE, "authorization", "Bearer ann").await, 401);
    }
}
