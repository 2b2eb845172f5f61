//! Two deployments in schemas of one PostgreSQL, whose users and sessions have the same ids, as they are numbers.

use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::parts::{
    database::Database,
    endings,
    postgres::Postgres,
    presented::Presented,
    remembering::{PROMPTLY, Remembering},
    settings::Settings,
    site::Site,
    sql,
    triggers::{Owned, STRATEGY, migrates},
    wait::PATIENCE,
};

const DATABASE: &str = "two_schemas";
const FEED: [&str; 1] = ["postgresql"];

/// With a schema and a role of its own, whose tables are found there.
fn site(schema: &str) -> Site {
    let postgres = Postgres::shared();
    postgres.sql(
        DATABASE,
        &format!(
            "CREATE ROLE of_{schema} LOGIN; CREATE SCHEMA {schema} AUTHORIZATION of_{schema}; \
             ALTER ROLE of_{schema} SET search_path = {schema}"
        ),
    );
    let own = Database::Postgres(postgres.url_of(&format!("of_{schema}"), DATABASE));
    let options = json!({
        "advanced": { "database": { "generateId": "serial" } }, "plugins": endings::plugins(),
    });
    Site::start(&own, options)
}

/// Told by the schema's name, with a role that by itself would look elsewhere.
fn named(site: &Site, schema: &str, role: &str) -> Settings {
    Settings::of(&site.better_auth, &["jwt", STRATEGY])
        .with("session_table.database_url", Postgres::shared().url_of(role, DATABASE))
        .with("session_table.schema", schema)
}

#[tokio::test]
async fn do_not_disturb_each_other() {
    let postgres = Postgres::shared();
    postgres.database(DATABASE);
    let (east, west) = (site("east"), site("west"));
    postgres.sql(
        DATABASE,
        r#"CREATE ROLE of_neither LOGIN; GRANT USAGE ON SCHEMA east, west TO of_neither;
        GRANT SELECT ON east."session", east."user", west."session", west."user" TO of_neither"#,
    );
    migrates(&named(&east, "east", "postgres"), &[]);
    let of_east = Remembering::start(&named(&east, "east", "of_neither"), STRATEGY, PROMPTLY);
    let of_west = Remembering::start(&named(&west, "west", "of_neither"), STRATEGY, PROMPTLY);
    of_east.listens_to(&FEED).await;
    of_west.turns("unsupported", &FEED, PATIENCE).await;
    // By the role's own search path, in which the function comes to stand, too.
    migrates(&Settings::of(&west.better_auth, &[STRATEGY]), &[]);
    of_west.listens_to(&FEED).await;

    let untouched = async || {
        // The ids are counted from 1 in both.
        let (ann, bob) = (east.ann().await, west.ann().await);
        assert_eq!(ann.user_id, bob.user_id);
        let (cookie, jwt) = (Presented::cookie(&bob), Presented::Bearer(west.better_auth.jwt(&bob).await));
        for presented in [&cookie, &jwt] {
            of_west.knows(presented).await;
        }
        let presented = Presented::cookie(&ann);
        of_east.knows(&presented).await;
        let holder = sql::connect(&postgres.url(DATABASE)).await;
        let lock = r#"BEGIN; LOCK TABLE west."session", west."user" IN ACCESS EXCLUSIVE MODE"#;
        holder.execute_unprepared(lock).await.expect("the lock");
        east.better_auth.sign_out(&ann).await;
        of_east.sees_the_end_of(&presented).await;
        let answers = [of_west.service.me(&cookie).await, of_west.service.me(&jwt).await];
        holder.execute_unprepared("ROLLBACK").await.expect("the end of the lock");
        answers
    };
    for answer in of_west.undisturbed(&FEED, untouched).await {
        answer.accepted();
    }

    for (site, remembering) in [(&east, &of_east), (&west, &of_west)] {
        endings::are_seen(site, remembering).await;
    }
    migrates(&named(&east, "east", "postgres"), &["--undo"]);
    of_east.turns("unsupported", &FEED, PATIENCE).await;
    let session = west.ann().await;
    let presented = Presented::cookie(&session);
    of_west.knows(&presented).await;
    west.better_auth.sign_out(&session).await;
    of_west.sees_the_end_of(&presented).await;
    of_west.listens_to(&FEED).await;
}

/// The search path may lead to the one table in one schema and to the other in another.
#[tokio::test]
async fn may_hold_a_table_each() {
    let owned = Owned::start("triggers_in_two_schemas", json!({ "plugins": endings::plugins() }));
    let session = owned.site.ann().await;
    owned.sql(
        r#"CREATE SCHEMA people; GRANT USAGE ON SCHEMA people TO PUBLIC; ALTER TABLE "user" SET SCHEMA people;
        ALTER DATABASE triggers_in_two_schemas SET search_path = public, people"#,
    );
    migrates(&owned.as_owner, &[]);
    let remembering = Remembering::start(&owned.as_reader, STRATEGY, PROMPTLY);
    remembering.listens_to(&FEED).await;
    let presented = Presented::cookie(&session);
    remembering.knows(&presented).await;
    owned.sql(&format!(r#"UPDATE people."user" SET "role" = 'editor' WHERE "id" = '{}'"#, session.user_id));
    remembering.sees(&presented, "/user/role", |role| role == Some(&json!("editor"))).await;
    owned.sql(&format!(r#"DELETE FROM "session" WHERE "token" = '{}'"#, session.token));
    remembering.sees_the_end_of(&presented).await;
}
