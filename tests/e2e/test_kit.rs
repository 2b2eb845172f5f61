//! The test kit beside a real Better Auth: what it mints has the same form, and the real one takes it for its own.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use better_auth_verifier::test_kit::{CACHE_COOKIE, CacheForm, Session, TestKit};
use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::parts::{
    better_auth::BetterAuth, cookie_cache, database::Database, signed_in::SignedIn, site::PASSWORD, sql,
};

/// Better Auth's name for each form, and whether a published key signs it.
fn of(form: CacheForm) -> (&'static str, bool) {
    match form {
        CacheForm::Compact => ("compact", false),
        CacheForm::Jwt => ("jwt", false),
        CacheForm::Jwe => ("jwe", false),
        CacheForm::Published => ("jwt", true),
    }
}

/// A Better Auth with the plugins and the secret that the kit has.
fn real(kit: &TestKit, settings: Value) -> BetterAuth {
    let mut complete = json!({ "secret": kit.secret(), "plugins": { "admin": {} } });
    crate::parts::better_auth::extend(&mut complete, settings);
    BetterAuth::start(&Database::Sqlite, complete)
}

async fn ann(better_auth: &BetterAuth) -> SignedIn {
    better_auth.sign_up("Ann", "ann@example.test", PASSWORD).await
}

/// The members of a value with the type of each; a text that is a date is another type than one that is none.
fn form(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> =
                members.iter().map(|(name, value)| (name.clone(), form(value))).collect();
            json!(members)
        }
        Value::Array(values) => json!(values.iter().map(form).collect::<Vec<_>>()),
        Value::String(text) if text.parse::<chrono::DateTime<chrono::Utc>>().is_ok() => {
            json!(format!("a date of {} characters", text.len()))
        }
        Value::String(_) => json!("a text"),
        Value::Number(number) => json!(format!("a number of {} digits", number.to_string().len())),
        Value::Bool(_) => json!("true or false"),
        Value::Null => json!("null"),
    }
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// The parts of a JWT that can be read, and how long the others are.
fn jws_form(token: &str) -> Vec<Value> {
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, signature] = &parts[..] else { panic!("{token}") };
    vec![
        decoded(header)["alg"].clone(),
        form(&decoded(header)),
        form(&decoded(claims)),
        json!(signature.len()),
    ]
}

/// What somebody receives who asks either for a path.
async fn answer(url: &str, path: &str, cookie: &str) -> Response {
    Client::new()
        .get(format!("{url}/api/auth{path}"))
        .header("cookie", cookie)
        .send()
        .await
        .expect("an answer")
}

#[tokio::test]
async fn the_answers_of_its_routes_have_the_form_of_better_auths() {
    let kit = TestKit::start();
    let better_auth = real(&kit, json!({}));
    let (real, fake) = (ann(&better_auth).await, kit.user("ann").session());
    for (path, signed_in) in [
        ("/get-session", true),
        ("/get-session", false),
        ("/token", true),
        ("/token", false),
        ("/jwks", false),
        ("/ok", false),
    ] {
        let cookie = |signed: String| if signed_in { signed } else { String::new() };
        let theirs = answer(better_auth.url(), path, &cookie(real.session_cookie_header())).await;
        let ours = answer(kit.url(), path, &cookie(fake.cookie())).await;
        assert_eq!(ours.status(), theirs.status(), "{path}");
        for header in ["content-type", "cache-control", "pragma"] {
            assert_eq!(ours.headers().get(header), theirs.headers().get(header), "{path} {header}");
        }
        let jwt = |response: &Response| {
            let jwt = response.headers().get("set-auth-jwt");
            jwt.map(|jwt| jws_form(jwt.to_str().expect("a token")))
        };
        assert_eq!(jwt(&ours), jwt(&theirs), "{path}");
        let (theirs, ours) =
            (theirs.json::<Value>().await.expect("JSON"), ours.json::<Value>().await.expect("JSON"));
        assert_eq!(form(&ours), form(&theirs), "{path}");
        if let Some(token) = ours["token"].as_str() {
            assert_eq!(jws_form(token), jws_form(theirs["token"].as_str().expect("a token")));
        }
    }
}

#[tokio::test]
async fn its_session_cookie_has_the_form_and_the_attributes_of_better_auths() {
    let kit = TestKit::start();
    let better_auth = real(&kit, json!({}));
    ann(&better_auth).await;
    let body = json!({ "email": "ann@example.test", "password": PASSWORD });
    let response = better_auth.post("/sign-in/email", None, &body).await;
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    let theirs =
        cookies.iter().map(|line| line.to_str().expect("text")).find(|line| line.contains("session_token"));
    // The name, how long the token and the signature are, and the attributes.
    let form = |line: &str| {
        let (pair, attributes) = line.split_once("; ").expect("attributes");
        let (name, value) = pair.split_once('=').expect("name=value");
        let value = value.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        let lengths: Vec<_> = value.split('.').map(str::len).collect();
        (name.to_owned(), lengths, attributes.to_owned())
    };
    assert_eq!(form(&kit.user("ann").session().set_cookie()), form(theirs.expect("a session cookie")));
    let signed = response.headers()["set-auth-token"].to_str().expect("text").len();
    assert_eq!(kit.user("ann").session().signed().len(), signed);
}

/// What of a cookie cache can be read without its key.
fn cache_form(form_of_cache: CacheForm, cache: &str) -> Vec<Value> {
    match form_of_cache {
        CacheForm::Compact => vec![form(&decoded(cache))],
        CacheForm::Jwe => {
            let header = decoded(cache.split('.').next().expect("a header"));
            // The same secret has the same key id.
            vec![header, json!(cache.split('.').map(str::is_empty).collect::<Vec<_>>())]
        }
        CacheForm::Jwt | CacheForm::Published => jws_form(cache),
    }
}

#[tokio::test]
async fn its_cookie_cache_has_the_form_of_better_auths_which_believes_it() {
    let kit = TestKit::start();
    for form in CacheForm::ALL {
        let (strategy, published) = of(form);
        let better_auth = real(
            &kit,
            json!({
                "session": { "cookieCache": { "enabled": true, "strategy": strategy, "maxAge": cookie_cache::LONG } },
                "plugins": { "admin": {}, "jwt": { "sessionCookieCache": published } },
            }),
        );
        let theirs = ann(&better_auth).await;
        let (_, cache) = theirs.cookies.iter().find(|(name, _)| name == CACHE_COOKIE).expect("a cache");
        let fake = kit.user("ann").session();
        assert_eq!(cache_form(form, &fake.cookie_cache(form)), cache_form(form, cache), "{form:?}");

        let told = better_auth.get_session_of(&fake.cookies(form)).await;
        // With a key of its own it believes nobody else's.
        let expected = if published { Value::Null } else { json!("ann") };
        assert_eq!(told["user"]["id"], expected, "{form:?}: {told}");
    }
}

/// Puts a session of the kit's into the tables of a real one.
async fn adopt(better_auth: &BetterAuth, user_id: &str, session: &Session) {
    let url = better_auth.database_url();
    let token = session.token();
    let insert = format!(
        r#"INSERT INTO "session" ("id", "expiresAt", "token", "createdAt", "updatedAt", "userId")
           SELECT "id" || '-of-the-kit', "expiresAt", '{token}', "createdAt", "updatedAt", "userId" FROM "session"
           WHERE "userId" = '{user_id}' LIMIT 1"#
    );
    sql::execute(url, &insert).await;
}

#[tokio::test]
async fn better_auth_takes_its_session_for_one_of_its_own() {
    let kit = TestKit::start();
    let better_auth = real(&kit, json!({}));
    let real = ann(&better_auth).await;
    let session = kit.user("ann").session();
    assert_eq!(better_auth.get_session_of(&session.cookie()).await, Value::Null);
    adopt(&better_auth, &real.user_id, &session).await;
    assert_eq!(better_auth.get_session_of(&session.cookie()).await["user"]["id"], real.user_id);
    let request = Client::new().get(format!("{}/api/auth/get-session", better_auth.url()));
    let told = request.header("authorization", session.bearer()).send().await.expect("an answer");
    assert_eq!(told.json::<Value>().await.expect("JSON")["user"]["id"], real.user_id);
}

#[tokio::test]
async fn its_tables_are_those_of_better_auths_migration() {
    const COLUMNS: &str = r#"SELECT group_concat("name" || ' ' || "type" || ' ' || "notnull" || ' ' || "pk", ', ')
        FROM (SELECT * FROM pragma_table_info('TABLE') ORDER BY "name")"#;
    let kit = TestKit::start();
    let better_auth = real(&kit, json!({}));
    for table in ["user", "session"] {
        let columns = COLUMNS.replace("TABLE", table);
        let ours = sql::text(&kit.database_url(), &columns).await;
        assert_eq!(ours, sql::text(better_auth.database_url(), &columns).await, "{table}");
    }
    // And so are the values in them.
    let session = kit.user("ann").session();
    let real = ann(&better_auth).await;
    for (url, token) in
        [(kit.database_url(), session.token()), (better_auth.database_url().to_owned(), &*real.token)]
    {
        let types = format!(
            r#"SELECT typeof(s."expiresAt") || length(s."expiresAt") || typeof(u."emailVerified") || typeof(u."banned")
               || typeof(u."role") || typeof(u."image") FROM "session" s JOIN "user" u ON u."id" = s."userId"
               WHERE s."token" = '{token}'"#
        );
        assert_eq!(sql::text(&url, &types).await, "text24integerintegertextnull", "{url}");
    }
}
