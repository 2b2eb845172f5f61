//! What a browser, an app or a script holds after signing in.

use reqwest::{Response, header::SET_COOKIE};
use serde_json::Value;

/// One session, in each form it can be presented.
pub struct SignedIn {
    /// The user's id, always a string.
    pub user_id: String,
    /// The raw token, as in the JSON body and in the table.
    pub token: String,
    /// `<token>.<signature>`, as in the header `set-auth-token`.
    pub bearer_signed: String,
    /// The name of the session cookie.
    pub cookie_name: String,
    /// The session cookie's value as on the wire: `bearer_signed`, percent-encoded.
    pub cookie: String,
    /// All cookies, the session's among them, as `name=value`.
    pub cookies: Vec<String>,
}

impl SignedIn {
    /// From the answer to a sign-up or sign-in.
    pub async fn read(response: Response) -> Self {
        let header = |name| response.headers().get_all(name).into_iter();
        let text = |value: &reqwest::header::HeaderValue| value.to_str().expect("ASCII").to_owned();
        let cookies: Vec<String> = header(SET_COOKIE.as_str())
            .map(|line| text(line).split(';').next().expect("name=value").to_owned())
            .collect();
        let bearer_signed = header("set-auth-token").map(text).next();
        let (cookie_name, cookie) = cookies
            .iter()
            .filter_map(|cookie| cookie.split_once('='))
            .max_by_key(|(name, _)| name.ends_with("session_token"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .expect("a session cookie");
        let body: Value = response.json().await.expect("JSON");
        let member = |value: &Value| value.as_str().expect("a string").to_owned();
        Self {
            user_id: member(&body["user"]["id"]),
            token: member(&body["token"]),
            bearer_signed: bearer_signed.expect("set-auth-token, which the bearer plugin sends"),
            cookie_name,
            cookie,
            cookies,
        }
    }

    /// The header `Cookie` as a browser sends it.
    pub fn cookie_header(&self) -> String {
        self.cookies.join("; ")
    }
}
