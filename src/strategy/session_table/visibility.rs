//! Whether a row that is not found is not there, or only not seen.

use std::sync::Arc;

use sea_orm::{DatabaseConnection, DbBackend, DbErr};

use super::{
    InspectError, catalogue,
    dialect::{Dialect, literal},
    naming::Naming,
    table::Table,
};
use crate::database::query;

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
    /// A view without a single user, although there must be one whose token was signed.
    #[error(
        "{table} is no table but a view or the like, and this role sees no user in it: may its owner read what is behind \
         it, does row level security apply there, is it filled?"
    )]
    View {
        /// The view, as SQL names it.
        table: String,
    },
    /// What was written on the primary a moment ago is not here yet.
    #[error(
        "this database is a replica that is behind its primary, so nobody can say whether this session is missing or late"
    )]
    Behind,
}

/// Asks what may hide a row. Costs something, so only where none was found.
pub struct Visibility {
    /// Nothing can hide one where there is none.
    sql: Option<Arc<str>>,
    session: String,
    user: String,
}

impl Visibility {
    /// Looks at what kind of tables they are, and warns of what will hide rows.
    pub async fn prepare(database: &DatabaseConnection, naming: &Naming) -> Result<Self, InspectError> {
        let dialect = Dialect(database.get_database_backend());
        let [session, user] = [Table::Session, Table::User].map(|table| dialect.name(naming, table));
        let sql = match dialect.0 {
            DbBackend::Postgres => Some(postgres_sql(&session, &user).into()),
            _ if catalogue::is_view(database, naming, Table::User).await? => {
                Some(format!("SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM {user}) THEN 'view' END").into())
            }
            _ => None,
        };
        let visibility = Self { sql, session, user };
        visibility.warn(database, dialect).await?;
        Ok(visibility)
    }

    /// Whether this role can see what there is.
    pub async fn check(&self, database: &DatabaseConnection) -> Result<(), InspectError> {
        let Some(sql) = &self.sql else { return Ok(()) };
        let rows = query(database, sql, Vec::new()).await?;
        let Some(row) = rows.first() else { return Ok(()) };
        let cause: Option<String> = row.try_get_by_index(0)?;
        let row_security = |table: &str| {
            let role = row.try_get_by_index(1)?;
            Ok::<_, DbErr>(Unseen::RowSecurity { table: table.to_owned(), role })
        };
        Err(match cause.as_deref() {
            None => return Ok(()),
            Some("session") => row_security(&self.session)?,
            Some("user") => row_security(&self.user)?,
            Some("behind") => Unseen::Behind,
            Some(_) => Unseen::View { table: self.user.clone() },
        }
        .into())
    }

    async fn warn(&self, database: &DatabaseConnection, dialect: Dialect) -> Result<(), InspectError> {
        if dialect.0 != DbBackend::Postgres {
            return Ok(());
        }
        for table in [&self.session, &self.user] {
            let sql = format!("SELECT {}, quote_ident(current_user)", may_hide(&literal(table)));
            let rows = query(database, &sql.into(), Vec::new()).await?;
            let Some(row) = rows.first() else { continue };
            if row.try_get_by_index(0)? {
                let role: String = row.try_get_by_index(1)?;
                tracing::warn!(
                    "row level security is active on {table}: what its policies hide from role {role} is refused with 401. \
                     Where it should see all rows: CREATE POLICY better_auth_verifier ON {table} FOR SELECT TO {role} \
                     USING (true), or ALTER ROLE {role} BYPASSRLS"
                );
            }
        }
        let replica = query(database, &"SELECT pg_is_in_recovery()".into(), Vec::new()).await?;
        if replica.first().is_some_and(|row| row.try_get_by_index(0).unwrap_or(false)) {
            tracing::warn!(
                "session_table.database_url leads to a replica: whoever signs in is known only once it has followed, and a \
                 sign-out is seen as late. Connect to the primary"
            );
        }
        Ok(())
    }
}

/// In the order in which it is asked: `CASE` looks no further than it has to.
///
/// A table without a single page holds no row. One with pages may have lost its rows: then it is not known either.
fn postgres_sql(session: &str, user: &str) -> String {
    let [of_session, of_user] = [session, user].map(literal);
    let kind =
        |table: &str| format!("(SELECT relkind FROM pg_catalog.pg_class WHERE oid = to_regclass({table}))");
    format!(
        "SELECT CASE \
         WHEN pg_is_in_recovery() AND pg_last_wal_replay_lsn() < pg_last_wal_receive_lsn() \
         AND pg_last_xact_replay_timestamp() < clock_timestamp() - interval '1 second' THEN 'behind' \
         WHEN {} AND ({} = 'p' OR pg_relation_size(to_regclass({of_session})) > 0) \
         AND NOT EXISTS (SELECT 1 FROM {session}) THEN 'session' \
         WHEN {} AND NOT EXISTS (SELECT 1 FROM {user}) THEN 'user' \
         WHEN {} NOT IN ('r', 'p') AND NOT EXISTS (SELECT 1 FROM {user}) THEN 'view' \
         END, quote_ident(current_user)",
        may_hide(&of_session),
        kind(&of_session),
        may_hide(&of_user),
        kind(&of_user),
    )
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
