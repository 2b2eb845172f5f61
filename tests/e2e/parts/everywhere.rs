//! A Better Auth that keeps its sessions in tables, in Redis and in cookies at once, so that every strategy can be asked
//! about one session.

use serde_json::{Value, json};

use super::{
    better_auth::extend, database::Database, known::known_by, presented::Presented, redis::Redis,
    settings::Settings, signed_in::SignedIn, site::Site,
};

/// All that know what Better Auth knows of a user, the one that knows no session at the end.
pub const STRATEGIES: [&str; 5] =
    ["session_table", "secondary_storage", "session_cookie_cache", "get_session", "jwt"];

/// With these options beside those.
pub fn site(database: &Database, settings: Value) -> Site {
    let mut complete = json!({ "secondaryStorage": { "redis": Redis::shared().url() } });
    let mut session = json!({ "storeSessionInDatabase": true, "cookieCache": { "enabled": true } });
    if let Some(own) = settings.get("session") {
        extend(&mut session, own.clone());
    }
    extend(&mut complete, settings);
    extend(&mut complete, json!({ "session": session }));
    Site::start(database, complete)
}

/// What each strategy says of this session, told by these settings.
pub async fn asked(
    site: &Site,
    session: &SignedIn,
    settings: impl Fn(Settings) -> Settings,
) -> Vec<(&'static str, Value)> {
    let jwt = Presented::Bearer(site.better_auth.jwt(session).await);
    let mut answers = Vec::new();
    for strategy in STRATEGIES {
        let service = settings(Settings::of(&site.better_auth, &[strategy])).start();
        let presented = if strategy == "jwt" { &jwt } else { &Presented::cookies(session) };
        let answer = service.me(presented).await;
        assert_eq!(answer.status, 200, "{strategy}: {answer:?}\n{}", service.log());
        assert_eq!(answer.accepted()["strategy"], strategy);
        answers.push((strategy, answer.body));
    }
    answers
}

/// Each says the same of the user, and of the session if it knows one; answers with that.
pub async fn known_alike(site: &Site, session: &SignedIn) -> Value {
    let known = known_by("", &site.better_auth, session).await;
    for (strategy, answer) in asked(site, session, |settings| settings).await {
        assert_eq!(answer["user"], known["user"], "{strategy}");
        let session = if strategy == "jwt" { &Value::Null } else { &known["session"] };
        assert_eq!(answer["session"], *session, "{strategy}");
    }
    known
}
