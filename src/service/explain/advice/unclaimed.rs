use super::{Advice, Case};
use crate::{
    config::StrategyKind,
    credential::{Credential, Form},
    service::explain::contents,
};

/// The `typ` of OAuth access tokens (RFC 9068).
const ACCESS_TOKEN: &str = "at+jwt";

impl Case<'_> {
    /// No strategy in use reads such a credential.
    pub(super) fn unclaimed(&self) -> Advice {
        let Some(credential) = self.credential else { return Advice::new("No strategy reads it.") };
        // A cookie cache that counts as absent was looked at; what it lacks is the cause.
        if let Some(failed) = self.failed {
            let found = failed.found.as_deref().unwrap_or("something else");
            let expected = failed.expected.as_deref().unwrap_or("something else");
            return Advice::new(format!(
                "The cookie cache counts as absent ({}: found {found}, expected {expected}), and no other strategy reads the \
                 session cookie.",
                failed.what
            ))
            .or("Let the client call get-session, so that Better Auth writes a new cookie cache.")
            .or("Add a strategy that looks sessions up: session_table, secondary_storage or get_session.");
        }
        if contents::is_cookie_cache(credential) {
            return Advice::new(
                "It looks like a cookie cache (session_data) alone, which is no credential: it counts only beside its session cookie.",
            )
            .or("Send the whole Cookie header, with strategies = [\"session_cookie_cache\", …].");
        }
        self.by_form(credential)
    }

    fn by_form(&self, credential: &Credential) -> Advice {
        let has = |form| credential.forms().contains(form, credential.carrier());
        let in_use: Vec<_> = self.config.strategies.iter().map(|kind| kind.name()).collect();
        let in_use = in_use.join(", ");
        let no_reader = |what: &str| {
            Advice::new(format!("It is {what}, which none of the strategies in use reads ({in_use})."))
        };
        if has(Form::RawToken) {
            return Advice::new(
                "It looks like a session token without its signature. Such tokens are read only with better_auth.raw_tokens = true.",
            )
            .or("Send the signed token: the value of the session cookie, or what the header set-auth-token brought.")
            .or("Or set better_auth.raw_tokens = true, if nobody else can read your session table.");
        }
        if has(Form::SignedToken) {
            return no_reader("a signed session token").or(
                "Add a strategy that looks sessions up: session_table, secondary_storage or get_session.",
            );
        }
        if has(Form::Jwt) {
            return no_reader("a JWT as Better Auth's jwt plugin signs them").or("Add jwt to strategies.");
        }
        if has(Form::SharedSecretJwt) {
            return no_reader("a JWT signed with HS256, as this service's command `token` mints them")
                .or(format!("Add {} to strategies, if it is one of yours.", StrategyKind::SharedSecret));
        }
        if has(Form::ApiKey) {
            return no_reader("an API key").or("Send a token as Authorization: Bearer.");
        }
        if has(Form::OtherJws) {
            return of_another_type(credential);
        }
        no_reader("no token of a known form").or(
            "Compare it with what the client was given: a token that was cut off, encoded twice or wrapped in quotes looks like this.",
        )
    }
}

fn of_another_type(credential: &Credential) -> Advice {
    let token = credential.jws();
    let header = token.as_ref().map(|token| token.header);
    let typ = header.and_then(|header| header.typ.as_deref()).unwrap_or_default();
    if typ.eq_ignore_ascii_case(ACCESS_TOKEN) {
        return Advice::new(
            "It is an OAuth access token (typ at+jwt). It is signed by the same keys as the JWTs of Better Auth and is meant for \
             another purpose, so no strategy in use reads it.",
        )
        .or("Send a JWT of Better Auth's jwt plugin (its route /token), or the session token.");
    }
    let algorithm = header.map(crate::jose::Header::shown_algorithm).unwrap_or_default();
    Advice::new(format!(
        "It is a token with the algorithm {algorithm} and the type {:?}, which no strategy reads.",
        typ.chars().take(32).collect::<String>()
    ))
    .or("Send a JWT of Better Auth's jwt plugin (its route /token), or the session token.")
}
