//! Whether a row that is not found is absent, or only hidden.

use std::slice;

use sea_orm::{DatabaseConnection, DbBackend, DbErr, QueryResult, TryGetableMany};

use super::{
    InspectError, catalogue,
    dialect::{Dialect, literal},
    naming::Naming,
    table::Table,
};
use crate::database::{Reader, Statement, is_answer, is_unsupported, query};

/// Why a role does not see a session that exists.
#[derive(Debug, thiserror::Error)]
pub enum Unseen {
    /// No policy lets the role see a single row.
    #[error(
        "row level security hides every row of {table} from role {role}: create a policy (CREATE POLICY \
         better_auth_verifier ON {table} FOR SELECT TO {role} USING (true)), or ALTER ROLE {role} BYPASSRLS"
    )]
    RowSecurity {
        /// The table, as SQL names it.
        table: String,
        /// The role, as SQL names it.
        role: String,
    },
    /// A view without a single row, although a genuine token was presented.
    #[error(
        "{table} is a view in which this role sees no {row}. Grant the view's owner SELECT on the tables behind it, give it a \
         row security policy there, or refresh the view"
    )]
    View {
        /// The view, as SQL names it.
        table: String,
        /// The kind of its rows: `user` or `session`.
        row: &'static str,
    },
    /// Recent writes on the primary have not arrived here yet.
    #[error(
        "this replica lags behind its primary, so a session that is not found may only be late. Point \
         session_table.database_url at the primary"
    )]
    Behind,
    /// The database does not say what hides rows.
    #[error("the database does not answer whether it hides this session: {0}")]
    Unknown(DbErr),
}

/// Finds out what may hide a row. This takes a query, so it runs only if no row was found.
pub struct Visibility {
    /// `None` if nothing can hide a row.
    statement: Option<Statement>,
    session: String,
    user: String,
}

/// A reason for hidden rows: its name and its condition.
type Cause = (&'static str, String);

impl Visibility {
    /// Finds out the kinds of the tables, and warns of reasons that will hide rows.
    pub async fn prepare(database: &DatabaseConnection, naming: &Naming) -> Result<Self, InspectError> {
        let dialect = Dialect(database.get_database_backend());
        let [session, user] = [Table::Session, Table::User].map(|table| dialect.name(naming, table));
        let sql = if dialect.0 == DbBackend::Postgres {
            for concern in will_hide_rows(database, naming).await {
                tracing::warn!("{concern}");
            }
            let causes = understood(database, postgres_causes(&session, &user)).await?;
            (!causes.is_empty()).then(|| postgres_sql(&causes))
        } else {
            let mut causes = Vec::new();
            for (table, cause, name) in
                [(Table::User, "user view", &user), (Table::Session, "session view", &session)]
            {
                if catalogue::is_view(database, naming, table).await? {
                    causes.push((cause, is_empty(name)));
                }
            }
            (!causes.is_empty()).then(|| format!("SELECT {}", case(&causes)))
        };
        Ok(Self { statement: sql.map(Statement::new), session, user })
    }

    /// Ensures that this role sees every row, so that a row not found is absent.
    pub async fn ensure(&self, reader: &Reader) -> Result<(), Unseen> {
        let Some(statement) = &self.statement else { return Ok(()) };
        let rows = reader.rows(statement, Vec::new()).await.map_err(Unseen::Unknown)?;
        let Some(row) = rows.first() else { return Ok(()) };
        self.cause(row).map_err(Unseen::Unknown)?.map_or(Ok(()), Err)
    }

    fn cause(&self, row: &QueryResult) -> Result<Option<Unseen>, DbErr> {
        let cause: Option<String> = row.try_get_by_index(0)?;
        let row_security = |table: &str| {
            let role = row.try_get_by_index(1)?;
            Ok::<_, DbErr>(Unseen::RowSecurity { table: table.to_owned(), role })
        };
        Ok(match cause.as_deref() {
            None => None,
            Some("session") => Some(row_security(&self.session)?),
            Some("user") => Some(row_security(&self.user)?),
            Some("behind") => Some(Unseen::Behind),
            Some("session view") => Some(Unseen::View { table: self.session.clone(), row: "session" }),
            Some(_) => Some(Unseen::View { table: self.user.clone(), row: "user" }),
        })
    }
}

/// The causes that this database can check. Other databases speak PostgreSQL's protocol and lack some functions; without
/// this, the first unknown token would show that.
async fn understood(database: &DatabaseConnection, causes: Vec<Cause>) -> Result<Vec<Cause>, DbErr> {
    let mut understood = Vec::new();
    for cause in causes {
        let sql = postgres_sql(slice::from_ref(&cause)).into();
        match query(database, &sql, Vec::new()).await {
            Err(error) if is_unsupported(&error) => {
                tracing::warn!(
                    "session_table.database_url: this database does not say whether it hides sessions ({}: {error}). A hidden \
                     session is refused with 401",
                    cause.0
                );
            }
            // Any other answer may be temporary.
            Err(error) if !is_answer(&error) => return Err(error),
            _ => understood.push(cause),
        }
    }
    Ok(understood)
}

/// Warns beforehand of causes that will hide rows from this role in PostgreSQL. A failed query is no reason to stop.
pub async fn will_hide_rows(database: &DatabaseConnection, naming: &Naming) -> Vec<String> {
    let dialect = Dialect(database.get_database_backend());
    if dialect.0 != DbBackend::Postgres {
        return Vec::new();
    }
    let mut concerns = Vec::new();
    for table in [Table::Session, Table::User].map(|table| dialect.name(naming, table)) {
        let sql = format!("SELECT {}, quote_ident(current_user)", may_hide(&literal(&table)));
        if let Some((true, role)) = first::<(bool, String)>(database, sql).await {
            concerns.push(format!(
                "row level security is active on {table}: sessions that its policies hide from role {role} are refused with 401. \
                 To show the role all rows: CREATE POLICY better_auth_verifier ON {table} FOR SELECT TO {role} \
                 USING (true), or ALTER ROLE {role} BYPASSRLS"
            ));
        }
    }
    if let Some((true,)) = first::<(bool,)>(database, "SELECT pg_is_in_recovery()".to_owned()).await {
        concerns.push(
            "session_table.database_url points to a replica: new sessions and sign-outs are seen only when it has caught up. \
             Point it at the primary"
                .to_owned(),
        );
    }
    concerns
}

/// The first row, if there is an answer.
async fn first<T: TryGetableMany>(database: &DatabaseConnection, sql: String) -> Option<T> {
    let rows = query(database, &sql.into(), Vec::new()).await.ok()?;
    T::try_get_many_by_index(rows.first()?).ok()
}

/// In order: `CASE` stops at the first that holds.
///
/// A table without pages holds no row. With pages it may have lost its rows, so nothing is certain. A replica cut off from
/// its primary has replayed all that it received, and is behind.
fn postgres_causes(session: &str, user: &str) -> Vec<Cause> {
    let [of_session, of_user] = [session, user].map(literal);
    let kind =
        |table: &str| format!("(SELECT relkind FROM pg_catalog.pg_class WHERE oid = to_regclass({table}))");
    let empty_view =
        |name: &str, table: &str| format!("{} NOT IN ('r', 'p') AND {}", kind(table), is_empty(name));
    let behind = "pg_is_in_recovery() AND (pg_last_wal_replay_lsn() < pg_last_wal_receive_lsn() \
                  AND pg_last_xact_replay_timestamp() < clock_timestamp() - interval '1 second' \
                  OR NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_wal_receiver))";
    let hidden = format!(
        "{} AND ({} = 'p' OR pg_relation_size(to_regclass({of_session})) > 0) AND {}",
        may_hide(&of_session),
        kind(&of_session),
        is_empty(session)
    );
    vec![
        ("behind", behind.to_owned()),
        ("session", hidden),
        ("user", format!("{} AND {}", may_hide(&of_user), is_empty(user))),
        ("user view", empty_view(user, &of_user)),
        ("session view", empty_view(session, &of_session)),
    ]
}

fn postgres_sql(causes: &[Cause]) -> String {
    format!("SELECT {}, quote_ident(current_user)", case(causes))
}

fn case(causes: &[Cause]) -> String {
    let whens: Vec<_> = causes.iter().map(|(cause, holds)| format!("WHEN {holds} THEN '{cause}'")).collect();
    format!("CASE {} END", whens.join(" "))
}

fn is_empty(table: &str) -> String {
    format!("NOT EXISTS (SELECT 1 FROM {table})")
}

/// Whether row level security applies to this role, and no policy lets it see everything.
fn may_hide(table: &str) -> String {
    format!(
        "(row_security_active(to_regclass({table})) AND COALESCE((SELECT \
         NOT (bool_or(polpermissive AND pg_get_expr(polqual, polrelid) = 'true') AND bool_and(polpermissive)) \
         FROM pg_catalog.pg_policy WHERE polrelid = to_regclass({table}) AND polcmd IN ('r', '*') \
         AND EXISTS (SELECT 1 FROM unnest(polroles) AS role WHERE role = 0 OR pg_has_role(role, 'USAGE'))), true))"
    )
}
