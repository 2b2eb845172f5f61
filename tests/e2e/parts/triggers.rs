//! The triggers by which PostgreSQL tells of revocations.

use serde_json::Value;

use super::{
    database::Database,
    postgres::Postgres,
    service::{self, Ended},
    settings::Settings,
    site::Site,
};

/// The strategy that is told.
pub const STRATEGY: &str = "session_table";

/// A Better Auth whose role owns its tables.
pub struct Owned {
    /// The Better Auth.
    pub site: Site,
    /// The database's name.
    pub name: &'static str,
    /// A service with the owner's role: what installs triggers.
    pub as_owner: Settings,
    /// A service that may only read what it has to.
    pub as_reader: Settings,
}

impl Owned {
    /// On the shared server, in a database of its own.
    pub fn start(name: &'static str, options: Value) -> Self {
        let postgres = Postgres::shared();
        let [writing, reading] = ["owner", "reader"].map(|role| format!("{name}_{role}"));
        postgres.sql("postgres", &format!("CREATE ROLE {writing} LOGIN"));
        postgres.sql("postgres", &format!("CREATE ROLE {reading} LOGIN"));
        postgres.sql("postgres", &format!("CREATE DATABASE {name} OWNER {writing}"));
        let site = Site::start(&Database::Postgres(postgres.url_of(&writing, name)), options);
        let as_owner = Settings::of(&site.better_auth, &[STRATEGY]);
        let as_reader = as_owner.clone().with("session_table.database_url", postgres.url_of(&reading, name));
        let owned = Self { site, name, as_owner, as_reader };
        let tables = owned.sql(
            "SELECT string_agg(format('%I', relname), ', ') FROM pg_class \
             WHERE relnamespace = 'public'::regnamespace AND relname IN ('session', 'sessions', 'user', 'users')",
        );
        owned.sql(&format!("GRANT SELECT ON {tables} TO {reading}"));
        owned
    }

    /// Runs statements as the superuser and answers with the rows.
    pub fn sql(&self, statements: &str) -> String {
        Postgres::shared().sql(self.name, statements)
    }

    /// What there is of triggers and their function, in full.
    pub fn installed(&self) -> String {
        self.sql(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname LIKE 'verifier%' \
             UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE 'verifier%' \
             UNION ALL SELECT concat(relname, relkind, relrowsecurity, relacl) FROM pg_class \
             WHERE relname LIKE 'verifier_revocation%' \
             UNION ALL SELECT concat(polname, pg_get_expr(polqual, polrelid)) FROM pg_policy \
             WHERE polname LIKE 'verifier%' ORDER BY 1",
        )
    }
}

/// `better-auth-verifier migrate --revocation-triggers`, with more arguments.
pub fn migrate(settings: &Settings, more: &[&str]) -> Ended {
    service::run(&[&["migrate", "--revocation-triggers"], more].concat(), &settings.toml())
}

/// As [`migrate`], and it works.
#[track_caller]
pub fn migrates(settings: &Settings, more: &[&str]) {
    let ended = migrate(settings, more);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}
