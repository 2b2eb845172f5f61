use sea_orm::DbBackend;

use super::{
    column::{Column, ColumnType},
    naming::Naming,
    table::Table,
};
use crate::fields::FieldKind;

/// The SQL of one kind of database.
#[derive(Clone, Copy)]
pub struct Dialect(pub DbBackend);

impl Dialect {
    /// Names are quoted: they are camelCase, `user` is a reserved word in PostgreSQL, and users choose some of them.
    pub fn quote(self, name: &str) -> String {
        let quote = if self.0 == DbBackend::MySql { '`' } else { '"' };
        format!("{quote}{}{quote}", name.replace(quote, &format!("{quote}{quote}")))
    }

    /// A table with its schema.
    pub fn name(self, naming: &Naming, table: Table) -> String {
        let name = self.quote(naming.table(table));
        let schema =
            naming.schema(table).map(|schema| format!("{}.", self.quote(schema))).unwrap_or_default();
        format!("{schema}{name}")
    }

    /// The same, with the letter that [`Self::column`] uses for it.
    pub fn table(self, naming: &Naming, table: Table) -> String {
        format!("{} {}", self.name(naming, table), alias(table))
    }

    /// A column without conversion.
    pub fn column(self, column: &Column) -> String {
        format!("{}.{}", alias(column.table), self.quote(&column.name))
    }

    /// The condition that a column holds the value. Without a cast of the column, which would bypass its index.
    pub fn holds_value(self, column: &Column) -> String {
        let expression = self.column(column);
        match (self.0, &column.holds) {
            // Any other text finds no row, without an error. Cast to text first: a literal is read as a UUID before `CASE` is.
            (DbBackend::Postgres, ColumnType::Other(name)) if name == "uuid" => format!(
                "{expression} = CASE WHEN $1 ~ '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' THEN CAST(CAST($1 AS text) AS uuid) END"
            ),
            (DbBackend::Postgres, _) => format!("{expression} = $1"),
            _ => format!("{expression} = ?"),
        }
    }

    /// An expression as text.
    pub fn text(self, expression: &str) -> String {
        let text = if self.0 == DbBackend::MySql { "CHAR" } else { "text" };
        format!("CAST({expression} AS {text})")
    }

    /// A column as text from which [`value::of_column`](super::value::of_column) makes its value.
    pub fn value(self, column: &Column) -> String {
        let expression = self.column(column);
        match (&column.holds, column.kind) {
            (ColumnType::Instant | ColumnType::Local, _) => self.date(&expression),
            // Roles may be a list of any kind: `user_json` reads it.
            (ColumnType::Array, kind) if kind == FieldKind::Json || column.field == "role" => {
                self.text(&format!("to_jsonb({expression})"))
            }
            _ => self.text(&expression),
        }
    }

    /// Milliseconds since 1970, or PostgreSQL's word for no end. A date without a zone is counted as UTC, which
    /// [`value`](super::value) corrects.
    fn date(self, expression: &str) -> String {
        if self.0 == DbBackend::Postgres {
            let milliseconds =
                self.text(&format!("CAST(FLOOR(EXTRACT(EPOCH FROM {expression}) * 1000) AS bigint)"));
            let infinity = self.text(expression);
            return format!("CASE WHEN isfinite({expression}) THEN {milliseconds} ELSE {infinity} END");
        }
        let microseconds = format!("TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', {expression})");
        self.text(&format!("{microseconds} DIV 1000"))
    }
}

/// A text as a literal of PostgreSQL. The plain form of a text with a backslash would depend on the server's settings.
pub fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

fn alias(table: Table) -> char {
    match table {
        Table::Session => 's',
        Table::User => 'u',
    }
}
