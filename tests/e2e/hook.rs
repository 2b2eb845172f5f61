//! Better Auth's plugin tells the service what has ended: strategies that would see it late see it at once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::parts::{
    answer::Answer,
    cookie_cache::{self, LONG},
    database::Database,
    hook::{hearing, plugin, ports},
    presented::Presented,
    service::Service,
    settings::Settings,
    signed_in::SignedIn,
    site::{PASSWORD, Site},
    wait::{until, within},
};

/// Told within this, on a busy machine, too. What is not told is remembered for minutes.
const AT_ONCE: Duration = Duration::from_secs(3);

/// A site that keeps a cookie cache and tells the services on these ports.
fn site(ports: &[u16]) -> Site {
    let settings = json!({
        "session": { "cookieCache": { "enabled": true, "maxAge": LONG } },
        "user": { "deleteUser": { "enabled": true } },
        "plugins": { "admin": {}, "verifier": plugin(ports) },
    });
    Site::start(&Database::Sqlite, settings)
}

/// They remember for longer than any test takes.
fn settings(site: &Site, strategies: &[&str]) -> Settings {
    hearing(Settings::of(&site.better_auth, strategies)).with("get_session.cache.max_age", "10m")
}

/// One service for each way to be known, all told by the same Better Auth.
struct Services {
    get_session: Service,
    jwt: Service,
    cookie_cache: Service,
}

/// What one session is known by.
struct Known {
    session: SignedIn,
    jwt: Presented,
}

impl Known {
    async fn new(site: &Site, session: SignedIn) -> Self {
        let jwt = Presented::Bearer(site.better_auth.jwt(&session).await);
        Self { session, jwt }
    }
}

impl Services {
    fn start() -> (Site, Self) {
        let [first, second, third] = ports();
        let site = site(&[first, second, third]);
        let services = Self {
            get_session: settings(&site, &["get_session"]).start_at(first),
            jwt: settings(&site, &["jwt"]).start_at(second),
            cookie_cache: settings(&site, &["session_cookie_cache", "get_session"]).start_at(third),
        };
        (site, services)
    }

    /// Each with what it is shown of a session.
    fn shown(&self, known: &Known) -> [(&Service, Presented); 3] {
        [
            (&self.get_session, Presented::cookie(&known.session)),
            (&self.jwt, known.jwt.clone()),
            (&self.cookie_cache, Presented::cookies(&known.session)),
        ]
    }

    async fn know(&self, known: &Known) {
        for (service, presented) in self.shown(known) {
            service.me(&presented).await.accepted();
            service.me(&presented).await.accepted();
        }
    }

    async fn see_the_end_of(&self, known: &Known) {
        for (service, presented) in self.shown(known) {
            within(AT_ONCE, async || service.me(&presented).await, |answer| answer.status != 200)
                .await
                .refused();
        }
    }
}

async fn another_session(site: &Site, session: &SignedIn) -> SignedIn {
    let known = site.better_auth.get_session(session).await;
    site.better_auth.sign_in(known["user"]["email"].as_str().expect("an address"), PASSWORD).await
}

#[tokio::test]
async fn every_end_is_seen_at_once() {
    let (site, services) = Services::start();
    let (admin, bystander) = (site.admin().await, Known::new(&site, site.ann().await).await);
    services.know(&bystander).await;
    let post = async |path: &str, by: &SignedIn, body: Value| {
        site.better_auth.post(path, Some(by), &body).await;
    };
    for way in ["sign-out", "revoke-session", "ban-user", "delete-user", "remove-user"] {
        let known = Known::new(&site, site.ann().await).await;
        services.know(&known).await;
        let Known { session, .. } = &known;
        match way {
            "sign-out" => site.better_auth.sign_out(session).await,
            "revoke-session" => {
                let other = another_session(&site, session).await;
                post("/revoke-session", &other, json!({ "token": session.token })).await;
            }
            "ban-user" => post("/admin/ban-user", &admin, json!({ "userId": session.user_id })).await,
            "delete-user" => post("/delete-user", session, json!({ "password": PASSWORD })).await,
            _ => post("/admin/remove-user", &admin, json!({ "userId": session.user_id })).await,
        }
        services.see_the_end_of(&known).await;
        println!("{way} is seen");
    }
    for (service, presented) in services.shown(&bystander) {
        service.me(&presented).await.accepted();
    }
    let by_cache = services.cookie_cache.me(&Presented::cookies(&bystander.session)).await;
    assert_eq!(by_cache.accepted()["strategy"], "session_cookie_cache");
}

#[tokio::test]
async fn another_role_is_seen_at_once() {
    let (site, services) = Services::start();
    let (admin, mut known) = (site.admin().await, Known::new(&site, site.ann().await).await);
    services.know(&known).await;
    let role = json!({ "userId": known.session.user_id, "role": "admin" });
    site.better_auth.post("/admin/set-role", Some(&admin), &role).await;
    let [by_session, (by_jwt, jwt), by_cache] = services.shown(&known);
    for (service, presented) in [by_session, by_cache] {
        let has_it = |answer: &Answer| answer.accepted()["user"]["role"] == "admin";
        let answer = within(AT_ONCE, async || service.me(&presented).await, has_it).await;
        // The cache still says the old one, and is passed over.
        assert_eq!(answer.body["strategy"], "get_session");
    }
    within(AT_ONCE, async || by_jwt.me(&jwt).await, |answer| answer.status != 200).await.refused();
    // Whoever still has a session fetches another, a second later at most. Better Auth makes it from the cookie cache if
    // there is one, and that still says the old role.
    known.session.cookies.retain(|(name, _)| !cookie_cache::is_cache(name));
    let anew = async || by_jwt.me(&Presented::Bearer(site.better_auth.jwt(&known.session).await)).await;
    let answer = within(Duration::from_millis(1500), anew, |answer| answer.status == 200).await;
    assert_eq!(answer.body["user"]["role"], "admin");
}

/// Better Auth itself still takes the cookies of a session that was signed out.
#[tokio::test]
async fn a_cookie_cache_ends_with_its_session_in_every_form() {
    for (form, published) in cookie_cache::FORMS {
        let [port] = ports();
        let cache = json!({ "enabled": true, "strategy": form, "maxAge": LONG });
        let plugins =
            json!({ "admin": {}, "jwt": { "sessionCookieCache": published }, "verifier": plugin(&[port]) });
        let options = json!({ "session": { "cookieCache": cache }, "plugins": plugins });
        let site = Site::start(&Database::Sqlite, options);
        let service = settings(&site, &["session_cookie_cache", "get_session"]).start_at(port);
        let strategy = async |session: &SignedIn| {
            service.me(&Presented::cookies(session)).await.accepted()["strategy"].clone()
        };

        let (one, bystander) = (site.ann().await, site.ann().await);
        let mut other = another_session(&site, &one).await;
        for session in [&one, &other, &bystander] {
            assert_eq!(strategy(session).await, "session_cookie_cache", "{form}");
        }
        site.better_auth.sign_out(&one).await;
        let cookies = Presented::cookies(&one);
        within(AT_ONCE, async || service.me(&cookies).await, |answer| answer.status != 200).await.refused();
        assert_ne!(site.better_auth.get_session(&one).await, Value::Null, "{form}");

        // Their caches name no other session than their own; that of the same user is asked for until it is newer.
        assert_eq!(strategy(&bystander).await, "session_cookie_cache", "{form}");
        assert_eq!(strategy(&other).await, "get_session", "{form}");
        tokio::time::sleep(Duration::from_secs(1)).await;
        let page = format!("{}/api/auth/get-session?disableCookieCache=true", site.better_auth.url());
        let page = reqwest::Client::new().get(page).header("cookie", other.cookie_header());
        other.keep(&page.send().await.expect("Better Auth answers"));
        assert_eq!(strategy(&other).await, "session_cookie_cache", "{form}");
    }
}

#[tokio::test]
async fn what_happens_while_the_service_is_away_is_told_when_it_is_back() {
    let [port] = ports();
    let site = site(&[port]);
    let mut service = settings(&site, &["jwt"]).start_at(port);
    let (known, bystander) = (site.ann().await, site.ann().await);
    let [known, bystander] = [Known::new(&site, known).await, Known::new(&site, bystander).await];
    service.me(&known.jwt).await.accepted();

    service.process.stop("TERM");
    site.better_auth.sign_out(&known.session).await;
    // Some attempts fail.
    tokio::time::sleep(Duration::from_secs(1)).await;
    service.start_again();
    until(async || service.me(&known.jwt).await, |answer| answer.status != 200).await.refused();
    service.me(&bystander.jwt).await.accepted();
}

#[tokio::test]
async fn a_service_that_hangs_delays_nobody_at_better_auth() {
    let [port] = ports();
    let site = site(&[port]);
    let mut service = settings(&site, &["jwt"]).start_at(port);
    let mut sessions = Vec::new();
    // More than the plugin sends at once.
    for _ in 0..20 {
        sessions.push(Known::new(&site, site.ann().await).await);
    }
    service.me(&sessions[0].jwt).await.accepted();
    service.process.pause();
    let begin = Instant::now();
    for Known { session, .. } in &sessions {
        site.better_auth.sign_out(session).await;
    }
    // If each waited for the plugin's time-out, it would be forty seconds.
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    service.process.resume();
    for Known { jwt, .. } in &sessions {
        until(async || service.me(jwt).await, |answer| answer.status != 200).await.refused();
    }
}
