//! Whose a session cookie is: the cookie cache's, or the next strategy's.

use std::time::Duration;

use better_auth_verifier::{
    AdditionalFields, AnyStrategy, Cached, Chain, Cookie, Credential, Forms, Refusal, SessionCookieCache,
    Strategy, Unverified, Verdict,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::parts::{
    cookie_cache::{
        CACHE_COOKIE, SECRET, SESSION_COOKIE, TOKEN, beside, content, in_each_form, presented, signed, soon,
        strategy,
    },
    counted::Counted,
    log::{Line, Log},
    outcome,
    scripted::Scripted,
    told,
};

/// Who decided, and what: `next` verifies everything. A cache that was passed over comes with what it is refused for where
/// it stands alone.
pub async fn decided(strategy: impl Strategy, credential: &Credential) -> String {
    let (strategy, next) = (AnyStrategy::new(strategy), Scripted::new("next", |_| true));
    let chain = Chain::default().push(strategy.clone()).push(next.clone());
    let name = chain.judge(credential).await.strategy.expect("a strategy");
    assert_eq!(next.calls() > 0, name == "next", "asked is only who decides");
    let alone = outcome(&Chain::default().push(strategy), credential).await;
    match (name, &*alone) {
        ("next", "refused: unclaimed") => "next".into(),
        ("next", _) => format!("passed over: {}", alone.trim_start_matches("refused: ")),
        _ => alone,
    }
}

/// The content with one member replaced.
pub fn with(pointer: &str, value: Value) -> Value {
    let mut content = content();
    *content.pointer_mut(pointer).expect("a member") = value;
    content
}

#[tokio::test]
async fn a_cache_of_every_form_is_believed() {
    for (form, cache) in in_each_form(SECRET, &content(), soon()) {
        assert_eq!(decided(strategy(), &beside(&cache)).await, "verified ann", "{form}");
    }
}

#[tokio::test]
async fn without_a_cache_the_next_strategy_decides() {
    let session = signed(SECRET, TOKEN);
    let cookie = (SESSION_COOKIE, &*session);
    let [(_, compact), ..] = in_each_form(SECRET, &content(), soon());
    let part = |number: u32| format!("{CACHE_COOKIE}.{number}");
    for cookies in [
        vec![cookie],
        // Better Auth takes a cookie back by an empty one.
        vec![cookie, (CACHE_COOKIE, "")],
        vec![cookie, (&*part(0), "")],
        vec![cookie, (&*part(0), &compact[..100]), (&*part(2), &compact[100..])],
        vec![cookie, (&*part(1), &compact)],
        // None of these is its name.
        vec![cookie, ("better-auth.session_data", &compact)],
        vec![cookie, ("__secure-better-auth.session_data", &compact)],
        vec![cookie, ("__Secure-better-auth.account_data", &compact)],
        vec![cookie, ("__Secure-better-auth.session_data.00", &compact)],
        vec![cookie, ("__Secure-better-auth.session_data.+0", &compact)],
    ] {
        assert_eq!(decided(strategy(), &presented(cookies.clone())).await, "next", "{cookies:?}");
    }
    assert_eq!(decided(strategy(), &presented([cookie, (&*part(0), &*compact)])).await, "verified ann");
}

#[tokio::test]
async fn more_than_better_auth_would_ever_set_counts_as_no_cache() {
    let session = signed(SECRET, TOKEN);
    let [(_, compact), ..] = in_each_form(SECRET, &content(), soon());
    let long = "x".repeat(49 * 1024);
    let names: Vec<_> = (1..=250).map(|number| format!("{CACHE_COOKIE}.{number}")).collect();
    let good = [(SESSION_COOKIE, &*session), (CACHE_COOKIE, &*compact)];
    let many = good.into_iter().chain(names.iter().map(|name| (&**name, "x")));
    assert_eq!(decided(strategy(), &presented(many)).await, "next");
    let large = good.into_iter().chain([(&*names[0], &*long)]);
    assert_eq!(decided(strategy(), &presented(large)).await, "next");
    // Whatever else there is, is none of its own.
    let others = good.into_iter().chain([("theme", &*long)]);
    assert_eq!(decided(strategy(), &presented(others)).await, "verified ann");
}

#[tokio::test]
async fn a_cache_that_has_expired_or_whose_session_has_is_left_to_the_next() {
    let (past, soon) = (Utc::now() - TimeDelta::seconds(2), soon());
    for (form, cache) in in_each_form(SECRET, &content(), past) {
        assert_eq!(decided(strategy(), &beside(&cache)).await, "next", "{form}");
    }
    for ended in [json!(past.to_rfc3339()), json!(past.timestamp_millis()), json!(null), json!("soon")] {
        let content = with("/session/expiresAt", ended.clone());
        for (form, cache) in in_each_form(SECRET, &content, soon) {
            assert_eq!(decided(strategy(), &beside(&cache)).await, "next", "{form}: {ended}");
        }
    }
}

#[tokio::test]
async fn a_cache_of_another_version_is_left_to_the_next() {
    for (written, configured, expected) in [
        (json!("1"), "2", "next"),
        (json!("2"), "1", "next"),
        (json!("2"), "2", "verified ann"),
        // Better Auth 1.3 and earlier know no versions.
        (json!(null), "1", "verified ann"),
        (json!(null), "2", "next"),
        (json!(""), "1", "verified ann"),
    ] {
        for (form, cache) in in_each_form(SECRET, &with("/version", written.clone()), soon()) {
            let strategy = strategy().with_version(configured);
            let decided = decided(strategy, &beside(&cache)).await;
            assert_eq!(decided, expected, "{form}: {written} where {configured} is configured");
        }
    }
}

#[tokio::test]
async fn f5_what_is_forged_or_unreadable_is_left_to_the_next_and_refused_alone() {
    let other = "another-secret-of-the-tests-0123456789-AB";
    for (form, cache) in in_each_form(other, &content(), soon()) {
        assert_eq!(decided(strategy(), &beside(&cache)).await, "passed over: bad-signature", "{form}");
    }
    let somebody = with("/session/token", json!("SomebodyElsesTokenSomebodyElsesT"));
    for (form, cache) in in_each_form(SECRET, &somebody, soon()) {
        assert_eq!(decided(strategy(), &beside(&cache)).await, "passed over: another-session", "{form}");
    }
    for garbage in
        ["x", "e30", "%7B%7D", "a.b", "a.b.c", "a.b.c.d", "a..c.d.e", "a.b.c.d.e", ".", "null", "[]"]
    {
        let decided = decided(strategy(), &beside(garbage)).await;
        assert!(decided.starts_with("passed over: "), "{garbage}: {decided}");
    }
}

#[tokio::test]
async fn a_cache_proves_nothing_without_the_session_cookie_that_it_belongs_to() {
    let other = "another-secret-of-the-tests-0123456789-AB";
    for (form, cache) in in_each_form(SECRET, &content(), soon()) {
        for (session, expected) in [
            (signed(other, TOKEN), "refused: bad-signature"),
            (signed(SECRET, "SomebodyElsesTokenSomebodyElsesT"), "passed over: another-session"),
            (signed(SECRET, &TOKEN.to_lowercase()), "passed over: another-session"),
            (TOKEN.to_owned(), "passed over: malformed"),
            (String::new(), "passed over: malformed"),
        ] {
            let credential = presented([(SESSION_COOKIE, &*session), (CACHE_COOKIE, &*cache)]);
            assert_eq!(decided(strategy(), &credential).await, expected, "{form}: {session}");
        }
    }
}

#[tokio::test]
async fn bearers_are_never_its_own() {
    for (form, cache) in in_each_form(SECRET, &content(), soon()) {
        let session = signed(SECRET, TOKEN);
        for credential in [
            Credential::bearer(&*session),
            Credential::header(&*session),
            Credential::api_key(&*session),
            Credential::bearer(&*cache),
        ] {
            let with_companion = credential.clone().with_companions(vec![Cookie::new(CACHE_COOKIE, &*cache)]);
            for credential in [credential, with_companion] {
                assert_eq!(
                    decided(strategy(), &credential).await,
                    "next",
                    "{form} {:?}",
                    credential.carrier()
                );
            }
        }
    }
}

#[tokio::test]
async fn f5_two_caches_that_differ_prove_nothing() {
    let session = signed(SECRET, TOKEN);
    let [(_, one), (_, two), _] = in_each_form(SECRET, &content(), soon());
    let both = |first, second| {
        let cookies = [(SESSION_COOKIE, &*session), (CACHE_COOKIE, first), (CACHE_COOKIE, second)];
        presented(cookies)
    };
    assert_eq!(decided(strategy(), &both(&one, &two)).await, "passed over: ambiguous-cookie");
    assert_eq!(decided(strategy(), &both(&one, &one)).await, "verified ann");
    assert_eq!(decided(strategy(), &both("", &one)).await, "verified ann");
}

#[tokio::test]
async fn the_safer_name_counts() {
    let [(_, ours), ..] = in_each_form(SECRET, &content(), soon());
    let [(_, planted), ..] = in_each_form("planted", &content(), soon());
    let strategy = || SessionCookieCache::new(SECRET, [CACHE_COOKIE, "better-auth.session_data"]);
    let credential = |secure: &str, bare: &str| {
        Credential::cookie(SESSION_COOKIE, signed(SECRET, TOKEN)).with_companions(vec![
            Cookie::new("better-auth.session_data", bare),
            Cookie::new(CACHE_COOKIE, secure),
        ])
    };
    assert_eq!(decided(strategy(), &credential(&ours, &planted)).await, "verified ann");
    assert_eq!(decided(strategy(), &credential("", &ours)).await, "verified ann");
}

#[tokio::test]
async fn what_was_verified_ends_with_the_cache_or_with_the_session() {
    let whole = |date: DateTime<Utc>| DateTime::from_timestamp(date.timestamp(), 0).expect("a date");
    let (soon, late) = (whole(soon()), whole(Utc::now() + TimeDelta::days(7)));
    for (cache_end, session_end, expected) in [(soon, late, soon), (late, soon, soon), (late, late, late)] {
        let content = with("/session/expiresAt", json!(session_end.to_rfc3339()));
        for (form, cache) in in_each_form(SECRET, &content, cache_end) {
            let identity = strategy().verify(&beside(&cache)).await.expect("verified");
            assert_eq!(identity.expires_at, expected, "{form}");
            assert_eq!(identity.session.expect("a session").expires_at, session_end, "{form}");
        }
    }
}

#[tokio::test]
async fn c2_a_ban_inside_a_cache_is_refused() {
    for (ban, expected) in [
        (json!({ "banned": true }), "refused: banned"),
        (json!({ "banned": true, "banExpires": null }), "refused: banned"),
        (json!({ "banned": true, "banExpires": "2999-01-01T00:00:00.000Z" }), "refused: banned"),
        (json!({ "banned": true, "banExpires": "2020-01-01T00:00:00.000Z" }), "verified ann"),
        // What cannot be read is no permission.
        (json!({ "banned": true, "banExpires": "some day" }), "refused: banned"),
        (json!({ "banned": "true" }), "refused: banned"),
        (json!({ "banned": {} }), "refused: banned"),
        (json!({ "banned": false }), "verified ann"),
        (json!({ "banned": null }), "verified ann"),
    ] {
        let mut content = content();
        content["user"].as_object_mut().expect("a user").extend(ban.as_object().expect("facts").clone());
        for (form, cache) in in_each_form(SECRET, &content, soon()) {
            assert_eq!(decided(strategy(), &beside(&cache)).await, expected, "{form}: {ban}");
        }
    }
}

#[tokio::test]
async fn facts_of_plugins_and_listed_fields_are_carried() {
    let mut content = content();
    content["user"]["role"] = json!("admin");
    content["user"]["plan"] = json!("pro");
    content["user"]["note"] = json!("stays inside");
    content["session"]["activeOrganizationId"] = json!("org");
    content["session"]["impersonatedBy"] = json!("root");
    content["session"]["tags"] = json!(["a", "b"]);
    let fields = || {
        let fields = AdditionalFields::new(
            ["plan".parse().expect("a field")],
            ["tags:json".parse().expect("a field")],
        );
        fields.expect("no token")
    };
    for (form, cache) in in_each_form(SECRET, &content, soon()) {
        let identity = strategy().with_fields(fields()).verify(&beside(&cache)).await.expect("verified");
        let session = identity.session.expect("a session");
        assert!(identity.user.has_role("admin"), "{form}");
        assert_eq!(session.active_organization_id.as_deref(), Some("org"), "{form}");
        assert_eq!(session.impersonated_by.as_deref(), Some("root"), "{form}");
        assert_eq!(Value::Object((*identity.user.fields).clone()), json!({ "plan": "pro" }), "{form}");
        assert_eq!(Value::Object((*session.fields).clone()), json!({ "tags": ["a", "b"] }), "{form}");
    }
}

#[tokio::test]
async fn a_remembered_verdict_is_for_this_cache_alone() {
    let cached = || Cached::new(strategy(), Duration::from_hours(1), 100);
    let forged = in_each_form("another", &content(), soon());
    for (index, (form, cache)) in in_each_form(SECRET, &content(), soon()).into_iter().enumerate() {
        let chain = Chain::default().push(cached());
        for _ in 0..2 {
            assert_eq!(outcome(&chain, &beside(&cache)).await, "verified ann", "{form}");
            assert_eq!(outcome(&chain, &beside(&forged[index].1)).await, "refused: bad-signature", "{form}");
            let alone = presented([(SESSION_COOKIE, &*signed(SECRET, TOKEN))]);
            assert_eq!(outcome(&chain, &alone).await, "refused: unclaimed", "{form}");
        }
    }
}

#[tokio::test]
async fn c2_a_remembered_verdict_ends_with_the_cache() {
    let end = Utc::now() + TimeDelta::milliseconds(1500);
    let [(_, cache), ..] = in_each_form(SECRET, &content(), end);
    let next = Scripted::new("next", |_| true);
    let cached = Cached::new(strategy(), Duration::from_hours(1), 100);
    let chain = Chain::default().push(cached).push(next.clone());
    assert_eq!(outcome(&chain, &beside(&cache)).await, "verified ann");
    tokio::time::sleep(Duration::from_millis(1600)).await;
    outcome(&chain, &beside(&cache)).await;
    assert_eq!(next.calls(), 1);
}

#[tokio::test]
async fn f5_a_cache_that_was_passed_over_is_not_checked_anew_for_a_second_and_is_nobody_elses() {
    let (counted, calls) = Counted::new(strategy());
    let next = Scripted::new("next", |_| true);
    let chain = Chain::default().push(Cached::new(counted, Duration::from_hours(1), 100)).push(next.clone());
    let [(_, good), (_, other), _] = in_each_form(SECRET, &content(), soon());
    let [(_, forged), ..] = in_each_form("another", &content(), soon());
    for asked in 1..=3 {
        let judgement = chain.judge(&beside(&forged)).await;
        assert_eq!((judgement.strategy, next.calls(), calls.get()), (Some("next"), asked, 1));
    }
    for (believed, checks) in [(&good, 2), (&other, 3), (&good, 3)] {
        assert_eq!(outcome(&chain, &beside(believed)).await, "verified ann");
        assert_eq!(calls.get(), checks);
    }
    tokio::time::sleep(Duration::from_millis(1050)).await;
    outcome(&chain, &beside(&forged)).await;
    assert_eq!((next.calls(), calls.get()), (4, 4));
}

#[tokio::test]
async fn f5_the_log_tells_of_a_cache_that_was_passed_over() {
    let [(_, forged), ..] = in_each_form("another", &content(), soon());
    let (log, _guard) = Log::collect();
    decided(strategy(), &beside(&forged)).await;
    let lines = log.judgements();
    let told = |line: &&Line| {
        ["session_cookie_cache", "passed over: refused: bad-signature"]
            .iter()
            .all(|word| line.text.contains(word))
    };
    assert!(lines.iter().any(|line| told(&line)), "{lines:?}");
}

#[tokio::test]
async fn f5_what_cannot_be_found_out_is_not_refused_by_another_that_passed_it_over() {
    struct Passes(&'static str, fn() -> Unverified);

    impl Strategy for Passes {
        fn name(&self) -> &'static str {
            self.0
        }

        fn forms(&self) -> Forms {
            Forms::ANY
        }

        async fn verify(&self, _: &Credential) -> Verdict {
            Err(self.1().passed_over())
        }
    }

    let refuses = || Passes("refuses", || Refusal::BadSignature.into());
    let away = || Passes("away", || Unverified::unavailable("nobody answers"));
    let credential = Credential::bearer("token");
    for (chain, name, expected) in [
        (Chain::default().push(refuses()).push(away()), "away", "undecidable"),
        (Chain::default().push(away()).push(refuses()), "away", "undecidable"),
        (Chain::default().push(refuses()).push(refuses()), "refuses", "refused: bad-signature"),
    ] {
        let judgement = chain.judge(&credential).await;
        assert_eq!((judgement.strategy, &*told(&judgement.verdict)), (Some(name), expected));
    }
}

async fn unverified(strategy: &SessionCookieCache, credential: &Credential) -> String {
    strategy.verify(credential).await.expect_err("not verified").to_string()
}

#[tokio::test]
async fn the_log_names_the_version_of_a_genuine_cache_once() {
    let strategy = strategy().with_version("7");
    let (log, _guard) = Log::collect();
    let said = || log.take().iter().filter(|line| line.text.contains("session_cookie_cache.version")).count();
    // Of one that is encrypted with another secret nobody knows the version.
    for (form, cache) in &in_each_form("another", &content(), soon())[..2] {
        assert!(unverified(&strategy, &beside(cache)).await.starts_with("passed over: "), "{form}");
    }
    assert_eq!(said(), 0, "anybody could have written these");
    for (form, cache) in in_each_form(SECRET, &content(), soon()) {
        assert!(
            unverified(&strategy, &beside(&cache).examined()).await.starts_with("passed over: "),
            "{form}"
        );
    }
    assert_eq!(said(), 0, "whoever asks why uses up no line");
    for (form, cache) in in_each_form(SECRET, &content(), soon()) {
        assert_eq!(unverified(&strategy, &beside(&cache)).await, "passed over: refused: unclaimed", "{form}");
    }
    assert_eq!(said(), 1);
}

/// Nobody can add anything to such a date.
#[tokio::test]
async fn a_cache_that_ends_with_the_last_year_that_can_be_counted_is_believed() {
    let last = DateTime::<Utc>::MAX_UTC;
    for end in [last, last - TimeDelta::seconds(10)] {
        let content = with("/session/expiresAt", json!(end.timestamp_millis()));
        for (form, cache) in in_each_form(SECRET, &content, end) {
            let cached = Cached::new(strategy(), Duration::from_hours(1), 100);
            assert_eq!(decided(cached, &beside(&cache)).await, "verified ann", "{form}: {end}");
        }
    }
}
