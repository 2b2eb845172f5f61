use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{Cache, Database, Outage, database, reader::Reader};
use crate::{
    AdditionalFields,
    strategy::{Naming, TimeZone, UnknownTimeZone, UnreadableColumn},
};

/// The `session_table` strategy.
#[derive(Clone, Debug)]
pub struct SessionTable {
    /// Better Auth's database.
    pub database_url: SecretString,
    /// How its tables and columns are called.
    pub naming: Naming,
    /// The time zone of dates that have none, if somebody said it.
    pub time_zone: Option<TimeZone>,
    /// No answer by then is undecidable.
    pub timeout: Duration,
    /// Verdicts, unless switched off.
    pub cache: Option<Cache>,
    /// What is done while it cannot be asked.
    pub outage: Outage,
}

impl SessionTable {
    pub(super) fn read(reader: &mut Reader, database: &Database) -> Self {
        let own = reader.optional("session_table.database_url", database::EXPECTED, database::parse);
        Self {
            database_url: own.unwrap_or_else(|| database.url.clone()),
            naming: naming(reader),
            time_zone: time_zone(reader),
            timeout: reader.positive_duration("session_table.timeout"),
            cache: Cache::read(reader, "session_table"),
            outage: Outage::read(reader, "session_table"),
        }
    }

    pub(super) fn check(&self, reader: &mut Reader, fields: &AdditionalFields) {
        if let Err(error) = self.naming.check(fields) {
            reader.fault("session_table.columns", &error.to_string());
        }
        let is_sqlite = self.database_url.expose_secret().starts_with("sqlite:");
        if is_sqlite && !reader.get::<String>("session_table.schema").is_empty() {
            reader.fault("session_table.schema", "nothing: SQLite has no schemas");
        }
    }
}

/// The default is a guess, of which a warning tells.
fn time_zone(reader: &mut Reader) -> Option<TimeZone> {
    const KEY: &str = "session_table.time_zone";
    let zone = reader.parse(KEY, UnknownTimeZone::EXPECTED, |name| name.parse().ok());
    reader.is_said(KEY).then_some(zone)
}

fn naming(reader: &mut Reader) -> Naming {
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
    match reader.get::<String>("session_table.schema") {
        schema if schema.is_empty() => naming,
        schema => naming.with_schema(schema),
    }
}

fn snake_case(naming: &str) -> Option<bool> {
    match naming {
        "camelCase" => Some(false),
        "snake_case" => Some(true),
        _ => None,
    }
}
