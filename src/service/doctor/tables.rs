//! Better Auth's tables: whether they are there, whether all of them is seen, and how their dates are read.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use sea_orm::{DatabaseConnection, DbBackend};
use tokio::time::timeout;

use super::{
    database::{is_pooled, unreachable},
    export::required_roles,
    finding::{Area, Finding},
};
use crate::{
    better_auth::tables::{
        Dialect, InspectError, Schema, SchemaFault, Table, literal, value, visibility, zoneless,
    },
    clock::Clock,
    config::{
        Config, exposed_file,
        kinds::session_table::{keys_about, remedy},
    },
    database::{Access, query},
    strategy::Strategy,
};

/// A database that is asked for more than a look-up needs.
const TIMEOUT: Duration = Duration::from_secs(5);
const ZONE: &str = "session_table.time_zone";

/// Looks at the tables as the strategy does, and at what it need not know.
pub async fn examine(config: &Config, clock: Clock) -> Vec<Finding> {
    let section = &config.kinds.session_table;
    let key = url_key(config);
    let mut findings: Vec<_> = exposed_file::concerns(&section.database_url)
        .into_iter()
        .map(|concern| exposed(concern, key))
        .collect();
    let database = section.database_url.open(Access::Read, TIMEOUT);
    if let Some(finding) = unreachable(&database, &section.database_url, Area::Tables, key).await {
        findings.push(finding);
        return findings;
    }
    let Ok(strategy) = section.strategy(config) else { return findings };
    if let Err(error) = strategy.inspect().await {
        findings.push(failed(error, key));
        return findings;
    }
    findings.push(Finding::fine(Area::Tables, found(config, &database).await).key(key));
    let is_hidden = strategy.probe().await.err();
    if let Some(error) = &is_hidden {
        let error = error.to_string();
        let error = error.strip_prefix("undecidable: ").unwrap_or(&error);
        findings.push(
            Finding::broken(Area::Tables, format!("sessions cannot be seen: {error}"))
                .key(key)
                .remedy("Run the statement that it names, as the owner of the tables"),
        );
    } else {
        let concerns = visibility::will_hide_rows(&database, &section.naming).await;
        findings.extend(concerns.into_iter().map(|concern| {
            Finding::warning(Area::Tables, concern).key(key).remedy("Do what it says, unless it is meant so")
        }));
    }
    if let Ok(schema) = Schema::read(&database, &section.naming, &config.fields).await {
        findings.extend(roles(config, &schema));
        findings.extend(dates(config, clock, &database, &schema).await);
    }
    findings.push(rights(config, &database).await);
    findings
}

fn url_key(config: &Config) -> &'static str {
    let is_own = config.chosen().any(|(key, _)| key == "session_table.database_url");
    if is_own { "session_table.database_url" } else { "database.url" }
}

fn exposed(concern: String, key: &str) -> Finding {
    Finding::warning(Area::Tables, concern)
        .key(key)
        .remedy("Whoever reads this file has every session: keep others out")
}

async fn found(config: &Config, database: &DatabaseConnection) -> String {
    let place = config.kinds.session_table.database_url.place();
    let pooled = if is_pooled(database).await {
        ", through a pooler that lends connections for a transaction, which does no harm"
    } else {
        ""
    };
    format!("Better Auth's tables are there, with every column that is needed ({place}){pooled}")
}

fn failed(error: InspectError, key: &str) -> Finding {
    match error {
        InspectError::Schema(fault) => of_schema(&fault),
        other => Finding::broken(Area::Tables, other.to_string())
            .key(key)
            .remedy("Look into the database's own log; doctor can be run again at any time"),
    }
}

fn of_schema(fault: &SchemaFault) -> Finding {
    let finding = Finding::broken(Area::Tables, fault.to_string()).key(keys_about(fault));
    let known = remedy(fault);
    let known = known.trim_start_matches(". ");
    if !known.is_empty() {
        return finding.remedy(known);
    }
    finding.remedy(match fault {
        SchemaFault::Table { found, .. } if found.iter().any(|table| is_of_better_auth(table)) => {
            "Set session_table.table and .user_table to the names that are there. Where Better Auth keeps its sessions in Redis \
             (`secondaryStorage`), it has no table of them: use the strategy secondary_storage, or set its \
             session.storeSessionInDatabase"
        }
        SchemaFault::Table { .. } => {
            "Point session_table.database_url at Better Auth's database and run its migration; a role that may read nothing \
             sees no table either: GRANT SELECT. A Better Auth without a database keeps its sessions in cookies: use the \
             strategy session_cookie_cache"
        }
        SchemaFault::Column { found, .. } if found.iter().any(|column| column == "expires_at") => {
            "Set session_table.naming = \"snake_case\"; single columns of other names go into session_table.columns"
        }
        SchemaFault::Column { .. } | SchemaFault::Naming(_) => {
            "Set session_table.columns to what Better Auth's `fields` say, such as [\"session.token=session_token\"]"
        }
        SchemaFault::Hidden(_) | SchemaFault::Denied(_) => {
            "As the owner of the tables: GRANT SELECT ON session, \"user\" TO the role of session_table.database_url"
        }
        SchemaFault::Unreadable(_) => "Let Better Auth's own migration make these columns",
    })
}

/// Whether Better Auth makes a table of this name, by itself or in the plural.
fn is_of_better_auth(table: &str) -> bool {
    let name = table.rsplit('.').next().unwrap_or(table);
    ["user", "users", "account", "accounts", "sessions", "jwks"].contains(&name)
}

/// How dates without a zone are read, and whether the newest session says otherwise.
async fn dates(
    config: &Config,
    clock: Clock,
    database: &DatabaseConnection,
    schema: &Schema,
) -> Vec<Finding> {
    let section = &config.kinds.session_table;
    let newest = newest_session(database, config, schema).await;
    let mut findings = Vec::new();
    if newest.is_none() {
        findings.push(
            Finding::unknown(Area::Tables, "the table holds no session yet, or none of whom it is known when it was made")
                .key(url_key(config))
                .remedy(
                    "Sign somebody in and run doctor again. If the table stays empty, Better Auth keeps its sessions \
                     elsewhere: in another database, in Redis (`secondaryStorage`) or in cookies",
                ),
        );
    }
    let doubt = newest.and_then(|newest| section.time_zone.doubt(newest, clock.now()));
    let columns = zoneless::columns(schema);
    if let Some(doubt) = doubt {
        findings.push(
            Finding::broken(Area::Tables, doubt)
                .key(ZONE)
                .expected("the time zone of Better Auth's process")
                .remedy(format!("Set {ZONE} to the TZ of Better Auth's process, such as \"Europe/Berlin\"")),
        );
    } else if !columns.is_empty() && section.time_zone.is_guess() {
        findings.push(Finding::warning(Area::Tables, zoneless::guessed(&columns)).key(ZONE).remedy(format!(
            "Set {ZONE} to the TZ of Better Auth's process, or to \"Etc/UTC\" if that is UTC"
        )));
    } else if !columns.is_empty() {
        let found = format!("dates without a time zone are read as {}", section.time_zone);
        findings.push(Finding::fine(Area::Tables, found).key(ZONE));
    }
    findings
}

/// A role that a profile requires, where nobody can have one.
fn roles(config: &Config, schema: &Schema) -> Option<Finding> {
    let required = required_roles(config);
    let first = required.first().filter(|_| schema.column(Table::User, "role").is_none())?;
    let found = format!(
        "a profile requires \"role:{first}\", and the users' table has no column `role`: nobody has a role"
    );
    Some(
        Finding::warning(Area::Tables, found).key("forward_auth.profiles").remedy(
            "Add the plugin admin() to Better Auth and run its migration, or take the requirement out",
        ),
    )
}

/// When the newest session was made.
async fn newest_session(
    database: &DatabaseConnection,
    config: &Config,
    schema: &Schema,
) -> Option<DateTime<Utc>> {
    let section = &config.kinds.session_table;
    let dialect = Dialect(database.get_database_backend());
    let column = schema.column(Table::Session, "createdAt")?;
    let sql = format!(
        "SELECT {} FROM {} WHERE {of} IS NOT NULL ORDER BY {of} DESC LIMIT 1",
        dialect.value(column),
        dialect.table(&section.naming, Table::Session),
        of = dialect.column(column),
    );
    let rows = timeout(TIMEOUT, query(database, &sql.into(), Vec::new())).await.ok()?.ok()?;
    let text: String = rows.first()?.try_get_by_index(0).ok()?;
    let zone = section.time_zone;
    let value = value::of_column(column, text, |shown: NaiveDateTime| zone.instant(shown))?;
    DateTime::parse_from_rfc3339(value.as_str()?).ok().map(|date| date.to_utc())
}

/// What the role may do beyond reading.
async fn rights(config: &Config, database: &DatabaseConnection) -> Finding {
    let naming = &config.kinds.session_table.naming;
    let dialect = Dialect(database.get_database_backend());
    if dialect.0 != DbBackend::Postgres {
        return Finding::fine(Area::Tables, "the role may read both tables");
    }
    let [session, user] = [Table::Session, Table::User].map(|table| literal(&dialect.name(naming, table)));
    let sql = format!(
        "SELECT current_user::text, has_table_privilege(to_regclass({session}), 'INSERT, UPDATE, DELETE') \
         OR has_table_privilege(to_regclass({user}), 'INSERT, UPDATE, DELETE')"
    );
    let rows = query(database, &sql.into(), Vec::new()).await.unwrap_or_default();
    let row = rows.first();
    let role: Option<String> = row.and_then(|row| row.try_get_by_index(0).ok());
    let may_write = row.is_some_and(|row| row.try_get_by_index(1).unwrap_or(false));
    let role = role.unwrap_or_else(|| "of the address".to_owned());
    let found = if may_write {
        format!("the role {role} may read both tables, and write them, which it need not: SELECT is enough")
    } else {
        format!("the role {role} may read both tables, and no more")
    };
    Finding::fine(Area::Tables, found)
}
