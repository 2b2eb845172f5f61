use serde_json::json;

use super::*;

const NOW: i64 = 1_767_225_600;

fn expected() -> Expectation {
    Expectation {
        issuers: Some(vec!["https://a.example".into(), "https://b.example".into()]),
        audiences: Some(vec!["https://a.example".into(), "api".into()]),
        issued_at: true,
        leeway: Duration::from_secs(30),
        max_lifetime: None,
    }
}

fn payload() -> Map<String, Value> {
    let payload = json!({
        "iss": "https://a.example", "aud": "https://a.example", "sub": "u",
        "iat": NOW, "exp": NOW + 900, "name": "Ann", "email": "ann@example.com", "emailVerified": true, "image": null,
    });
    payload.as_object().expect("an object").clone()
}

fn with(name: &str, value: &Value) -> Result<Claims, Refusal> {
    let mut payload = payload();
    payload.insert(name.into(), value.clone());
    check(payload, &expected())
}

fn without(name: &str) -> Result<Claims, Refusal> {
    let mut payload = payload();
    payload.remove(name);
    check(payload, &expected())
}

fn check(payload: Map<String, Value>, expected: &Expectation) -> Result<Claims, Refusal> {
    Claims::validate(payload, expected, DateTime::from_timestamp(NOW, 0).expect("a date"), &Trace::default())
}

fn refusal(result: Result<Claims, Refusal>) -> Option<Refusal> {
    result.err()
}

#[test]
fn the_registered_claims_are_read() {
    let claims = check(payload(), &expected()).expect("valid");
    assert_eq!(claims.subject, "u");
    assert_eq!(claims.issued_at, NOW);
    assert_eq!(claims.expires_at.timestamp(), NOW + 900);
}

#[test]
fn what_is_not_expected_may_be_absent_but_an_audience_must_be_ours() {
    let open = Expectation { issuers: None, audiences: None, issued_at: false, ..expected() };
    let mut payload = payload();
    assert_eq!(refusal(check(payload.clone(), &open)), Some(Refusal::WrongAudience));
    for name in ["aud", "iss", "iat"] {
        payload.remove(name);
    }
    assert!(check(payload.clone(), &open).is_ok());
    let limited = Expectation { max_lifetime: Some(Duration::from_mins(15)), ..open };
    assert_eq!(refusal(check(payload, &limited)), Some(Refusal::InvalidClaim("iat")));
}

#[test]
fn s7_registered_claims_are_required_and_typed() {
    for name in ["exp", "iat", "iss", "aud", "sub"] {
        assert_eq!(refusal(without(name)), Some(Refusal::InvalidClaim(name)));
        for value in [json!(null), json!({}), json!(true), json!([1])] {
            assert_eq!(refusal(with(name, &value)), Some(Refusal::InvalidClaim(name)), "{name} {value}");
        }
    }
    assert_eq!(refusal(with("exp", &json!("1800000000"))), Some(Refusal::InvalidClaim("exp")));
    assert_eq!(refusal(with("nbf", &json!("now"))), Some(Refusal::InvalidClaim("nbf")));
    assert_eq!(refusal(with("sub", &json!(""))), Some(Refusal::InvalidClaim("sub")));
    assert_eq!(refusal(with("iss", &json!(["https://a.example"]))), Some(Refusal::InvalidClaim("iss")));
}

#[test]
fn s8_issuer_and_audience_are_compared_exactly() {
    assert!(with("iss", &json!("https://b.example")).is_ok());
    for issuer in ["https://a.example/", "https://A.example", "https://c.example", ""] {
        assert_eq!(refusal(with("iss", &json!(issuer))), Some(Refusal::WrongIssuer), "{issuer}");
    }
    assert!(with("aud", &json!(["other", "api"])).is_ok());
    for audience in [json!("other"), json!([]), json!(["API", "other"])] {
        assert_eq!(refusal(with("aud", &audience)), Some(Refusal::WrongAudience), "{audience}");
    }
}

#[test]
fn s7_times_are_held_to_the_second_with_the_leeway() {
    assert_eq!(refusal(with("exp", &json!(NOW - 30))), Some(Refusal::Expired));
    assert!(with("exp", &json!(NOW - 29)).is_ok());
    assert!(with("iat", &json!(NOW + 30)).is_ok());
    assert_eq!(refusal(with("iat", &json!(NOW + 31))), Some(Refusal::NotYetValid));
    assert!(with("nbf", &json!(NOW + 30)).is_ok());
    assert_eq!(refusal(with("nbf", &json!(NOW + 31))), Some(Refusal::NotYetValid));
    assert_eq!(refusal(with("exp", &json!(3600))), Some(Refusal::Expired));
}

#[test]
fn far_dates_are_clamped_and_fractions_dropped() {
    for far in [json!(1e18), json!(1e300), json!(u64::MAX), json!(i64::MAX)] {
        let claims = with("exp", &far).expect("valid");
        assert_eq!(claims.expires_at.timestamp(), 253_402_300_799, "{far}");
    }
    assert!(with("exp", &json!(1_767_225_601.5)).is_ok());
    assert_eq!(refusal(with("exp", &json!(-1e300))), Some(Refusal::Expired));
}

#[test]
fn s7_a_ceiling_on_the_lifetime_holds() {
    let expected = Expectation { max_lifetime: Some(Duration::from_secs(899)), ..expected() };
    assert_eq!(refusal(check(payload(), &expected)), Some(Refusal::TooLongLived));
}

#[test]
fn s13_bound_tokens_are_refused() {
    assert_eq!(refusal(with("cnf", &json!({"jkt": "x"}))), Some(Refusal::SenderConstrained));
}
