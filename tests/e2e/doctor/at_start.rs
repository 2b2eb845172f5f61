//! The short form that runs when the service starts.

use super::right;
use crate::parts::{site::Site, wait::until};

#[tokio::test]
async fn what_is_wrong_is_logged_soon_after_the_start() {
    let site = Site::sqlite();
    let settings = right(&site.better_auth, &["session_table", "jwt"]);
    let acme = settings.clone().with("better_auth.cookie_prefix", "acme").with("jwt.algorithms", ["ES256"]);
    let (wrong, quiet, fine) = (acme.start(), acme.with("doctor.at_start", false).start(), settings.start());
    let told = |log: &String| log.contains("doctor: cookie: ") && log.contains("doctor: key set: ");
    let log = until(async || wrong.log(), told).await;
    let line = log.lines().find(|line| line.contains("doctor: cookie: ")).expect("a line");
    for word in [
        " WARN ",
        "`better-auth.session_token`",
        "Set better_auth.cookie_prefix = \"better-auth\"",
        "key=\"better_auth.cookie_prefix\"",
    ] {
        assert!(line.contains(word), "{word}: {line}");
    }
    // They started at the same time.
    assert!(!quiet.log().contains("doctor: "), "{}", quiet.log());
    assert!(!fine.log().contains("doctor: "), "{}", fine.log());
}
