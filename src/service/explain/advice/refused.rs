use super::{Advice, Case, address};
use crate::{
    better_auth::{Secrets, SigningKeys},
    error::Refusal,
    service::explain::difference,
};

impl Case<'_> {
    /// We know that it is not valid.
    pub(super) fn refused(&self, refusal: Refusal) -> Advice {
        match refusal {
            Refusal::Unclaimed => self.unclaimed(),
            Refusal::BadSignature => self.bad_signature(),
            Refusal::WrongIssuer => self.other_name("issuer", "iss", "jwt.issuers", &self.config.kinds.jwt.issuers),
            Refusal::WrongAudience => {
                self.other_name("audience", "aud", "jwt.audiences", &self.config.kinds.jwt.audiences)
            }
            Refusal::Expired => self.expired(),
            Refusal::UnknownSession => self.unknown_session(),
            Refusal::AmbiguousCookie => Advice::new(format!(
                "Several cookies {} have different values, and their signatures do not tell which one is meant: none or more than \
                 one is right.",
                self.carriers.session_cookies().join(" or ")
            ))
            .or("Delete the session cookies in the browser, those of the parent domain as well, and sign in again.")
            .or("If an old host's cookie stays behind for every user, give Better Auth another advanced.cookiePrefix."),
            other => self.of_token(other),
        }
    }

    /// What a token alone is refused for.
    fn of_token(&self, refusal: Refusal) -> Advice {
        let found = self.failed.and_then(|line| line.found.as_deref()).unwrap_or("something else");
        let expected = self.failed.and_then(|line| line.expected.as_deref()).unwrap_or("something else");
        match refusal {
            Refusal::Malformed => Advice::new("Its form is broken: it was cut off, changed or encoded twice on its way.")
                .or("Compare it with what the client was given."),
            Refusal::TooLong => Advice::new("It is longer than the 16 KiB that are read of a token.")
                .or("Keep large fields, such as a picture as a data: URL, out of the token (jwt.definePayload)."),
            Refusal::AlgorithmNotAllowed => {
                Advice::new(format!("It is signed with {found}, and only {expected} is accepted."))
                    .or("If Better Auth's jwt plugin is set to this algorithm, add it to jwt.algorithms.")
            }
            Refusal::UnsupportedHeader => Advice::new("Its header has `crit` or `b64`, which change what a signature means.")
                .or("Better Auth writes no such token: ask who made it."),
            Refusal::UnknownKey => Advice::new(format!(
                "Its key is not among the published ones: found {found}, expected {expected}."
            ))
            .or("If the token is an old one, get a new one: its key was withdrawn.")
            .or("If it is new, another Better Auth made it, or jwt.jwks_url leads to another one (compare better_auth.url, \
                 internal_url and base_path)."),
            Refusal::AmbiguousKey => Advice::new(format!(
                "It does not name its key, or its key does not name an algorithm, so several could be meant ({found})."
            ))
            .or("Let the key set name `kid` and `alg`, or leave one algorithm in jwt.algorithms."),
            Refusal::KeyMismatch => Advice::new(format!(
                "The key that it names is for another algorithm than the token says: {found}, expected {expected}."
            ))
            .or("Better Auth writes no such token: somebody has changed its header, or a key set mixes the keys of two servers."),
            Refusal::InvalidClaim(claim) => {
                Advice::new(format!("Its claim `{claim}` is missing or of another type: found {found}, expected {expected}."))
                    .or("If Better Auth's jwt.definePayload or jwt.sign changes the claims, let it keep this one.")
            }
            Refusal::NotYetValid => Advice::new(format!("It is not valid yet: {found}; expected {expected}."))
                .or("Compare the clocks of Better Auth and of this machine; jwt.leeway is what they may differ."),
            Refusal::TooLongLived => Advice::new(format!("It was made to live longer than jwt.max_lifetime: {found}; expected {expected}."))
                .or("Shorten Better Auth's jwt.expirationTime, or raise jwt.max_lifetime."),
            Refusal::SenderConstrained => Advice::new("It is bound to a key of its client (`cnf`), so it is no bearer token.")
                .or("Let the client use an unbound token."),
            Refusal::AnotherSession => Advice::new(
                "The cookie cache beside the session cookie belongs to another session, so it proves nothing.",
            )
            .or("Let the client call get-session, so that Better Auth writes a new cookie cache.")
            .or("Add a strategy that looks sessions up behind session_cookie_cache: it then decides."),
            Refusal::Revoked => Advice::new(format!("Its user was signed out everywhere after it was made ({found})."))
                .or("Nothing, if that was meant: the user signs in again."),
            Refusal::WrongTokenType => Advice::new("It is a refresh token, or of another type: it is there to get access tokens with.")
                .or("Trade it: better-auth-verifier token exchange."),
            Refusal::Banned => Advice::new(format!("Its user is banned: {found}."))
                .or("Nothing, if that was meant; otherwise lift the ban at Better Auth (admin plugin, unban-user)."),
            other => Advice::new(format!("The strategy refuses it: {other}.")),
        }
    }

    /// Whether an older secret, or one without its blanks, would have made the signature is worth knowing.
    fn bad_signature(&self) -> Advice {
        if self.failed.is_some_and(|line| line.is_failed("signature") || line.what.contains("fits")) {
            let advice = Advice::new(
                "The signature of the token is wrong: the token was changed, or another key made it.",
            );
            return match self.strategy {
                Some("shared_secret") => advice.or("Compare shared_secret.secret here and where the token was minted."),
                _ => advice.or("If all tokens are refused, two Better Auths share a key id: compare jwt.jwks_url with where the token \
                                was made."),
            };
        }
        let secrets = self.config.better_auth.secrets.as_ref();
        if let Some(cause) = secrets.and_then(|secrets| self.near_miss(secrets)) {
            return cause;
        }
        Advice::new(
            "The signature does not fit the secret that is known here: Better Auth signed it with another secret, or it was changed \
             on its way.",
        )
        .or("If all users are refused, set better_auth.secret (BETTER_AUTH_SECRET) to the secret that Better Auth runs with: a .env \
             file is not read, and quotes and blanks count.")
        .or("If one user is refused, the cookie stems from another deployment or from before a change of the secret: signing in again \
             helps.")
    }

    /// What a secret that is nearly the configured one has signed.
    fn near_miss(&self, secrets: &Secrets) -> Option<Advice> {
        let token = self.credential?.session_token().filter(|token| token.signature().is_some())?;
        let signed = |secret: &str| SigningKeys::new([secret].into_iter()).verify_token(token).is_ok();
        if secrets.all().skip(1).any(signed) {
            return Some(
                Advice::new(
                    "An older secret of yours has signed it. Better Auth refuses such cookies as well: older secrets only decrypt.",
                )
                .or("The user signs in again, or set better_auth.accept_older_signatures = true for the time of the change."),
            );
        }
        let is_blank = |one: char| one.is_whitespace() || matches!(one, '"' | '\'');
        let trimmed = secrets.all().map(|secret| secret.trim_matches(is_blank)).any(signed);
        trimmed.then(|| {
            Advice::new(
                "better_auth.secret has blanks, quotes or a line end around it that Better Auth's own does not have: without them the \
                 signature fits.",
            )
            .or("Write the secret without them (BETTER_AUTH_SECRET).")
        })
    }

    /// The issuer or the audience is another one.
    fn other_name(&self, what: &str, claim: &str, key: &str, accepted: &[String]) -> Advice {
        let is_jwt = self.strategy == Some("jwt");
        let (key, accepted) = if is_jwt {
            (key.to_owned(), accepted.to_vec())
        } else {
            (format!("shared_secret.{what}"), Vec::new())
        };
        let found = self.failed.and_then(|line| line.found.as_deref()).unwrap_or("none");
        let expected = self.failed.and_then(|line| line.expected.as_deref()).unwrap_or("none");
        let near = accepted.iter().find_map(|name| difference::between(found.trim_matches('"'), name));
        let near = near.map(|near| format!(": {near}")).unwrap_or_default();
        let meaning = format!("Its {what} (`{claim}`) is {found}, and {expected} is expected{near}.");
        if !is_jwt {
            return Advice::new(meaning).or(format!(
                "Set {key} to what the token is minted with, or mint it with what is expected."
            ));
        }
        if self.is_signed {
            return Advice::new(format!("{meaning} A published key of your Better Auth has signed the token."))
                .or(format!(
                    "Set better_auth.url (BETTER_AUTH_URL) to Better Auth's baseURL as it is written there, or add the name to {key}."
                ));
        }
        Advice::new(format!(
            "{meaning} This name is UNVERIFIED: no published key that is known here has signed the token, so anybody may have written \
             it."
        ))
        .or(format!("Do not add the name to {key}: the token comes from another Better Auth, or somebody made it up."))
        .or(format!(
            "If it comes from your Better Auth, see that {} leads to that one (jwt.jwks_url, better_auth.internal_url, \
             better_auth.base_path).",
            address(&self.config.kinds.jwt.jwks_url)
        ))
    }

    fn expired(&self) -> Advice {
        let found = self.failed.and_then(|line| line.found.as_deref()).unwrap_or("in the past");
        let what = if self.failed.is_some_and(|line| line.is_failed("validity")) {
            "The token was valid from"
        } else {
            "It ended at"
        };
        let advice = Advice::new(format!("It has expired. {what} {found}; it is judged as of {}.", self.now));
        match self.strategy {
            Some("jwt" | "shared_secret") => advice.or("The client gets a new token.").or(
                "If tokens are refused at once, compare the clock of this machine with that of who made the token.",
            ),
            Some("session_table") => advice.or("The user signs in again.").or(
                "If live sessions are refused, look at session_table.time_zone: dates without a zone are read in that zone.",
            ),
            _ => advice.or("The user signs in again."),
        }
    }

    fn unknown_session(&self) -> Advice {
        let advice = Advice::new(
            "Its signature may be right, but there is no such session: the user signed out, the session was revoked or deleted, or it \
             was made elsewhere.",
        );
        match self.strategy {
            Some("session_table") => advice
                .or("If the user is signed in all the same, Better Auth keeps its sessions in another database (session_table.\
                     database_url, session_table.schema) or in Redis (secondary_storage)."),
            Some("secondary_storage") => advice.or(
                "If the user is signed in all the same, look at secondary_storage.key_prefix, the number of the Redis database in \
                 secondary_storage.url, and secondary_storage.store_session_in_database.",
            ),
            Some("get_session") => advice.or(
                "If the user is signed in all the same, better_auth.internal_url leads to another Better Auth, or that one has another \
                 secret or another cookie name.",
            ),
            _ => advice,
        }
    }
}
