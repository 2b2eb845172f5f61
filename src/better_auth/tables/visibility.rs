//! Whether a row that is not found is not there, or only not seen.

use std::slice;

use sea_orm::{DatabaseConnection, DbBackend, DbErr, QueryResult, TryGetableMany};

use super::{
    InspectError, catalogue,
    dialect::{Dialect, literal},
    naming::Naming,
    table::Table,
};
use crate::database::{Reader, Statement, is_answer, is_unsupported, query};

/// What keeps a role from seeing a session that is there.
#[derive(Debug, thiserror::Error)]
pub enum Unseen {
    /// No policy lets the role see a single row.
    #[error(
        "row level security keeps every row of {table} from role {role}: give it a policy (CREATE POLICY \
         better_auth_verifier ON {table} FOR SELECT TO {role} USING (true)), or ALTER ROLE {role} BYPASSRLS"
    )]
    RowSecurity {
        /// The table, as SQL names it.
        table: String,
        /// The role, as SQL names it.
        role: String,
    },
    /// A view without a single row, although a token was signed.
    #[error(
        "{table} is a view in which this role sees no {row}. Grant the view's owner SELECT on the tables behind it, give it a \
         row security policy there, or refresh the view"
    )]
    View {
        /// The view, as SQL names it.
        table: String,
        /// What a row of it is.
        row: &'static str,
    },
    /// What was written on the primary a moment ago is not here yet.
    #[error(
        "this replica lags behind its primary, so a session that is not found may only be late. Point \
         session_table.database_url at the primary"
    )]
    Behind,
    /// The database does not say what hides rows.
    #[error("the database cannot be asked whether it hides this session: {0}")]
    Unknown(DbErr),
}

/// Asks what may hide a row. Costs something, so only where none was found.
pub struct Visibility {
    /// Nothing can hide one where there is none.
    statement: Option<Statement>,
    session: String,
    user: String,
}

/// Something that hides rows: its name, and when it does.
type Cause = (&'static str, String);

impl Visibility {
    /// Looks at what kind of tables they are, and warns of what will hide rows.
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

    /// Makes sure that this role sees what there is, so that a row not found is not there.
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

/// Those that this database can be asked for. Others speak PostgreSQL's protocol and lack a function or two, and a stranger
/// with a token of nobody would be the first to find out.
async fn understood(database: &DatabaseConnection, causes: Vec<Cause>) -> Result<Vec<Cause>, DbErr> {
    let mut understood = Vec::new();
    for cause in causes {
        let sql = postgres_sql(slice::from_ref(&cause)).into();
        match query(database, &sql, Vec::new()).await {
            Err(error) if is_unsupported(&error) => {
                tracing::warn!(
                    "session_table.database_url: this database does not say whether it hides sessions ({}: {error}). One \
                     that it hides is refused with 401",
                    cause.0
                );
            }
            // Whatever else it answers may pass.
            Err(error) if !is_answer(&error) => return Err(error),
            _ => understood.push(cause),
        }
    }
    Ok(understood)
}

/// What will hide rows from this role in PostgreSQL, to be said beforehand. What cannot be asked for is no reason to stop.
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
                "row level security is active on {table}: what its policies hide from role {role} is refused with 401. \
                 Where it should see all rows: CREATE POLICY better_auth_verifier ON {table} FOR SELECT TO {role} \
                 USING (true), or ALTER ROLE {role} BYPASSRLS"
            ));
        }
    }
    if let Some((true,)) = first::<(bool,)>(database, "SELECT pg_is_in_recovery()".to_owned()).await {
        concerns.push(
            "session_table.database_url leads to a replica: new sessions and sign-outs are seen only when it has caught up. \
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

/// In the order in which they are asked for: `CASE` looks no further than it has to.
///
/// A table without a single page holds no row. One with pages may have lost its rows: then it is not known either. A replica
/// that nothing reaches has replayed all that it has received, and is behind.
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
