//! What a browser, an app or a script holds after signing in.

use percent_encoding::percent_decode_str;
use reqwest::{
    Response,
    header::{HeaderMap, SET_COOKIE},
};
use serde_json::Value;

/// One session, in each form it can be presented.
pub struct SignedIn {
    /// The user's id, always a string.
    pub user_id: String,
    /// The raw token, as in the JSON body and in the table.
    pub token: String,
    /// `<token>.<signature>`, as in the header `set-auth-token` of the plugin bearer, else as the cookie holds it; Better Auth before 1.5 percent-encodes it there.
    pub bearer_signed: String,
    /// The name of the session cookie.
    pub cookie_name: String,
    /// The session cookie's value as on the wire: `<token>.<signature>`, percent-encoded.
    pub cookie: String,
    /// All cookies, the session's among them, by name and value as on the wire.
    pub cookies: Vec<(String, String)>,
}

impl SignedIn {
    /// From the answer to a sign-up or sign-in.
    pub async fn read(response: Response) -> Self {
        let mut cookies = Vec::new();
        keep(&mut cookies, response.headers());
        let bearer_signed = response.headers().get("set-auth-token").map(text);
        let body: Value = response.json().await.expect("JSON");
        let member = |value: &Value| value.as_str().expect("a string").to_owned();
        // An impersonation answers with the session itself.
        let token = member(if body["token"].is_null() { &body["session"]["token"] } else { &body["token"] });
        // By its value, as its name may be any. The multiSession plugin keeps a second cookie of that value.
        let is_session = |(name, value): &&(String, String)| {
            !name.contains("_multi-") && value.strip_prefix(&token).is_some_and(|rest| rest.starts_with('.'))
        };
        let (cookie_name, cookie) = cookies.iter().find(is_session).expect("a session cookie").clone();
        Self {
            user_id: member(&body["user"]["id"]),
            token,
            bearer_signed: bearer_signed
                .unwrap_or_else(|| percent_decode_str(&cookie).decode_utf8().expect("UTF-8").into_owned()),
            cookie_name,
            cookie,
            cookies,
        }
    }

    /// Keeps what a later answer sets, as a browser and an app do: that may be another session of the same user.
    pub fn keep(&mut self, response: &Response) {
        keep(&mut self.cookies, response.headers());
        if let Some((_, cookie)) = self.cookies.iter().find(|(name, _)| *name == self.cookie_name) {
            self.cookie.clone_from(cookie);
            cookie.split('.').next().expect("a token").clone_into(&mut self.token);
        }
        if let Some(signed) = response.headers().get("set-auth-token") {
            self.bearer_signed = text(signed);
        }
    }

    /// The header `Cookie` as a browser sends it.
    pub fn cookie_header(&self) -> String {
        self.cookie_header_of(|_| true)
    }

    /// The header `Cookie` with the session cookie alone.
    pub fn session_cookie_header(&self) -> String {
        self.cookie_header_of(|name| name == self.cookie_name)
    }

    /// The header `Cookie` with the cookies whose names are `wanted`.
    pub fn cookie_header_of(&self, wanted: impl Fn(&str) -> bool) -> String {
        let wanted = self.cookies.iter().filter(|(name, _)| wanted(name));
        wanted.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}

/// A cookie replaces the one of its name; one that has ended takes it away.
fn keep(cookies: &mut Vec<(String, String)>, headers: &HeaderMap) {
    for line in headers.get_all(SET_COOKIE).iter().map(text) {
        let (pair, attributes) = line.split_once(';').unwrap_or((&line, ""));
        let (name, value) = pair.split_once('=').expect("name=value");
        cookies.retain(|(kept, _)| kept != name);
        let has_ended = attributes.split(';').any(|one| one.trim().eq_ignore_ascii_case("max-age=0"));
        if !has_ended {
            cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

fn text(value: &reqwest::header::HeaderValue) -> String {
    value.to_str().expect("ASCII").to_owned()
}
