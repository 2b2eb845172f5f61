//! Better Auth's tables are only read.

use chrono::{TimeDelta, Utc};

use crate::parts::{
    better_auth::BetterAuth, mariadb::MariaDb, postgres::Postgres, presented::Presented, service,
    settings::Settings, signed_in::SignedIn, site::Site, sql,
};

const SESSION: &str = r#"CAST("expiresAt" AS CHAR(40)) FROM "session" WHERE "token" ="#;

/// When the session ends and when it was last written, as the database itself puts it.
async fn dates(better_auth: &BetterAuth, session: &SignedIn) -> [String; 2] {
    let url = better_auth.database_url();
    let expires = format!("SELECT {SESSION} '{}'", session.token);
    let updated = expires.replace("expiresAt", "updatedAt");
    [sql::text(url, &expires).await, sql::text(url, &updated).await]
}

async fn nothing_is_written(site: &Site) {
    let session = site.ann().await;
    // Two days of seven have passed: Better Auth would prolong the session now.
    let due = site.date(Utc::now() + TimeDelta::days(5));
    site.sql(&format!(r#"UPDATE "session" SET "expiresAt" = {due} WHERE "token" = '{}'"#, session.token))
        .await;
    let before = dates(&site.better_auth, &session).await;
    for strategy in ["session_table", "get_session"] {
        let service =
            Settings::of(&site.better_auth, &[strategy]).with("better_auth.raw_tokens", true).start();
        let raw = Presented::Bearer(session.token.clone());
        for presented in
            [Presented::cookie(&session), Presented::bearer(&session), raw].iter().cycle().take(50)
        {
            let answer = service.me(presented).await;
            answer.accepted();
            assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
        }
        assert_eq!(dates(&site.better_auth, &session).await, before, "{strategy}");
    }
    // Proof that it was due: asked as browsers ask, Better Auth does prolong it.
    site.better_auth.get_session(&session).await;
    assert_ne!(dates(&site.better_auth, &session).await, before);
}

#[tokio::test]
async fn on_sqlite() {
    nothing_is_written(&Site::own_sqlite()).await;
}

#[tokio::test]
async fn on_postgres() {
    nothing_is_written(Site::postgres()).await;
}

#[tokio::test]
async fn on_mariadb() {
    nothing_is_written(Site::mariadb()).await;
}

fn as_role(better_auth: &BetterAuth, role: &str, password: &str) -> String {
    let (scheme, rest) = better_auth.database_url().split_once("://").expect("a URL");
    let (_, host) = rest.split_once('@').expect("an account");
    format!("{scheme}://{role}:{password}@{host}")
}

async fn suffices(better_auth: &BetterAuth, session: &SignedIn, role: &str, password: &str) {
    let url = as_role(better_auth, role, password);
    let service =
        Settings::of(better_auth, &["session_table"]).with("session_table.database_url", url).start();
    service.me(&Presented::cookie(session)).await.accepted();
    service.becomes_ready().await;
    better_auth.sign_out(session).await;
    service.me(&Presented::cookie(session)).await.refused();
}

/// The two tables as a whole, and no more of them than is needed.
#[tokio::test]
async fn a_postgres_role_needs_select_only() {
    let site = Site::postgres();
    let columns = r#"GRANT SELECT ("id", "token", "userId", "expiresAt", "impersonatedBy") ON "session" TO some_columns;
        GRANT SELECT ("id", "email", "emailVerified", "name", "image", "role", "banned", "banExpires") ON "user" TO some_columns"#;
    Postgres::shared()
        .sql("site", r#"CREATE ROLE two_tables LOGIN; GRANT SELECT ON "session", "user" TO two_tables"#);
    Postgres::shared().sql("site", &format!("CREATE ROLE some_columns LOGIN; {columns}"));
    for role in ["two_tables", "some_columns"] {
        suffices(&site.better_auth, &site.ann().await, role, "").await;
    }
}

#[tokio::test]
async fn a_mariadb_account_needs_select_only() {
    let site = Site::mariadb();
    MariaDb::shared().sql(
        "site",
        "CREATE USER two_tables@'127.0.0.1' IDENTIFIED BY 'secret'; \
         GRANT SELECT ON session TO two_tables@'127.0.0.1'; GRANT SELECT ON user TO two_tables@'127.0.0.1'",
    );
    suffices(&site.better_auth, &site.ann().await, "two_tables", "secret").await;
}

/// Who may not read whether a user is banned must not take everybody for unbanned.
#[tokio::test]
async fn a_role_that_may_not_see_bans_is_refused_at_start() {
    let site = Site::postgres();
    let without_bans = r#"("id", "email", "emailVerified", "name", "image", "role")"#;
    Postgres::shared().sql(
        "site",
        &format!(r#"CREATE ROLE no_bans LOGIN; GRANT SELECT ON "session" TO no_bans; GRANT SELECT {without_bans} ON "user" TO no_bans"#),
    );
    may_not_start(&site.better_auth, "no_bans", "");

    let site = Site::mariadb();
    let without_bans = without_bans.replace('"', "`");
    MariaDb::shared().sql(
        "site",
        &format!(
            "CREATE USER no_bans@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT SELECT ON session TO no_bans@'127.0.0.1'; \
             GRANT SELECT {without_bans} ON user TO no_bans@'127.0.0.1'"
        ),
    );
    may_not_start(&site.better_auth, "no_bans", "secret");
}

#[track_caller]
fn may_not_start(better_auth: &BetterAuth, role: &str, password: &str) {
    let url = as_role(better_auth, role, password);
    let settings = Settings::of(better_auth, &["session_table"]).with("session_table.database_url", url);
    let ended = service::run(&[], &settings.toml());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.output.contains("session_table.database_url"), "{ended:?}");
}
