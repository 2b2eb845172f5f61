use std::{str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};

use super::{Config, confidential::ASSERTION_SECRET, endpoint, reader::Reader};
use crate::{Algorithm, better_auth::Secrets};

const ISSUER: &str = "assertion.issuer";
const ALGORITHM: &str = "assertion.algorithm";
const LIFETIME: &str = "assertion.lifetime";
const ROTATE_AFTER: &str = "assertion.rotate_after";

pub(super) const MIN_SECRET: usize = 32;
const EXPECTED_SECRET: &str = "a secret of at least 32 bytes (VERIFIER_ASSERTION__SECRET)";
const EXPECTED_ISSUER: &str =
    "this service's public address: an https URL without credentials, query, fragment or slash at its end";
const WHY: &str = ", as a profile of [forward_auth.profiles] has an assertion";
/// An assertion cannot be revoked.
const LIFETIMES: [Duration; 2] = [Duration::from_secs(10), Duration::from_mins(1)];
const MIN_ROTATION: Duration = Duration::from_hours(1);

/// Signed JWTs about a caller, for an API behind.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// Encrypts the signing keys where they are kept.
    pub secret: Option<SecretString>,
    /// Their `iss`. The key set is below it, at `/.well-known/jwks.json`.
    pub issuer: Option<String>,
    /// What they are signed with.
    pub algorithm: Algorithm,
    /// How long one lives.
    pub lifetime: Duration,
    /// How long a key signs before a new one is made.
    pub rotate_after: Duration,
}

impl Assertion {
    /// The algorithms for assertions: those that JWT libraries have, and the one that Better Auth prefers.
    pub const ALGORITHMS: [Algorithm; 3] = [Algorithm::Es256, Algorithm::Rs256, Algorithm::EdDsa];
    /// The bytes to count for each cached identity: most have assertions for one audience.
    pub(super) const SIZE: usize = 1024;

    pub(super) fn read(reader: &mut Reader) -> Self {
        let long_enough = |text: &str| (text.len() >= MIN_SECRET).then(|| SecretString::from(text));
        let issuer =
            |text: &str| (endpoint::parse(text).is_some() && !text.ends_with('/')).then(|| text.to_owned());
        Self {
            secret: reader.optional(ASSERTION_SECRET, &format!("empty, or {EXPECTED_SECRET}"), long_enough),
            issuer: reader.optional(ISSUER, &format!("empty, or {EXPECTED_ISSUER}"), issuer),
            algorithm: reader.parse(ALGORITHM, "\"ES256\", \"RS256\" or \"EdDSA\"", algorithm),
            lifetime: lifetime(reader),
            rotate_after: rotate_after(reader),
        }
    }

    pub(super) fn check(&self, reader: &mut Reader, config: &Config) {
        match &self.secret {
            Some(secret) => warn_of_shared(reader, secret, config.better_auth.secrets.as_ref()),
            None => missing(reader, ASSERTION_SECRET, &format!("{EXPECTED_SECRET}{WHY}")),
        }
        match self.issuer.as_deref().and_then(endpoint::parse) {
            Some(issuer) => reader.check_https(ISSUER, &issuer),
            None => missing(reader, ISSUER, &format!("{EXPECTED_ISSUER}{WHY}")),
        }
    }
}

/// A malformed value is already a fault.
fn missing(reader: &mut Reader, key: &str, expected: &str) {
    if reader.get::<String>(key).is_empty() {
        reader.fault(key, expected);
    }
}

fn algorithm(name: &str) -> Option<Algorithm> {
    Algorithm::from_str(name).ok().filter(|algorithm| Assertion::ALGORITHMS.contains(algorithm))
}

/// A token's dates are whole seconds.
fn lifetime(reader: &mut Reader) -> Duration {
    let [shortest, longest] = LIFETIMES;
    let lifetime = reader.duration(LIFETIME);
    if !(shortest..=longest).contains(&lifetime) || lifetime.subsec_nanos() > 0 {
        reader.fault(LIFETIME, "whole seconds, from \"10s\" to \"60s\": an assertion cannot be revoked");
    }
    lifetime
}

fn rotate_after(reader: &mut Reader) -> Duration {
    let rotate_after = reader.duration(ROTATE_AFTER);
    if rotate_after < MIN_ROTATION {
        reader.fault(ROTATE_AFTER, "\"1h\" or longer: each key is published for ten minutes before it signs");
    }
    rotate_after
}

fn warn_of_shared(reader: &mut Reader, secret: &SecretString, of_better_auth: Option<&Secrets>) {
    let ours = secret.expose_secret();
    if of_better_auth.is_some_and(|theirs| theirs.all().any(|secret| secret == ours)) {
        reader.warn(
            "assertion.secret is Better Auth's own: anyone who knows it and can read database.url can sign assertions",
        );
    }
}
