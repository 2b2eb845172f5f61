use std::borrow::Cow;

use super::{known_fields, renamed_column::RenamedColumn, table::Table};
use crate::fields::{AdditionalFields, Field};

/// The names of Better Auth's tables and columns in a database. By default those of Better Auth's own migration and of
/// Prisma: `session` and `user`, columns in camelCase.
#[derive(Clone, Debug)]
pub struct Naming {
    schema: Option<String>,
    session: TableName,
    user: TableName,
    snake_case: bool,
    renamed: Vec<RenamedColumn>,
}

/// A fault in the names of columns.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamingFault {
    /// No such field is read.
    #[error("fields that are read: {0} has none called {1:?} (list your own fields, too)")]
    Unread(Table, String),
    /// Two columns for one field.
    #[error("each field once, not {0}.{1} twice")]
    Repeated(Table, String),
    /// The session's token would leave under another name.
    #[error("another column for the session's field {0:?}: a session's token must not leave the service")]
    Token(String),
}

impl Default for Naming {
    fn default() -> Self {
        Self {
            schema: None,
            session: TableName::read("session"),
            user: TableName::read("user"),
            snake_case: false,
            renamed: Vec::new(),
        }
    }
}

impl Naming {
    /// The tables stand in this schema of PostgreSQL, or this database of MySQL.
    #[must_use]
    pub fn with_schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// The names of the session's and the user's table (Better Auth's `modelName`, or `usePlural`). Each may have a schema
    /// of its own before it, as in `auth.session`; a dot in a name stands in quotes: `"auth.session"`.
    #[must_use]
    pub fn with_tables(mut self, session: impl AsRef<str>, user: impl AsRef<str>) -> Self {
        (self.session, self.user) = (TableName::read(session.as_ref()), TableName::read(user.as_ref()));
        self
    }

    /// Columns are in `snake_case`, as in the schema that Better Auth generates for Drizzle.
    #[must_use]
    pub fn with_snake_case(mut self, snake_case: bool) -> Self {
        self.snake_case = snake_case;
        self
    }

    /// These columns have names of their own (Better Auth's `fields`). They must exist.
    #[must_use]
    pub fn with_columns(mut self, renamed: impl IntoIterator<Item = RenamedColumn>) -> Self {
        self.renamed = renamed.into_iter().collect();
        self
    }

    /// Ensures that each renamed column is read, once, and that none exposes the token.
    ///
    /// # Errors
    ///
    /// The fault, with its column.
    pub(crate) fn validate(&self, fields: &AdditionalFields) -> Result<(), NamingFault> {
        for (index, renamed) in self.renamed.iter().enumerate() {
            let RenamedColumn { table, field, .. } = renamed;
            if !known_fields::is_read(*table, field, fields) {
                return Err(NamingFault::Unread(*table, field.clone()));
            }
            if self.renamed[..index].iter().any(|other| (other.table, &other.field) == (*table, field)) {
                return Err(NamingFault::Repeated(*table, field.clone()));
            }
        }
        let token = self.column(Table::Session, "token");
        let leaks = |field: &&Field| self.column(Table::Session, field.name()) == token;
        match fields.session().iter().find(leaks) {
            Some(field) => Err(NamingFault::Token(field.name().to_owned())),
            None => Ok(()),
        }
    }

    /// Whether any table stands in a schema.
    #[must_use]
    pub fn has_schema(&self) -> bool {
        [Table::Session, Table::User].iter().any(|table| self.schema(*table).is_some())
    }

    /// The schema of a table: its own, else that of both.
    pub(crate) fn schema(&self, table: Table) -> Option<&str> {
        self.name(table).schema.as_deref().or(self.schema.as_deref())
    }

    /// The name of a table, without its schema.
    pub(crate) fn table(&self, table: Table) -> &str {
        &self.name(table).name
    }

    fn name(&self, table: Table) -> &TableName {
        match table {
            Table::Session => &self.session,
            Table::User => &self.user,
        }
    }

    /// The column of a field.
    pub(crate) fn column<'a>(&'a self, table: Table, field: &'a str) -> Cow<'a, str> {
        match self.renamed(table, field) {
            Some(renamed) => Cow::Borrowed(&renamed.column),
            None if self.snake_case => Cow::Owned(snake_case(field)),
            None => Cow::Borrowed(field),
        }
    }

    /// Whether the configuration names the column of a field: then it must not be skipped.
    pub(crate) fn is_renamed(&self, table: Table, field: &str) -> bool {
        self.renamed(table, field).is_some()
    }

    fn renamed(&self, table: Table, field: &str) -> Option<&RenamedColumn> {
        self.renamed.iter().find(|renamed| renamed.table == table && renamed.field == field)
    }
}

/// A table's name, with a schema where it has one of its own.
#[derive(Clone, Debug)]
struct TableName {
    schema: Option<String>,
    name: String,
}

impl TableName {
    fn read(text: &str) -> Self {
        if let Some(name) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            return Self { schema: None, name: name.to_owned() };
        }
        match text.split_once('.') {
            Some((schema, name)) if !schema.is_empty() && !name.is_empty() => {
                Self { schema: Some(schema.to_owned()), name: name.to_owned() }
            }
            _ => Self { schema: None, name: text.to_owned() },
        }
    }
}

/// `expiresAt` becomes `expires_at`.
fn snake_case(field: &str) -> String {
    let mut name = String::with_capacity(field.len() + 2);
    for letter in field.chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_named_by_a_person_by_the_style_or_by_its_field() {
        let renamed = "session.token = session_token".parse().expect("a column");
        let naming = Naming::default().with_columns([renamed]);
        assert_eq!(naming.column(Table::Session, "token"), "session_token");
        assert_eq!(naming.column(Table::User, "token"), "token");
        assert_eq!(naming.column(Table::Session, "expiresAt"), "expiresAt");
        let snake = naming.with_snake_case(true);
        assert_eq!(snake.column(Table::Session, "token"), "session_token");
        assert_eq!(snake.column(Table::User, "twoFactorEnabled"), "two_factor_enabled");
    }

    #[test]
    fn a_table_stands_in_its_own_schema_or_in_that_of_both() {
        let of = |naming: &Naming| {
            [Table::Session, Table::User].map(|table| {
                let schema = naming.schema(table).unwrap_or_default();
                format!("{schema}/{}", naming.table(table))
            })
        };
        let naming = Naming::default().with_tables("auth.session", "user");
        assert_eq!(of(&naming), ["auth/session", "/user"]);
        assert_eq!(of(&naming.with_schema("app")), ["auth/session", "app/user"]);
        let dotted = Naming::default().with_tables("\"auth.session\"", ".user");
        assert_eq!(of(&dotted), ["/auth.session", "/.user"]);
    }

    #[test]
    fn a_column_that_nobody_reads_is_a_fault() {
        let validate = |columns: &[&str], fields: &AdditionalFields| {
            let columns = columns.iter().map(|column| column.parse().expect("a column"));
            Naming::default().with_columns(columns).validate(fields)
        };
        let none = AdditionalFields::default();
        assert_eq!(validate(&["user.banned=is_banned", "session.token=t"], &none), Ok(()));
        assert_eq!(validate(&["user.baned=b"], &none), Err(NamingFault::Unread(Table::User, "baned".into())));
        let twice = validate(&["user.role=a", "user.role=b"], &none);
        assert_eq!(twice, Err(NamingFault::Repeated(Table::User, "role".into())));
        let plan = AdditionalFields::new([], ["plan".parse().expect("a field")]).expect("no token");
        assert_eq!(validate(&["session.plan=p"], &plan), Ok(()));
        assert_eq!(validate(&["session.plan=token"], &plan), Err(NamingFault::Token("plan".into())));
    }
}
