//! MariaDB, whose columns know no zone and whose catalogue hides what a role may not read.

use serde_json::json;

use super::right;
use crate::parts::{
    database::Database,
    examined::{examine, examine_with},
    mariadb::MariaDb,
    presented::Presented,
    site::Site,
};

const URL: &str = "session_table.database_url";
const ZONE: &str = "session_table.time_zone";

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn mariadb_broken() {
    let mariadb = MariaDb::shared();
    let site = Site::start(
        &Database::MySql(mariadb.database("doctor_broken")),
        json!({ "timeZone": "America/New_York" }),
    );
    let ann = Presented::cookie(&site.ann().await);
    let settings = right(&site.better_auth, &["session_table"]);
    examine_with(&settings, &ann).is_broken("credential", ZONE, &["minutes earlier"]);
    let settings = settings.with(ZONE, "America/New_York");
    examine_with(&settings, &ann).is_well();
    examine(&settings.clone().with(ZONE, "UTC")).warns("tables", ZONE, &["without a time zone"]);

    let url = mariadb.url("doctor_broken");
    examine(&settings.clone().with(URL, url.replace("better_auth:better_auth@", "better_auth:hunter2@")))
        .is_broken("tables", URL, &["Access denied", "the role and the password"]);
    examine(&settings.clone().with(URL, mariadb.url("nothing"))).is_broken(
        "tables",
        URL,
        &["Unknown database", "Name"],
    );
    // A role that may read single columns cannot know of bans.
    mariadb.sql(
        "doctor_broken",
        "CREATE USER doctor@'127.0.0.1'; GRANT SELECT ON doctor_broken.session TO doctor@'127.0.0.1'; \
         GRANT SELECT (id, name, email, emailVerified, image) ON doctor_broken.user TO doctor@'127.0.0.1'",
    );
    let reader = url.replace("better_auth:better_auth@", "doctor@");
    examine(&settings.with(URL, reader)).is_broken(
        "tables",
        URL,
        &["may not read all columns", "GRANT SELECT"],
    );
}
