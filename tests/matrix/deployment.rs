//! A Better Auth of some version on some store, and what clients get from it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::{
    credential::Credential,
    form::Form,
    parts::{
        better_auth::BetterAuth,
        presented::{Presented, changed, encoded, swapped},
        redis::Redis,
        signed_in::SignedIn,
        site::PASSWORD,
        sql,
    },
    store::{Store, expire_in_redis},
};

const ANN: &str = "ann@example.test";
/// Will be banned.
const BOB: &str = "bob@example.test";
const CLEO: &str = "cleo@example.test";
/// What stands before the signature of a compact cookie cache.
const SIGNATURE: &str = r#""signature":""#;

/// What runs.
pub struct Deployment {
    pub better_auth: BetterAuth,
    pub redis: Option<Redis>,
}

impl Deployment {
    /// Starts it, with its users.
    pub async fn start(version: &str, store: Store, form: Form) -> Self {
        let opened = store.open();
        let mut settings = opened.settings();
        let form = form.settings();
        settings.as_object_mut().expect("an object").extend(form.as_object().expect("an object").clone());
        let better_auth = BetterAuth::start_version(version, &opened.database, settings);
        for (name, email) in [("Ann", ANN), ("Bob", BOB), ("Cleo", CLEO)] {
            better_auth.sign_up(name, email, PASSWORD).await;
        }
        Self { better_auth, redis: opened.redis }
    }

    /// A credential of this kind, where there is one, and the id of its user.
    pub async fn present(&self, credential: Credential) -> Option<(Presented, String)> {
        let session = if matches!(credential, Credential::Banned | Credential::BannedJwt) {
            self.banned().await
        } else {
            self.ann().await
        };
        let (cookie, signed) = (Presented::cookie(&session), decoded(&session));
        let user_id = session.user_id.clone();
        let presented = match credential {
            Credential::SessionCookie | Credential::Banned => cookie,
            Credential::SignedBearer => Presented::Bearer(signed),
            Credential::EncodedBearer => Presented::Bearer(encoded(&signed)),
            Credential::SignedHeader => Presented::Header(signed),
            Credential::RawBearer => Presented::Bearer(session.token),
            Credential::Jwt | Credential::BannedJwt => {
                Presented::Bearer(self.better_auth.jwt(&session).await)
            }
            Credential::CookieCache(_) => Presented::cookies(&session),
            Credential::TamperedCookie => {
                let value = changed(&signed, session.token.len() + 1);
                Presented::Cookie(format!("{}={}", session.cookie_name, encoded(&value)))
            }
            Credential::UnsignedCookie => {
                Presented::Cookie(format!("{}={}", session.cookie_name, session.token))
            }
            Credential::SessionId => {
                let known = self.better_auth.get_session(&session).await;
                // Up to 1.5 a session in Redis has none.
                Presented::Bearer(known["session"]["id"].as_str()?.to_owned())
            }
            Credential::CaseSwapped => Presented::Bearer(swapped(&session.token)),
            Credential::SignedOut => {
                self.better_auth.sign_out(&session).await;
                cookie
            }
            Credential::Expired => {
                self.expire(&session).await;
                cookie
            }
            Credential::ForgedCookieCache(form) => {
                let forged = forged(&cache(&session), form);
                Presented::Cookie(format!("{}; {forged}", session.session_cookie_header()))
            }
            Credential::CookieCacheOfAnother(_) => {
                let other = self.signed_in(CLEO).await;
                Presented::Cookie(format!("{}; {}", session.session_cookie_header(), cache(&other)))
            }
        };
        Some((presented, user_id))
    }

    async fn ann(&self) -> SignedIn {
        self.signed_in(ANN).await
    }

    /// With cookies that Better Auth itself takes. 1.2 reads the clock twice for a cookie cache, once for what it says and
    /// once for what it signs: where a millisecond ends in between, Better Auth takes the session for none.
    async fn signed_in(&self, email: &str) -> SignedIn {
        for _ in 0..5 {
            let session = self.better_auth.sign_in(email, PASSWORD).await;
            if !self.better_auth.get_session(&session).await.is_null() {
                return session;
            }
        }
        panic!("Better Auth takes none of five new sessions of {email}");
    }

    /// Signs in and is banned then: at once, and by nobody whom Better Auth knows.
    async fn banned(&self) -> SignedIn {
        let url = self.better_auth.database_url();
        sql::execute(url, &format!(r#"UPDATE "user" SET "banned" = FALSE WHERE "email" = '{BOB}'"#)).await;
        let mut session = self.better_auth.sign_in(BOB, PASSWORD).await;
        sql::execute(url, &format!(r#"UPDATE "user" SET "banned" = TRUE WHERE "email" = '{BOB}'"#)).await;
        // Better Auth would believe its cookie cache.
        session.cookies.retain(|(name, _)| *name == session.cookie_name);
        session
    }

    async fn expire(&self, session: &SignedIn) {
        if let Some(redis) = &self.redis {
            return expire_in_redis(redis, &session.token);
        }
        let url = self.better_auth.database_url();
        let past = sql::date(url, "2020-01-01T00:00:00Z".parse().expect("a date"));
        let statement =
            format!(r#"UPDATE "session" SET "expiresAt" = {past} WHERE "token" = '{}'"#, session.token);
        sql::execute(url, &statement).await;
    }
}

/// The signed token without percent-encoding, whatever the version sends.
fn decoded(session: &SignedIn) -> String {
    let decoded = percent_encoding::percent_decode_str(&session.bearer_signed).decode_utf8();
    decoded.expect("UTF-8").into_owned()
}

/// The cookie cache, as a pair of name and value.
fn cache(session: &SignedIn) -> String {
    let (name, value) = session
        .cookies
        .iter()
        .find(|(name, _)| name.ends_with(".session_data"))
        .expect("a cookie cache that needs one cookie");
    format!("{name}={value}")
}

/// The same with another signature.
fn forged(cache: &str, form: Form) -> String {
    if form != Form::Compact {
        return changed(cache, cache.len() - 20);
    }
    // There it stands within, encoded once more.
    let (name, value) = cache.split_once('=').expect("a pair");
    let text = BASE64_URL_SAFE_NO_PAD.decode(value).expect("base64url");
    let text = String::from_utf8(text).expect("UTF-8");
    let at = text.find(SIGNATURE).expect("a signature") + SIGNATURE.len();
    format!("{name}={}", BASE64_URL_SAFE_NO_PAD.encode(changed(&text, at)))
}
