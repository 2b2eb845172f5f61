use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use poem::{
    IntoResponse,
    http::{Extensions, HeaderMap, Method, header},
};

use super::*;
use crate::{
    Algorithm, Authenticator, Carrier, Carriers, Chain, Credential, Form, Forms, RequestHead, Strategy, User,
    Verdict,
    error::{Refusal, Unverified},
    judgement::{Observer, Outcome, Subject},
};

const LIFETIME: Duration = Duration::from_mins(1);

/// Knows everybody until then.
struct Everybody(DateTime<Utc>);

impl Strategy for Everybody {
    fn name(&self) -> &'static str {
        "everybody"
    }

    fn forms(&self) -> Forms {
        Forms::of(&[Form::SharedSecretJwt], &[Carrier::Authorization])
    }

    async fn verify(&self, _: &Credential) -> Verdict {
        Ok(Identity::new(User::new("ann"), self.0))
    }
}

/// How requests ended.
#[derive(Clone, Default)]
struct Ends(Arc<Mutex<Vec<String>>>);

impl Observer for Ends {
    fn ended(&self, outcome: Outcome<'_>, _: &Subject<'_>) {
        let end = match outcome {
            Outcome::Passed(_) => "verified".to_owned(),
            Outcome::Guest => "a guest".to_owned(),
            Outcome::TurnedAway(error) => error.to_string(),
            Outcome::Abandoned => "abandoned".to_owned(),
        };
        self.0.lock().push(end);
    }
}

/// A profile with assertions, for which there is no key yet, or without.
fn profile(mints: bool) -> Profile {
    let assertions = Assertions::new("https://auth.example.test", Algorithm::Es256, LIFETIME);
    Profile {
        name: "default".into(),
        require: Vec::new(),
        optional: true,
        assertion: mints.then(|| Assertion { assertions, audience: "api".into() }),
        assertion_header: AssertionHeader::Own,
    }
}

/// What a caller, or a guest, gets whose credential ends then, and how observers hear it end.
async fn answer(
    profile: &Profile,
    token: Option<&str>,
    expires_at: DateTime<Utc>,
    clock: Clock,
) -> (Result<(), AuthError>, Vec<String>) {
    let (ends, mut headers) = (Ends::default(), HeaderMap::new());
    if let Some(token) = token {
        headers.insert(header::AUTHORIZATION, format!("Bearer {token}").parse().expect("a value"));
    }
    let chain = Chain::default().push(Everybody(expires_at));
    let authenticator =
        Authenticator::new(Carriers::default(), chain).with_observer(ends.clone()).with_clock(clock);
    let (head, extensions) =
        (RequestHead { method: &Method::GET, headers: &headers, client: None }, Extensions::new());
    let answer = profile.answer(&Protection::new(&authenticator, head, &extensions), clock).await;
    let answer = answer.map(|headers| assert!(headers.into_response().status().is_success()));
    (answer, ends.0.lock().clone())
}

/// Of a form that the strategy claims.
const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln";

#[tokio::test]
async fn without_a_key_the_request_ends_once_and_undecidable() {
    let now = Utc::now();
    let later = now + LIFETIME;
    let (answered, ends) = answer(&profile(true), Some(TOKEN), later, Clock::Fixed(now)).await;
    assert!(matches!(answered, Err(AuthError::Unverified(Unverified::Undecidable(_)))), "{answered:?}");
    assert_eq!(ends, ["undecidable: assertion: there is no key to sign with yet, or no longer"]);
    // Nobody who needs no assertion waits for a key.
    for (mints, token, end) in [(false, Some(TOKEN), "verified"), (true, None, "a guest")] {
        let (answered, ends) = answer(&profile(mints), token, later, Clock::Fixed(now)).await;
        answered.expect("it may pass");
        assert_eq!(ends, [end]);
    }
}

/// A strategy may allow for clocks that differ. The API would get an assertion that is over.
#[tokio::test]
async fn a_credential_that_is_over_is_refused_where_an_assertion_is_minted() {
    let now = Utc::now();
    for expires_at in [now, now - LIFETIME / 2] {
        let (answered, ends) = answer(&profile(true), Some(TOKEN), expires_at, Clock::Fixed(now)).await;
        let expired = Unverified::Refused(Refusal::Expired);
        assert!(
            matches!(&answered, Err(AuthError::Unverified(Unverified::Refused(Refusal::Expired)))),
            "{answered:?}"
        );
        assert_eq!(ends, [expired.to_string()]);
        let (answered, ends) = answer(&profile(false), Some(TOKEN), expires_at, Clock::Fixed(now)).await;
        answered.expect("the strategy knows the caller");
        assert_eq!(ends, ["verified"]);
    }
}

#[tokio::test]
async fn a_guest_passes_only_where_guests_may() {
    let now = Utc::now();
    let strict = Profile { optional: false, ..profile(true) };
    let (answered, ends) = answer(&strict, None, now, Clock::Fixed(now)).await;
    assert!(matches!(answered, Err(AuthError::Missing)), "{answered:?}");
    assert_eq!(ends, [AuthError::Missing.to_string()]);
}
