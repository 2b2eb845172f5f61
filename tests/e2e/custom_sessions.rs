//! get-session as the customSession plugin changes it.

use serde_json::json;

use crate::parts::{
    database::Database, known::known_by, presented::Presented, settings::Settings, site::Site,
};

fn site(shape: &str) -> Site {
    let plugins = json!({ "plugins": { "admin": {}, "customSession": { "shape": shape } } });
    Site::start(&Database::Sqlite, plugins)
}

/// More than usual is no reason not to read it; what was added stays inside.
#[tokio::test]
async fn with_more_members_are_read() {
    let site = site("extended");
    let session = site.ann().await;
    let expected = known_by("get_session", &site.better_auth, &session).await;
    let service = Settings::of(&site.better_auth, &["get_session"]).start();
    for presented in [Presented::cookie(&session), Presented::bearer(&session)] {
        assert_eq!(service.me(&presented).await.accepted(), &expected);
    }
    let asked = Settings::of(&site.better_auth, &["get_session"]).with("identity.user_fields", vec!["extra"]);
    let asked = asked.start().me(&Presented::cookie(&session)).await;
    assert_eq!(asked.accepted()["user"]["fields"], json!({ "extra": "of the user" }));
    site.better_auth.sign_out(&session).await;
    service.me(&Presented::cookie(&session)).await.refused();
}

/// Nobody can tell who that is, and it is told once what to do about it.
#[tokio::test]
async fn of_another_shape_are_undecidable() {
    let site = site("other");
    let session = site.ann().await;
    let service = Settings::of(&site.better_auth, &["get_session"]).start();
    for presented in [Presented::cookie(&session), Presented::bearer(&session), Presented::cookie(&session)] {
        service.me(&presented).await.undecidable();
    }
    // The table says nothing else than usual.
    let table = Settings::of(&site.better_auth, &["session_table"]).start();
    assert_eq!(table.me(&Presented::cookie(&session)).await.accepted()["user"]["id"], session.user_id);

    let log = service.stop();
    let told: Vec<_> = log.lines().filter(|line| line.contains(" ERROR ")).collect();
    let [told] = told[..] else { panic!("not once:\n{log}") };
    for word in ["customSession", "session", "user", "another strategy"] {
        assert!(told.contains(word), "{word}: {told}");
    }
}
