//! How late a sign-out is seen, as the log and the admin listener tell it.

use serde_json::{Value, json};

use crate::parts::{
    auth::SECRET,
    event,
    fake::BetterAuth,
    service::{Service, Setup},
    until,
};

/// What the start-up log says of this strategy, once it is clear.
fn said(service: &Service, strategy: &str) -> String {
    let is_about = |line: &&str| {
        line.contains(&format!("auth.strategy=\"{strategy}\"")) && line.contains("a sign-out is seen ")
    };
    let log = service.log_when(|log| log.lines().any(|line| is_about(&line)));
    let lines: Vec<_> = log.lines().filter(is_about).collect();
    let [line] = lines[..] else { panic!("more than once: {log}") };
    assert!(line.contains(" INFO "), "{line}");
    let (_, said) = line.split_once("a sign-out is seen ").expect("the words");
    said.split(" auth.strategy=").next().expect("a part").trim().to_owned()
}

fn with_hook(setup: Setup) -> Setup {
    setup.config(&format!("revocation.hook_secret = '{}'", event::SECRET))
}

/// Name, state and freshness of the strategies as `/state` shows them, once one is ready and `pleases` says so.
fn states_when(service: &Service, pleases: impl Fn(&Value) -> bool) -> Value {
    until("readiness", || {
        let mut state = service.get_admin("/state").expect_no_null().json();
        for strategy in state["strategies"].as_array_mut().expect("a list") {
            strategy.as_object_mut().expect("an object").remove("parts").expect("what it keeps");
        }
        (state["ready"] == true && pleases(&state["strategies"])).then(|| state["strategies"].clone())
    })
}

#[test]
fn of_get_session() {
    let better_auth = BetterAuth::start();
    let asking = |max_age: &str| {
        Setup::asking(&better_auth).with_admin().variable("VERIFIER_GET_SESSION__CACHE__MAX_AGE", max_age)
    };
    let states = |seconds: f64, hook: bool| {
        let freshness = json!({ "withinSeconds": seconds, "feeds": [], "hook": hook });
        json!([{ "name": "get_session", "state": "ready", "freshness": freshness }])
    };
    let at_once = asking("0s").start();
    assert_eq!(said(&at_once, "get_session"), "at once");
    assert_eq!(states_when(&at_once, |_| true), states(0.0, false));
    for (max_age, seconds, within) in [("10s", 10.0, "within 10s"), ("1m 30s", 90.0, "within 90s")] {
        let service = asking(max_age).start();
        assert_eq!(said(&service, "get_session"), within);
        assert_eq!(states_when(&service, |_| true), states(seconds, false));
        let hearing = with_hook(asking(max_age)).start();
        assert_eq!(said(&hearing, "get_session"), format!("{within}, or as soon as the hook tells"));
        assert_eq!(states_when(&hearing, |_| true), states(seconds, true));
    }
}

/// A token names no session: there is no bound but its own expiry.
#[test]
fn of_jwt() {
    let better_auth = BetterAuth::start();
    let setup = || Setup::bare().with_admin().config(&format!("better_auth.url = '{}'", better_auth.url()));
    let service = setup().start();
    assert_eq!(said(&service, "jwt"), "when the credential expires");
    let hearing = with_hook(setup()).start();
    assert_eq!(said(&hearing, "jwt"), "when the credential expires, or as soon as the hook tells");
    for (service, hook) in [(&service, false), (&hearing, true)] {
        let states = states_when(service, |_| true);
        let freshness = &states[0]["freshness"];
        assert_eq!(freshness.get("withinSeconds"), None, "{states}");
        assert_eq!(freshness["hook"], hook, "{states}");
    }
}

#[test]
fn of_a_table_in_sqlite() {
    let asking = Setup::with_sessions().with_admin().start();
    assert_eq!(said(&asking, "session_table"), "at once");
    let expected = json!({ "withinSeconds": 0.0, "feeds": [], "hook": false });
    assert_eq!(states_when(&asking, |_| true)[0]["freshness"], expected);

    let remembering =
        Setup::with_sessions().with_admin().variable("VERIFIER_SESSION_TABLE__CACHE__MAX_AGE", "10s").start();
    assert_eq!(said(&remembering, "session_table"), "within 100ms, by sqlite");
    let feeds = json!([{ "name": "sqlite", "state": "listening", "lagSeconds": 0.1 }]);
    let states = states_when(&remembering, |states| states[0]["freshness"]["feeds"] == feeds);
    assert_eq!(states[0]["freshness"]["withinSeconds"], 0.1, "{states}");
    assert_eq!((&states[0]["name"], &states[0]["state"]), (&json!("session_table"), &json!("ready")));
}

/// Redis is out of reach: nothing remembered is used.
#[test]
fn of_what_cannot_be_heard() {
    let better_auth = BetterAuth::start();
    let service = Setup::bare()
        .with_admin()
        .config("strategies = ['jwt', 'secondary_storage']")
        .config(&format!("better_auth.url = '{}'", better_auth.url()))
        .config(&format!("better_auth.secret = '{SECRET}'"))
        .config("secondary_storage.url = 'redis://127.0.0.1:9'")
        .start();
    assert!(said(&service, "secondary_storage").starts_with("at once: its revocation feed is down"));
    let states = states_when(&service, |_| true);
    let expected =
        json!({ "withinSeconds": 0.0, "feeds": [{ "name": "redis", "state": "lost" }], "hook": false });
    assert_eq!(
        states[1],
        json!({ "name": "secondary_storage", "state": "unavailable", "freshness": expected })
    );
}

/// Nobody can take such a token back.
#[test]
fn of_a_shared_secret() {
    let setup = Setup::bare()
        .with_admin()
        .config("strategies = ['shared_secret']")
        .config("shared_secret.secret = 'a-shared-secret-of-the-tests-0123456789'");
    let service = with_hook(setup).start();
    assert_eq!(said(&service, "shared_secret"), "when the credential expires");
    assert_eq!(states_when(&service, |_| true)[0]["freshness"], json!({ "feeds": [], "hook": false }));
}

/// The later of the two counts.
#[test]
fn of_a_fallback() {
    let better_auth = BetterAuth::start();
    let service = Setup::with_sessions()
        .with_admin()
        .config(&format!("better_auth.url = '{}'", better_auth.url()))
        .config("session_table.fallback = 'get_session'")
        .config("get_session.cache.max_age = '45s'")
        .start();
    assert_eq!(said(&service, "session_table"), "within 45s");
    assert_eq!(states_when(&service, |_| true)[0]["freshness"]["withinSeconds"], 45.0);
}
