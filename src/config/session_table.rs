use std::time::Duration;

use super::{Cache, Database, Outage, database, reader::Reader};
use crate::{
    AdditionalFields,
    database::Address,
    strategy::{Naming, TimeZone, UnknownTimeZone, UnreadableColumn},
};

/// The `session_table` strategy.
#[derive(Clone, Debug)]
pub struct SessionTable {
    /// Better Auth's database.
    pub database_url: Address,
    /// How its tables and columns are called.
    pub naming: Naming,
    /// The time zone of dates that have none.
    pub time_zone: TimeZone,
    /// No answer by then is undecidable.
    pub timeout: Duration,
    /// Verdicts, unless switched off.
    pub cache: Option<Cache>,
    /// What is done while it cannot be asked.
    pub outage: Outage,
}

impl SessionTable {
    pub(super) fn read(reader: &mut Reader, database: &Database) -> Self {
        let own = reader.try_parse("session_table.database_url", |text| {
            if text.is_empty() { Ok(None) } else { database::parse(text).map(Some) }
        });
        let database_url = own.unwrap_or_else(|| database.url.clone());
        Self {
            naming: naming(reader, &database_url),
            time_zone: reader
                .parse("session_table.time_zone", UnknownTimeZone::EXPECTED, |name| name.parse().ok()),
            database_url,
            timeout: reader.positive_duration("session_table.timeout"),
            cache: Cache::read(reader, "session_table"),
            outage: Outage::read(reader, "session_table"),
        }
    }

    pub(super) fn check(&self, reader: &mut Reader, fields: &AdditionalFields) {
        if let Err(error) = self.naming.check(fields) {
            reader.fault("session_table.columns", &error.to_string());
        }
        let schema: String = reader.get("session_table.schema");
        let key = "session_table.schema";
        if self.database_url.is_sqlite() {
            if !schema.is_empty() {
                reader.fault(key, "nothing: SQLite has no schemas");
            } else if self.naming.has_schema() {
                reader.fault("session_table.table", "no schema before the table's name: SQLite has none");
            }
        } else if let Some(named) =
            self.database_url.schema().filter(|named| !schema.is_empty() && *named != schema)
        {
            let expected = format!(
                "{named:?} or nothing, as the address names that schema, too; or no such parameter in the address"
            );
            reader.fault(key, &expected);
        }
    }
}

fn naming(reader: &mut Reader, address: &Address) -> Naming {
    let name = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let naming = Naming::default()
        .with_tables(
            reader.parse("session_table.table", "the name of a table", name),
            reader.parse("session_table.user_table", "the name of a table", name),
        )
        .with_snake_case(reader.parse("session_table.naming", "\"camelCase\" or \"snake_case\"", snake_case))
        .with_columns(reader.list("session_table.columns", |text| {
            text.parse().map_err(|UnreadableColumn| UnreadableColumn::EXPECTED.to_owned())
        }));
    let own = Some(reader.get::<String>("session_table.schema")).filter(|schema| !schema.is_empty());
    match own.or_else(|| address.schema().map(str::to_owned)) {
        Some(schema) => naming.with_schema(schema),
        None => naming,
    }
}

fn snake_case(naming: &str) -> Option<bool> {
    match naming {
        "camelCase" => Some(false),
        "snake_case" => Some(true),
        _ => None,
    }
}
