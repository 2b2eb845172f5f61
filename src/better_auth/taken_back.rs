//! Better Auth's answer to a made-up session token.
//!
//! It finds no such session and clears the session's cookies (`Set-Cookie` without a value), but only if it accepts the
//! cookie's name and the signature in it. So a made-up token, signed here, shows whether both sides have the same secret
//! and the same names, and ends no session.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderName, HeaderValue, StatusCode, header};
use reqwest::{RequestBuilder, Url};

use crate::{chance::Chance, outbound::Outbound};

/// The routes to ask, as this process reaches them.
pub struct Routes {
    /// `get-session`.
    pub session: Url,
    /// `list-sessions`.
    pub sessions: Url,
}

/// As long as Better Auth's tokens, and of no session.
pub fn made_up_token(chance: Chance) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(chance.bytes::<24>())
}

impl Routes {
    /// The names of the cookies that Better Auth clears in answer to this header. `None` if the answer proves nothing, such as
    /// a failure.
    ///
    /// With the plugin customSession, get-session clears no cookie. list-sessions does, but only from 1.6 on; before, that
    /// plugin rejects the parameters of get-session.
    pub async fn taken_back(
        &self,
        outbound: &Outbound,
        name: HeaderName,
        value: &str,
    ) -> Option<Vec<String>> {
        let mut value = HeaderValue::try_from(value).ok()?;
        value.set_sensitive(true);
        let ask = |url| outbound.get(url).header(&name, &value);
        match send(ask(&self.session), StatusCode::OK).await? {
            none if none.is_empty() => send(ask(&self.sessions), StatusCode::UNAUTHORIZED).await,
            names => Some(names),
        }
    }
}

/// `stranger` is the status that strangers get.
async fn send(request: RequestBuilder, stranger: StatusCode) -> Option<Vec<String>> {
    let response = request.send().await.ok().filter(|response| response.status() == stranger)?;
    let set = response.headers().get_all(header::SET_COOKIE).iter();
    let set = set.filter_map(|cookie| cookie.to_str().ok()?.split_once('='));
    Some(set.filter(|(_, rest)| rest.starts_with(';')).map(|(name, _)| name.to_owned()).collect())
}
