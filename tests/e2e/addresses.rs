//! Where Better Auth, its routes and its keys are. That of a proxy that ends TLS is in `credentials`.

use reqwest::Client;
use serde_json::json;

use crate::parts::{
    database::Database,
    known::{claims, known_by, known_by_jwt},
    presented::Presented,
    settings::{ALL, Settings},
    signed_in::SignedIn,
    site::Site,
    web,
};

/// Cookies, bearers and JWTs, each by the strategy that knows it.
async fn all_known(site: &Site, settings: impl Fn(&[&str]) -> Settings) {
    let session = site.ann().await;
    let jwt = site.better_auth.jwt(&session).await;
    for (strategies, strategy) in [(&ALL[..], "session_table"), (&ALL[2..], "get_session")] {
        let service = settings(strategies).start();
        for presented in [Presented::cookie(&session), Presented::bearer(&session)] {
            let expected = known_by(strategy, &site.better_auth, &session).await;
            assert_eq!(service.me(&presented).await.accepted(), &expected, "{presented:?}");
        }
        if strategies.contains(&"jwt") {
            let answer = service.me(&Presented::Bearer(jwt.clone())).await;
            assert_eq!(answer.accepted(), &known_by_jwt(&jwt));
        }
        service.becomes_ready().await;
    }
}

#[tokio::test]
async fn a_base_path_of_ones_own() {
    let site = Site::start(&Database::Sqlite, json!({ "basePath": "/accounts" }));
    all_known(&site, |strategies| {
        Settings::of(&site.better_auth, strategies).with("better_auth.base_path", "/accounts")
    })
    .await;
}

/// Browsers see https and a path, this process http and the same path.
#[tokio::test]
async fn another_address_from_inside() {
    let url = "https://www.example.test/auth/v1/";
    let site = Site::start(&Database::Sqlite, json!({ "baseURL": url }));
    for internal in [site.better_auth.url().to_owned(), format!("{}/auth/v1", site.better_auth.url())] {
        all_known(&site, |strategies| {
            Settings::of(&site.better_auth, strategies)
                .with("better_auth.url", url)
                .with("better_auth.internal_url", internal.as_str())
        })
        .await;
    }
}

#[tokio::test]
async fn keys_at_another_path() {
    let moved = json!({ "plugins": { "jwt": { "jwks": { "jwksPath": "/.well-known/jwks.json" } } } });
    let site = Site::start(&Database::Sqlite, moved);
    let jwt = Presented::Bearer(site.better_auth.jwt(&site.ann().await).await);
    let settings = Settings::of(&site.better_auth, &["jwt"]);
    let there = format!("{}/api/auth/.well-known/jwks.json", site.better_auth.url());
    settings.clone().with("jwt.jwks_url", there).start().me(&jwt).await.accepted();
    // Where they were there is nothing: no token can be told from another.
    settings.start().me(&jwt).await.undecidable();
}

/// Better Auth publishes none, because another server does.
#[tokio::test]
async fn keys_on_another_server() {
    let mut site = Site::start(&Database::Sqlite, json!({}));
    let session = site.ann().await;
    site.better_auth.jwt(&session).await;
    let here = format!("{}/api/auth/jwks", site.better_auth.url());
    let keys = reqwest::get(&here).await.expect("the keys").text().await.expect("text");
    let there = web::serve("/keys/auth.json", keys).await;
    let jwks = json!({ "remoteUrl": there, "keyPairConfig": { "alg": "EdDSA" } });
    site.better_auth.change(json!({ "plugins": { "jwt": { "jwks": jwks } } }));
    assert_eq!(reqwest::get(&here).await.expect("an answer").status(), 404);

    let jwt = Presented::Bearer(site.better_auth.jwt(&session).await);
    let settings = Settings::of(&site.better_auth, &["jwt"]);
    let service = settings.clone().with("jwt.jwks_url", there).start();
    assert_eq!(service.me(&jwt).await.accepted()["user"]["id"], session.user_id);
    settings.start().me(&jwt).await.undecidable();
}

/// A token as a browser gets it that calls Better Auth by this name.
async fn jwt_by(site: &Site, session: &SignedIn, host: &str) -> Presented {
    let request = Client::new().get(format!("{}/api/auth/token", site.better_auth.url()));
    let request = request.header("host", host).header("cookie", session.cookie_header());
    let answer: serde_json::Value = request.send().await.expect("an answer").json().await.expect("JSON");
    let jwt = answer["token"].as_str().expect("a token").to_owned();
    assert_eq!(claims(&jwt)["iss"], format!("http://{host}"));
    Presented::Bearer(jwt)
}

/// Without a `baseURL`, Better Auth is whoever it is called.
#[tokio::test]
async fn several_names_of_one_deployment() {
    let site = Site::start(&Database::Sqlite, json!({ "baseURL": null }));
    let session = site.ann().await;
    let names = ["http://a.example.test", "http://b.example.test:8080"];
    let settings = Settings::of(&site.better_auth, &["jwt"]);
    let service = settings.clone().with("jwt.issuers", names).with("jwt.audiences", names).start();
    let by = async |host: &str| jwt_by(&site, &session, host).await;
    for host in ["a.example.test", "b.example.test:8080"] {
        let answer = service.me(&by(host).await).await;
        assert_eq!(answer.accepted()["user"]["id"], session.user_id, "{host}");
    }
    // Whoever has a session can have tokens made for any name; that is why names are listed.
    for host in ["evil.example.test", "b.example.test"] {
        service.me(&by(host).await).await.refused();
    }
    service.has_told("jwt", "wrong-issuer");
    // None is listed: the one of `url` counts.
    let own = site.better_auth.url().strip_prefix("http://").expect("an address");
    let service = settings.start();
    service.me(&by(own).await).await.accepted();
    service.me(&by("a.example.test").await).await.refused();
}
