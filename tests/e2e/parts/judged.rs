//! Sessions in tables of any shape, and what befalls them there.

use chrono::{DateTime, TimeDelta, Utc};

use super::{known::known_by, presented::Presented, settings::Settings, signed_in::SignedIn, site::Site};

/// How an administrator would do things by hand: statements with `{token}`, `{user}` and `{date}` in them.
pub struct Statements {
    /// The session ends at a date.
    pub end: &'static str,
    /// The user is banned.
    pub ban: &'static str,
    /// A date as the statements write it.
    pub date: fn(DateTime<Utc>) -> String,
}

/// A live session counts, and one that has ended, was signed out or belongs to a banned user does not.
pub async fn judged_right(site: &Site, settings: &Settings, statements: &Statements) {
    let service = settings.start();
    let run = async |statement: &str, session: &SignedIn, date: DateTime<Utc>| {
        let statement = statement.replace("{token}", &session.token).replace("{user}", &session.user_id);
        site.sql(&statement.replace("{date}", &(statements.date)(date))).await;
    };
    let [expired, banned, signed_out] = [site.ann().await, site.ann().await, site.ann().await];
    // Past and future by less than any zone is away from UTC.
    run(statements.end, &expired, Utc::now() + TimeDelta::minutes(10)).await;
    for session in [&expired, &banned, &signed_out] {
        let expected = known_by("session_table", &site.better_auth, session).await;
        for presented in [Presented::cookie(session), Presented::bearer(session)] {
            assert_eq!(service.me(&presented).await.accepted(), &expected);
        }
    }
    run(statements.end, &expired, Utc::now() - TimeDelta::seconds(2)).await;
    run(statements.ban, &banned, Utc::now()).await;
    site.better_auth.sign_out(&signed_out).await;
    for (session, cause) in [(&expired, "expired"), (&banned, "banned"), (&signed_out, "unknown-session")] {
        service.me(&Presented::cookie(session)).await.refused();
        service.has_told("session_table", cause);
    }
}
