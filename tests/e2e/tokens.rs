//! JWTs: every algorithm, and every reason to refuse one.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;

use crate::parts::{
    database::Database,
    known::claims,
    presented::{Presented, changed},
    settings::{ALL, Settings},
    site::Site,
    wait::until,
};

/// A server that signs with `alg`, and what comes of its tokens.
async fn signed_by(alg: &str) {
    let options = json!({ "plugins": { "jwt": { "jwks": { "keyPairConfig": { "alg": alg } } } } });
    let site = Site::start(&Database::Sqlite, options);
    let session = site.ann().await;
    let jwt = site.better_auth.jwt(&session).await;
    let header = BASE64_URL_SAFE_NO_PAD.decode(jwt.split('.').next().expect("a header")).expect("base64");
    assert!(String::from_utf8(header).expect("text").contains(&format!("\"alg\":\"{alg}\"")));

    let presented = Presented::Bearer(jwt.clone());
    let by_default = ["EdDSA", "ES256", "ES512", "RS256", "PS256"];
    let mut all = Settings::of(&site.better_auth, &["jwt"]);
    if !by_default.contains(&alg) {
        all = all.with("jwt.algorithms", [&by_default[..], &[alg]].concat());
    }
    assert_eq!(all.start().me(&presented).await.accepted()["user"]["id"], session.user_id);
    let only_it = all.clone().with("jwt.algorithms", vec![alg]);
    only_it.start().me(&presented).await.accepted();
    let others: Vec<_> = by_default.into_iter().filter(|other| *other != alg).collect();
    let without = all.with("jwt.algorithms", others).start();
    without.me(&presented).await.refused();
    without.has_told("jwt", "algorithm-not-allowed");
}

#[tokio::test]
async fn signed_by_eddsa() {
    signed_by("EdDSA").await;
}

#[tokio::test]
async fn signed_by_es256() {
    signed_by("ES256").await;
}

#[tokio::test]
async fn signed_by_es512() {
    signed_by("ES512").await;
}

#[tokio::test]
async fn signed_by_rs256() {
    signed_by("RS256").await;
}

#[tokio::test]
async fn signed_by_ps256() {
    signed_by("PS256").await;
}

/// Better Auth does not document these for its own keys, and signs with them all the same.
#[tokio::test]
async fn s1_signed_by_algorithms_that_are_off_by_default() {
    for alg in ["ES384", "RS384", "RS512", "PS384", "PS512"] {
        signed_by(alg).await;
    }
}

#[tokio::test]
async fn of_another_issuer_or_audience_is_refused() {
    let site = Site::sqlite();
    let jwt = Presented::Bearer(site.better_auth.jwt(&site.ann().await).await);
    let settings = Settings::of(&site.better_auth, &["jwt"]);
    let (ours, other) = (site.better_auth.url(), "https://other.example.test");
    for (key, names, cause) in [
        ("jwt.issuers", vec![other], "wrong-issuer"),
        ("jwt.issuers", vec![&ours[..ours.len() - 1]], "wrong-issuer"),
        ("jwt.audiences", vec![other], "wrong-audience"),
    ] {
        let service = settings.clone().with(key, names).start();
        service.me(&jwt).await.refused();
        service.has_told("jwt", cause);
    }
    let service =
        settings.with("jwt.issuers", vec![other, ours]).with("jwt.audiences", vec![ours, other]).start();
    service.me(&jwt).await.accepted();
}

#[tokio::test]
async fn changed_or_forged_is_refused() {
    let site = Site::sqlite();
    let service = Settings::of(&site.better_auth, &["jwt"]).start();
    let jwt = site.better_auth.jwt(&site.ann().await).await;
    service.me(&Presented::Bearer(jwt.clone())).await.accepted();

    let [header, payload, signature] = jwt.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let mut admin = claims(&jwt);
    admin["role"] = "admin".into();
    let admin = BASE64_URL_SAFE_NO_PAD.encode(admin.to_string());
    let none = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let symmetric = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
    let at_signature = header.len() + payload.len() + 2;
    for wrong in [
        format!("{header}.{admin}.{signature}"),
        changed(&jwt, 0),
        changed(&jwt, header.len() + 10),
        changed(&jwt, at_signature),
        // Not the last one: it has bits that say nothing.
        changed(&jwt, jwt.len() - 2),
        format!("{header}.{payload}.{}", &signature[..signature.len() - 1]),
        format!("{none}.{payload}.{signature}"),
        format!("{symmetric}.{payload}.{signature}"),
    ] {
        assert_ne!(wrong, jwt);
        service.me(&Presented::Bearer(wrong)).await.refused();
    }
    service.has_told("jwt", "bad-signature");
}

/// A second Better Auth that says it is the first, with a secret and keys of its own.
#[tokio::test]
async fn of_an_impostor_is_refused() {
    let site = Site::sqlite();
    let options =
        json!({ "baseURL": site.better_auth.url(), "secret": "another-secret-of-the-end-to-end-tests-01" });
    let impostor = Site::start(&Database::Sqlite, options);
    let session = impostor.ann().await;
    let jwt = impostor.better_auth.jwt(&session).await;
    assert_eq!(claims(&jwt)["iss"], site.better_auth.url());

    for strategies in [&ALL[..], &ALL[2..]] {
        let service = Settings::of(&site.better_auth, strategies).with("jwt.cooldown", "1s").start();
        for presented in [Presented::cookie(&session), Presented::bearer(&session)] {
            service.me(&presented).await.refused();
        }
        // As long as its key may be newer than the key set, nothing is said against it, and nothing for it.
        let jwt = Presented::Bearer(jwt.clone());
        let decided = until(async || service.me(&jwt).await, |answer| answer.status != 503).await;
        decided.refused();
        if strategies.contains(&"jwt") {
            service.has_told("jwt", "unknown-key");
            assert!(service.log().contains("auth.cause=\"bad-signature\""), "{}", service.log());
        }
    }
}

#[tokio::test]
async fn expired_is_refused() {
    let options = json!({ "plugins": { "jwt": { "jwt": { "expirationTime": "3s" } } } });
    let site = Site::start(&Database::Sqlite, options);
    let session = site.ann().await;
    let service = Settings::of(&site.better_auth, &["jwt"]).with("jwt.leeway", "0s").start();
    // Remembered it must not be longer than it lives.
    let jwt = Presented::Bearer(site.better_auth.jwt(&session).await);
    service.me(&jwt).await.accepted();
    until(async || service.me(&jwt).await, |answer| answer.status != 200).await.refused();
    service.has_told("jwt", "expired");

    // A clock that is late: 30 seconds are forgiven by default.
    Settings::of(&site.better_auth, &["jwt"]).start().me(&jwt).await.accepted();

    // Made to live too long.
    let ceiling = Settings::of(&site.better_auth, &["jwt"]).with("jwt.max_lifetime", "2s").start();
    ceiling.me(&Presented::Bearer(site.better_auth.jwt(&session).await)).await.refused();
    ceiling.has_told("jwt", "too-long-lived");
}

/// A picture as a data: URL stands in every token of its user.
#[tokio::test]
async fn f8_a_token_of_nearly_10_000_octets_is_accepted_and_one_beyond_16_kib_has_a_cause_of_its_own() {
    let site = Site::sqlite();
    let service = Settings::of(&site.better_auth, &["jwt"]).start();
    for (octets, expected) in [(5 * 1024, 200), (11 * 1024, 401)] {
        let mut session = site.ann().await;
        let image = format!("data:image/png;base64,{}", "A".repeat(octets / 3 * 4));
        let response =
            site.better_auth.post("/update-user", Some(&session), &json!({ "image": image })).await;
        session.keep(&response);
        let jwt = site.better_auth.jwt(&session).await;
        assert_eq!(jwt.len() > 16 * 1024, expected == 401, "{}", jwt.len());
        assert!(jwt.len() > 9_000, "{}", jwt.len());
        for presented in [Presented::Bearer(jwt.clone()), Presented::Header(jwt.clone())] {
            let answer = service.me(&presented).await;
            assert_eq!(answer.status, expected, "{answer:?}");
            if expected == 200 {
                assert_eq!(answer.accepted()["user"]["image"], image);
            }
        }
    }
    service.has_told("none", "too-long");
    let log = service.log();
    for carrier in ["authorization", "header"] {
        let told = ["too-long".to_owned(), format!("auth.carrier=\"{carrier}\"")];
        assert!(log.lines().any(|line| told.iter().all(|word| line.contains(word.as_str()))), "{log}");
    }
}
