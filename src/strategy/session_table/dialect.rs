use sea_orm::DbBackend;

use super::{
    column::{Column, ColumnType},
    naming::Naming,
    table::Table,
};
use crate::fields::FieldKind;

/// How a database writes things.
#[derive(Clone, Copy)]
pub struct Dialect(pub DbBackend);

impl Dialect {
    /// Names are quoted: they are camelCase, `user` is a reserved word in PostgreSQL, and a person may have named them.
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

    /// The same, and the letter by which [`Self::column`] knows it.
    pub fn table(self, naming: &Naming, table: Table) -> String {
        format!("{} {}", self.name(naming, table), alias(table))
    }

    /// A column as it is.
    pub fn column(self, column: &Column) -> String {
        format!("{}.{}", alias(column.table), self.quote(&column.name))
    }

    pub fn placeholder(self) -> &'static str {
        if self.0 == DbBackend::Postgres { "$1" } else { "?" }
    }

    pub fn text(self, expression: &str) -> String {
        let text = if self.0 == DbBackend::MySql { "CHAR" } else { "text" };
        format!("CAST({expression} AS {text})")
    }

    /// A column as text from which `value::read` makes its value.
    pub fn value(self, column: &Column) -> String {
        let expression = self.column(column);
        match (&column.holds, column.kind) {
            (ColumnType::Temporal, _) => self.date(&expression),
            (ColumnType::Array, FieldKind::Json) => self.text(&format!("to_jsonb({expression})")),
            _ => self.text(&expression),
        }
    }

    /// Milliseconds since 1970, or how PostgreSQL writes that there is no end. Timestamps without a zone are UTC: so
    /// PostgreSQL reads them here, and so `database::open` reads those of MySQL.
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

fn alias(table: Table) -> char {
    match table {
        Table::Session => 's',
        Table::User => 'u',
    }
}
