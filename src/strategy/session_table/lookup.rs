//! The one query: built once, when the columns are known.

use std::sync::Arc;

use sea_orm::{DatabaseConnection, DbErr, QueryResult};

use super::{
    InspectError, SchemaFault,
    dialect::{Dialect, read_date},
    schema::Schema,
};
use crate::{
    database::{is_refusal, query_one},
    identity::{Ban, Identity, Session, User},
};

/// Finds a session with its user by its token. Every column comes as text, whatever its type is: ids may be text,
/// uuid or numbers, dates text, numbers or timestamps.
pub struct Lookup {
    sql: Arc<str>,
}

impl Lookup {
    /// Reads the schema and writes the query for it.
    pub async fn prepare(database: &DatabaseConnection) -> Result<Self, InspectError> {
        let backend = database.get_database_backend();
        let schema = Schema::read(database).await?;
        let lookup = Self { sql: sql(Dialect(backend), &schema).into() };
        // Asked once for nobody: whether this role may read all of it.
        match lookup.find(database, "").await {
            Err(error) if is_refusal(&error) => return Err(SchemaFault::Unreadable(error).into()),
            outcome => outcome?,
        };
        tracing::info!(
            bans = schema.user_has("banned"),
            roles = schema.user_has("role"),
            "session table found"
        );
        Ok(lookup)
    }

    /// The row of this token, if there is one.
    pub async fn find(&self, database: &DatabaseConnection, token: &str) -> Result<Option<Row>, DbErr> {
        query_one(database, &self.sql, token).await?.as_ref().map(Row::read).transpose()
    }
}

/// A session with its user, as text.
pub struct Row {
    /// The token as it is stored.
    pub token: String,
    session_id: String,
    expires_at: String,
    impersonated_by: Option<String>,
    user_id: String,
    email: Option<String>,
    email_verified: String,
    name: Option<String>,
    image: Option<String>,
    role: Option<String>,
    banned: String,
    ban_expires: Option<String>,
}

/// A date in none of the known forms.
#[derive(Debug, thiserror::Error)]
#[error("\"expiresAt\" of a session holds no date that can be read")]
pub struct UnreadableDate;

impl Row {
    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            token: row.try_get_by_index(0)?,
            session_id: row.try_get_by_index(1)?,
            expires_at: row.try_get_by_index(2)?,
            impersonated_by: row.try_get_by_index(3)?,
            user_id: row.try_get_by_index(4)?,
            email: row.try_get_by_index(5)?,
            email_verified: row.try_get_by_index(6)?,
            name: row.try_get_by_index(7)?,
            image: row.try_get_by_index(8)?,
            role: row.try_get_by_index(9)?,
            banned: row.try_get_by_index(10)?,
            ban_expires: row.try_get_by_index(11)?,
        })
    }

    /// The identity that this row proves, expired or not.
    pub fn into_identity(self) -> Result<Identity, UnreadableDate> {
        let expires_at = read_date(&self.expires_at).ok_or(UnreadableDate)?;
        // An end that cannot be read counts as none: a ban then holds.
        let ban = Ban { expires_at: self.ban_expires.as_deref().and_then(read_date) };
        let user = User {
            email: self.email,
            email_verified: self.email_verified == "true",
            name: self.name,
            image: self.image,
            role: self.role,
            ban: (self.banned == "true").then_some(ban),
            ..User::new(self.user_id)
        };
        let mut session = Session::new(self.session_id, expires_at);
        session.impersonated_by = self.impersonated_by;
        Ok(Identity::of_session(user, session))
    }
}

/// The columns in the order in which [`Row::read`] takes them.
fn sql(dialect: Dialect, schema: &Schema) -> String {
    let session = |column: &str| dialect.column("s", column);
    let user = |column: &str| dialect.column("u", column);
    let plugin = |there: bool, expression: String| if there { expression } else { dialect.text("NULL") };
    let columns = [
        dialect.text(&session("token")),
        dialect.text(&session("id")),
        dialect.date(&session("expiresAt")),
        plugin(schema.session_has("impersonatedBy"), dialect.text(&session("impersonatedBy"))),
        dialect.text(&user("id")),
        dialect.text(&user("email")),
        dialect.truth(&user("emailVerified")),
        dialect.text(&user("name")),
        dialect.text(&user("image")),
        plugin(schema.user_has("role"), dialect.text(&user("role"))),
        if schema.user_has("banned") { dialect.truth(&user("banned")) } else { dialect.text("'false'") },
        plugin(schema.user_has("banExpires"), dialect.date(&user("banExpires"))),
    ];
    format!(
        "SELECT {} FROM {} s JOIN {} u ON {} = {} WHERE {} = {}",
        columns.join(", "),
        dialect.quote("session"),
        dialect.quote("user"),
        user("id"),
        session("userId"),
        session("token"),
        dialect.placeholder(),
    )
}
