//! Better Auth signs texts that strangers choose, by the secret of its session tokens: `popupNonce` of `oauth-popup` stands
//! in one. A database may choke on such a text, and nobody else may suffer for it.

use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, RuntimeErr, Statement, sqlx::mysql::MySqlDatabaseError};
use serde_json::json;
use tokio::time::{Instant, interval, sleep};

use crate::parts::{
    better_auth::BetterAuth,
    database::Database,
    mariadb::MariaDb,
    presented::{Presented, encoded, signed},
    settings::Settings,
    site::Site,
    sql,
};

const CHARSETS: [&str; 3] = ["latin1", "utf8mb3", "utf8mb4"];
const SECONDS: u64 = 5;
const SMILEY: &str = r#"{"popupOrigin":"https://app.example","nonce":"😀"}"#;

/// Better Auth's tables with columns of this character set.
fn site(charset: &str) -> Site {
    let (mariadb, name) = (MariaDb::shared(), format!("smiley_{charset}"));
    mariadb.sql("mysql", &format!("CREATE DATABASE {name} CHARACTER SET {charset}"));
    Site::start(&Database::MySql(mariadb.url(&name)), json!({}))
}

fn smiley(better_auth: &BetterAuth) -> [Presented; 3] {
    let text = encoded(&signed(better_auth.secret(), SMILEY));
    let cookie = Presented::Cookie(format!("better-auth.session_token={text}"));
    [Presented::Bearer(text.clone()), Presented::Header(text), cookie]
}

/// With 24 smileys a second a good user is served every time.
async fn is_nobodys_outage(site: &Site, cache: &str) {
    let settings =
        Settings::of(&site.better_auth, &["session_table"]).with("session_table.cache.max_age", cache);
    let service = settings.start();
    let good = Presented::cookie(&site.ann().await);
    service.me(&good).await.accepted();
    let end = Instant::now() + Duration::from_secs(SECONDS);
    let smileys = smiley(&site.better_auth);
    let stranger = async {
        let mut ticks = interval(Duration::from_millis(1000 / 24));
        let mut tried = 0;
        while Instant::now() < end {
            ticks.tick().await;
            service.me(&smileys[tried % smileys.len()]).await.refused();
            tried += 1;
        }
        tried
    };
    let user = async {
        let mut served = 0;
        while Instant::now() < end {
            service.me(&good).await.accepted();
            served += 1;
            sleep(Duration::from_millis(100)).await;
        }
        served
    };
    let (tried, served) = tokio::join!(stranger, user);
    assert!(tried > 60 && served > 15, "{tried} {served}");
    service.has_told("session_table", "malformed");
    assert!(!service.log().contains("undecidable"), "{}", service.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn c1_a_smiley_is_refused_and_nobody_suffers_for_it() {
    let sites = CHARSETS.map(site);
    let cases = sites.iter().flat_map(|site| ["0s", "10s"].map(|cache| is_nobodys_outage(site, cache)));
    join_all(cases).await;
}

/// No strategy asks anybody for one, whoever could be asked.
#[tokio::test]
async fn c1_a_smiley_is_refused_where_nobody_can_be_asked() {
    let mut site = Site::own_sqlite();
    let smileys = smiley(&site.better_auth);
    let settings = |strategy| {
        Settings::of(&site.better_auth, &[strategy])
            .with("secondary_storage.url", "redis://127.0.0.1:9")
            .with("session_table.database_url", "mysql://nobody@127.0.0.1:9/none")
            .with("better_auth.raw_tokens", true)
    };
    let services = ["session_table", "secondary_storage", "get_session"].map(|name| settings(name).start());
    site.better_auth.stop();
    for service in &services {
        for presented in &smileys {
            service.me(presented).await.refused();
        }
    }
}

/// What this MariaDB says of the smiley itself, by which `database::concern` knows it.
#[tokio::test]
async fn c1_mariadb_says_so_by_its_number() {
    let database = sql::connect(&MariaDb::shared().database("smiley_number")).await;
    for charset in ["latin1", "utf8mb3"] {
        let table = format!("CREATE TABLE {charset} (token varchar(255) CHARACTER SET {charset})");
        database.execute_unprepared(&table).await.expect("a table");
        let statement = Statement::from_sql_and_values(
            DbBackend::MySql,
            format!("SELECT token FROM {charset} WHERE token = ?"),
            [SMILEY.into()],
        );
        let answer = database.query_one_raw(statement).await;
        let Err(DbErr::Query(RuntimeErr::SqlxError(error))) = answer else { panic!("{charset}: {answer:?}") };
        let error = error.as_database_error().expect("an answer").downcast_ref::<MySqlDatabaseError>();
        assert_eq!((error.number(), error.code()), (1267, Some("HY000")), "{charset}");
    }
}
