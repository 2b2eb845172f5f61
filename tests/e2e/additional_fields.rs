//! Fields that a deployment has added to its users and sessions: told where they are asked for, as Better Auth itself
//! tells them, by each strategy.

use serde_json::{Value, json};

use crate::parts::{
    database::Database,
    everywhere::{self, asked},
    known::present,
    mariadb::MariaDb,
    postgres::Postgres,
    presented::Presented,
    settings::Settings,
    signed_in::SignedIn,
    site::{PASSWORD, Site},
};

const USER: [&str; 6] = ["plan", "credits", "beta", "trialEndsAt", "settings", "tags"];
const SESSION: [&str; 6] = ["device", "logins", "trusted", "seenAt", "extra", "scopes"];

fn fields(names: [&str; 6]) -> Value {
    let [text, number, truth, date, json, list] = names;
    let kinds = [
        (text, "string"),
        (number, "number"),
        (truth, "boolean"),
        (date, "date"),
        (json, "json"),
        (list, "string[]"),
    ];
    kinds
        .into_iter()
        .map(|(name, kind)| (name.to_owned(), json!({ "type": kind, "required": false })))
        .collect()
}

fn options() -> Value {
    let mut user = fields(USER);
    user["secretNote"] =
        json!({ "type": "string", "required": false, "returned": false, "defaultValue": "kept-inside" });
    json!({
        "user": { "additionalFields": user },
        "session": { "additionalFields": fields(SESSION) },
    })
}

/// As a person would write it: by Better Auth's name and type.
fn listed([text, number, truth, date, json, list]: [&str; 6]) -> Vec<String> {
    vec![
        text.to_owned(),
        format!("{number}:number"),
        format!("{truth}:boolean"),
        format!("{date}:date"),
        format!("{json}:json"),
        format!("{list}:json"),
    ]
}

fn values(names: [&str; 6]) -> Value {
    let values = [
        json!("pro \"🦀\""),
        json!(-7),
        json!(true),
        // Long past: no date that Better Auth itself tells is like it.
        json!("2001-02-03T04:05:06.789Z"),
        json!({ "theme": "dark", "sizes": [1, 2], "none": null }),
        json!(["a", "b,c", "d\"e"]),
    ];
    names.into_iter().map(str::to_owned).zip(values).collect()
}

async fn ann(site: &Site) -> SignedIn {
    let mut body = values(USER);
    for (name, value) in [("name", "Ann"), ("email", "ann@example.test"), ("password", PASSWORD)] {
        body[name] = value.into();
    }
    let mut session = SignedIn::read(site.better_auth.post("/sign-up/email", None, &body).await).await;
    let response = site.better_auth.post("/update-session", Some(&session), &values(SESSION)).await;
    session.keep(&response);
    session
}

async fn told_as_asked(database: &Database) {
    let site = everywhere::site(database, options());
    let session = ann(&site).await;
    let known = site.better_auth.get("/get-session?disableCookieCache=true", &session).await;
    assert_eq!(present(&USER, &known["user"]), values(USER));

    let answers = asked(&site, &session, |settings| {
        settings.with("identity.user_fields", listed(USER)).with("identity.session_fields", listed(SESSION))
    });
    for (strategy, answer) in answers.await {
        assert_eq!(answer["user"]["fields"], values(USER), "{strategy}");
        if strategy != "jwt" {
            assert_eq!(answer["session"]["fields"], values(SESSION), "{strategy}");
        }
        assert!(!answer.to_string().contains("kept-inside"), "{strategy}: {answer}");
    }

    // One of them, and not its neighbours.
    let answers =
        asked(&site, &session, |settings| settings.with("identity.user_fields", vec!["credits:number"]));
    for (strategy, answer) in answers.await {
        assert_eq!(answer["user"]["fields"], json!({ "credits": -7 }), "{strategy}");
        assert!(answer["session"].get("fields").is_none(), "{strategy}: {answer}");
    }

    // None, where nobody asks.
    for (strategy, answer) in asked(&site, &session, |settings| settings).await {
        for table in ["user", "session"] {
            assert!(answer[table].get("fields").is_none(), "{strategy}: {answer}");
        }
        for hidden in ["kept-inside", "dark", "2001-02-03"] {
            assert!(!answer.to_string().contains(hidden), "{strategy}: {answer}");
        }
    }
}

#[tokio::test]
async fn on_sqlite() {
    told_as_asked(&Database::Sqlite).await;
}

#[tokio::test]
async fn on_postgres() {
    told_as_asked(&Database::Postgres(Postgres::shared().database("fields"))).await;
}

#[tokio::test]
async fn on_mariadb() {
    told_as_asked(&Database::MySql(MariaDb::shared().database("fields"))).await;
}

/// The same in the types that an ORM or a person gives the columns: only the table is asked, which nobody writes to then.
async fn told_from_other_types(database: &Database, changes: &[&str]) {
    let site = Site::start(database, options());
    let session = ann(&site).await;
    for change in changes {
        site.sql(&format!(r#"ALTER TABLE "user" {change}"#)).await;
    }
    let service = Settings::of(&site.better_auth, &["session_table"])
        .with("identity.user_fields", listed(USER))
        .with("identity.session_fields", listed(SESSION))
        .start();
    let answer = service.me(&Presented::cookie(&session)).await;
    assert_eq!(answer.accepted()["user"]["fields"], values(USER));
    assert_eq!(answer.body["session"]["fields"], values(SESSION));
}

#[tokio::test]
async fn in_other_types_of_postgres() {
    let url = Postgres::shared().database("field_types");
    Postgres::shared().sql("field_types", "ALTER DATABASE field_types SET timezone = 'America/New_York'");
    let changes = [
        r#"ALTER COLUMN "plan" TYPE varchar(191)"#,
        r#"ALTER COLUMN "credits" TYPE double precision"#,
        r#"ALTER COLUMN "trialEndsAt" TYPE timestamp(3) USING "trialEndsAt" AT TIME ZONE 'UTC'"#,
        r#"ALTER COLUMN "settings" TYPE jsonb USING "settings"::jsonb"#,
        // A list in one column, which ALTER cannot fill from JSON.
        r#"DROP COLUMN "tags""#,
        r#"ADD COLUMN "tags" text[] DEFAULT ARRAY['a', 'b,c', 'd"e']"#,
    ];
    told_from_other_types(&Database::Postgres(url), &changes).await;
}

#[tokio::test]
async fn in_other_types_of_mariadb() {
    let changes = [
        r#"MODIFY "plan" varchar(191)"#,
        r#"MODIFY "credits" double"#,
        r#"MODIFY "beta" bit(1)"#,
        r#"MODIFY "trialEndsAt" datetime(3)"#,
        r#"MODIFY "settings" json"#,
    ];
    told_from_other_types(&Database::MySql(MariaDb::shared().database("field_types")), &changes).await;
}
