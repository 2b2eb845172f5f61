//! Tables and columns with other names than Better Auth's own.

use better_auth_verifier::{
    AdditionalFields, Identity, SessionTable,
    strategy::{Naming, RenamedColumn},
};
use serde_json::{Value, json};

use crate::parts::{bearer, chain, outcome, session_database::SessionDatabase};

const SECRET: &str = "a-secret-of-the-tests-0123456789-ABCDEFG";
const END: &str = "2999-01-01T00:00:00.000Z";

/// The schema that Better Auth generates for Drizzle, with the columns of its plugins.
const DRIZZLE: [&str; 2] = [
    "create table users (id text primary key, name text, email text, email_verified integer, image text,
       role text, banned integer, ban_expires integer, is_anonymous integer, two_factor_enabled integer,
       username text, display_username text, phone_number text, phone_number_verified integer, credit_limit real)",
    "create table sessions (id text primary key, expires_at integer, token text, user_id text, impersonated_by text,
       active_organization_id text, active_team_id text)",
];

/// Every name is another one, and none of them can be written without quotes.
const ODD: [&str; 2] = [
    r#"create table "us""ers; --" ("the id" text primary key, "na""me" text, "e-mail" text, "order" integer,
       "`image`" text, "is 'banned'?" integer)"#,
    r#"create table "my ""session""" ("select" text primary key, "a.token" text, "für wen" text, "[end]" text)"#,
];

fn columns<const N: usize>(names: [&str; N]) -> [RenamedColumn; N] {
    names.map(|name| name.parse().expect("a column"))
}

fn odd_names() -> Naming {
    Naming::default().with_tables("my \"session\"", "us\"ers; --").with_columns(columns([
        "session.id=select",
        "session.token=a.token",
        "session.userId=für wen",
        "session.expiresAt=[end]",
        "user.id=the id",
        "user.name=na\"me",
        "user.email=e-mail",
        "user.emailVerified=order",
        "user.image=`image`",
        "user.banned=is 'banned'?",
    ]))
}

fn snake_case() -> Naming {
    Naming::default().with_tables("sessions", "users").with_snake_case(true)
}

async fn strategy(database: &SessionDatabase, naming: Naming) -> SessionTable {
    database.strategy(SECRET).await.with_naming(naming).with_raw_tokens(true)
}

async fn identity(strategy: SessionTable) -> Identity {
    chain(strategy).judge(&bearer("token")).await.verdict.expect("verified")
}

async fn fault(strategy: SessionTable) -> String {
    let fault = strategy.inspect().await.expect_err("a fault").to_string();
    assert_eq!(outcome(&chain(strategy), &bearer("token")).await, "undecidable", "{fault}");
    fault
}

#[tokio::test]
async fn tables_in_snake_case_are_read_with_every_fact() {
    let database = SessionDatabase::of(&DRIZZLE).await;
    database
        .execute(
            "insert into users values ('ann', 'Ann', 'ann@example.test', 1, 'https://example.test/ann.png', 'admin',
             0, null, 0, 1, 'ann', 'Ann', '+49', 1, 12.5)",
        )
        .await;
    database
        .execute(&format!(
            "insert into sessions values ('s', '{END}', 'token', 'ann', 'root', 'org', 'team')"
        ))
        .await;
    let fields = AdditionalFields::new(["creditLimit:number".parse().expect("a field")], []);
    let strategy = strategy(&database, snake_case()).await.with_fields(fields.expect("no token"));
    let Identity { user, session, .. } = identity(strategy).await;
    let session = session.expect("a session");
    assert_eq!((user.id.as_str(), user.name.as_deref()), ("ann", Some("Ann")));
    assert_eq!(user.email.as_deref(), Some("ann@example.test"));
    assert_eq!(user.image.as_deref(), Some("https://example.test/ann.png"));
    assert!(user.email_verified && user.has_role("admin") && user.ban.is_none());
    assert_eq!((user.anonymous, user.two_factor_enabled), (Some(false), Some(true)));
    assert_eq!((user.username.as_deref(), user.display_username.as_deref()), (Some("ann"), Some("Ann")));
    assert_eq!((user.phone_number.as_deref(), user.phone_number_verified), (Some("+49"), Some(true)));
    assert_eq!(Value::Object((*user.fields).clone()), json!({ "creditLimit": 12.5 }));
    assert_eq!(session.impersonated_by.as_deref(), Some("root"));
    assert_eq!(session.active_organization_id.as_deref(), Some("org"));
    assert_eq!(session.active_team_id.as_deref(), Some("team"));
}

#[tokio::test]
async fn c2_a_ban_in_snake_case_is_seen() {
    let database = SessionDatabase::of(&DRIZZLE).await;
    database.execute("insert into users (id, banned, ban_expires) values ('ann', 1, null)").await;
    let session = format!("insert into sessions values ('s', '{END}', 'token', 'ann', null, null, null)");
    database.execute(&session).await;
    let chain = chain(strategy(&database, snake_case()).await);
    assert_eq!(outcome(&chain, &bearer("token")).await, "refused: banned");
    database.execute("update users set ban_expires = 1577836800").await;
    assert_eq!(outcome(&chain, &bearer("token")).await, "verified ann");
    database.execute("update users set ban_expires = 32503680000").await;
    assert_eq!(outcome(&chain, &bearer("token")).await, "refused: banned");
}

#[tokio::test]
async fn names_may_hold_whatever_a_database_takes() {
    let database = SessionDatabase::of(&ODD).await;
    database
        .execute(&format!(
            r#"insert into "us""ers; --" values ('ann', 'Ann', 'ann@example.test', 1, null, 0);
               insert into "my ""session""" values ('s', 'token', 'ann', '{END}')"#
        ))
        .await;
    let strategy = strategy(&database, odd_names()).await;
    strategy.inspect().await.expect("its tables");
    let chain = chain(strategy);
    let identity = chain.judge(&bearer("token")).await.verdict.expect("verified");
    assert_eq!((identity.user.id.as_str(), identity.user.name.as_deref()), ("ann", Some("Ann")));
    assert!(identity.user.email_verified);
    database.execute(r#"update "us""ers; --" set "is 'banned'?" = 1"#).await;
    assert_eq!(outcome(&chain, &bearer("token")).await, "refused: banned");
}

#[tokio::test]
async fn a_column_is_renamed_in_its_own_table_only() {
    let database = SessionDatabase::new().await;
    database.sign_in("ann", "s", "token").await;
    database.execute(r#"alter table "user" rename column "id" to "uid""#).await;
    let naming = || Naming::default().with_columns(columns(["user.id=uid"]));
    assert_eq!(identity(strategy(&database, naming()).await).await.user.id, "ann");
    database.execute(r#"alter table "session" rename column "id" to "uid""#).await;
    let fault = fault(strategy(&database, naming()).await).await;
    assert!(fault.contains(r#"table "session" has no column "id""#), "{fault}");
}

#[tokio::test]
async fn a_name_of_its_own_goes_before_the_style() {
    let database = SessionDatabase::of(&DRIZZLE).await;
    database.execute("alter table users rename column email_verified to \"mailChecked\"").await;
    database.execute("insert into users (id, \"mailChecked\") values ('ann', 1)").await;
    let session = format!("insert into sessions values ('s', '{END}', 'token', 'ann', null, null, null)");
    database.execute(&session).await;
    let naming = snake_case().with_columns(columns(["user.emailVerified=mailChecked"]));
    assert!(identity(strategy(&database, naming).await).await.user.email_verified);
}

/// A deployment that renamed them has a plugin whose ban must not be passed over.
#[tokio::test]
async fn c2_a_column_that_somebody_named_has_to_be_there() {
    for (named, table, column) in [
        ("user.banned=is_banned", "user", "is_banned"),
        ("user.banExpires=ban_end", "user", "ban_end"),
        ("user.role=rank", "user", "rank"),
        ("session.impersonatedBy=behind", "session", "behind"),
    ] {
        let database = SessionDatabase::new().await;
        database.sign_in("ann", "s", "token").await;
        let naming = Naming::default().with_columns(columns([named]));
        let fault = fault(strategy(&database, naming).await).await;
        let expected = format!("table \"{table}\" has no column \"{column}\"");
        assert!(fault.contains(&expected), "{named}: {fault}");
        // With it, it is read.
        let field = named.split(['.', '=']).nth(1).expect("a field");
        database.execute(&format!("alter table \"{table}\" rename column \"{field}\" to \"{column}\"")).await;
        let naming = Naming::default().with_columns(columns([named]));
        let chain = chain(strategy(&database, naming).await);
        assert_eq!(outcome(&chain, &bearer("token")).await, "verified ann", "{named}");
    }
}

#[tokio::test]
async fn a_listed_field_without_a_column_is_a_fault() {
    let database = SessionDatabase::new().await;
    database.sign_in("ann", "s", "token").await;
    for (user, session, table, column) in
        [(Some("plan"), None, "user", "plan"), (None, Some("theme:json"), "session", "theme")]
    {
        let field = |text: Option<&str>| text.map(|text| text.parse().expect("a field"));
        let fields = || AdditionalFields::new(field(user), field(session)).expect("no token");
        let told = fault(strategy(&database, Naming::default()).await.with_fields(fields())).await;
        assert!(told.contains(&format!("table \"{table}\" has no column \"{column}\"")), "{told}");
        database.execute(&format!("alter table \"{table}\" add column \"my {column}\" text")).await;
        let renamed = [format!("{table}.{column}=my {column}").parse().expect("a column")];
        let naming = Naming::default().with_columns(renamed);
        identity(strategy(&database, naming).await.with_fields(fields())).await;
    }
}

#[tokio::test]
async fn h4_a_missing_table_or_column_is_told_with_what_is_there() {
    let database = SessionDatabase::of(&DRIZZLE).await;
    let cases = [
        (Naming::default(), vec!["\"session\"", "sessions, users"]),
        (Naming::default().with_tables("sessions", "user"), vec!["\"sessions\"", "\"userId\"", "user_id"]),
        (
            Naming::default().with_tables("session", "users").with_snake_case(true),
            vec!["\"session\"", "sessions, users"],
        ),
        (snake_case().with_tables("sessions", "people"), vec!["\"people\"", "sessions, users"]),
        (
            snake_case().with_columns(columns(["session.userId=owner"])),
            vec!["\"sessions\"", "\"owner\"", "\"userId\"", "user_id"],
        ),
    ];
    for (naming, words) in cases {
        let fault = fault(strategy(&database, naming).await).await;
        assert!(words.iter().all(|word| fault.contains(word)), "{words:?}: {fault}");
    }
    let empty = SessionDatabase::of(&[]).await;
    let fault = fault(strategy(&empty, Naming::default()).await).await;
    assert!(fault.contains("it sees none"), "{fault}");
}
