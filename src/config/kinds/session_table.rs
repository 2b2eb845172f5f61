use std::time::Duration;

use anyhow::{Context, bail};

use super::{Dependency, Deployment, Facts, Kind, Need};
use crate::{
    better_auth::tables::{InspectError, Naming, SchemaFault, TimeZone, UnknownTimeZone, UnreadableColumn},
    config::{
        Cache, Config, Outage, builder::Builder, confidential::DATABASE_URL, database, exposed_file,
        fault::shown_text, reader::Reader,
    },
    database::{Access, Address},
    strategy::{self, AnyStrategy},
};

const URL: &str = "session_table.database_url";

pub(super) const FACTS: Facts = Facts {
    claims_session_tokens: true,
    has_sessions: true,
    better_auth_secret: Need::Always,
    stores: &[URL],
    ..Facts::PLAIN
};

/// The `session_table` strategy.
#[derive(Clone, Debug)]
pub struct SessionTable {
    /// Better Auth's database.
    pub database_url: Address,
    /// The names of its tables and columns.
    pub naming: Naming,
    /// The time zone of dates that have none.
    pub time_zone: TimeZone,
    /// Without an answer by then, a credential is undecidable.
    pub timeout: Duration,
    /// The cache of verdicts, unless it is off.
    pub cache: Option<Cache>,
    /// The behaviour while the database is out of reach.
    pub outage: Outage,
}

impl Kind for SessionTable {
    fn read(reader: &mut Reader, Deployment { database, .. }: Deployment<'_>) -> Self {
        let own = reader
            .try_parse(URL, |text| if text.is_empty() { Ok(None) } else { database::parse(text).map(Some) });
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

    fn validate(&self, reader: &mut Reader, config: &Config) {
        let is_elsewhere = !reader.get::<String>(URL).is_empty();
        database::check(reader, if is_elsewhere { URL } else { DATABASE_URL }, &self.database_url);
        if let Err(error) = self.naming.validate(&config.fields) {
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

    fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    fn outage(&self) -> Option<&Outage> {
        Some(&self.outage)
    }

    fn dependencies(&self) -> Vec<Dependency> {
        vec![Dependency::Secret, Dependency::Tables]
    }

    fn place(&self, config: &Config) -> Option<String> {
        let is_elsewhere = self.database_url != config.database.url;
        let key = if is_elsewhere { URL } else { DATABASE_URL };
        Some(format!("{key} ({})", shown_text(key, self.database_url.expose_secret())))
    }

    async fn build(&self, builder: &mut Builder<'_>) -> anyhow::Result<AnyStrategy> {
        Ok(builder.guarded(self.cache(), Some(&self.outage), self.open(builder).await?, self.timeout))
    }
}

impl SessionTable {
    /// The table itself, which other strategies may read, too.
    pub(super) async fn open(&self, builder: &Builder<'_>) -> anyhow::Result<strategy::SessionTable> {
        exposed_file::inspect(URL, &self.database_url);
        let table = self.strategy(builder.config)?;
        match table.inspect().await {
            Err(InspectError::Schema(fault)) => bail!("{}: {fault}{}", keys_about(&fault), remedy(&fault)),
            // A database out of reach is no fault: it may come back.
            Ok(()) | Err(_) => Ok(table),
        }
    }

    /// The strategy, before any contact with the database.
    ///
    /// # Errors
    ///
    /// When Better Auth's secret is not known.
    pub fn strategy(&self, config: &Config) -> anyhow::Result<strategy::SessionTable> {
        let secrets = config.better_auth.secrets.clone().context("better_auth.secret is needed")?;
        let database = self.database_url.open(Access::Read, self.timeout);
        Ok(strategy::SessionTable::new(database, secrets, self.timeout)
            .with_naming(self.naming.clone())
            .with_fields(config.fields.clone())
            .with_time_zone(self.time_zone)
            .with_raw_tokens(config.better_auth.raw_tokens))
    }
}

/// The keys to change for a fault.
pub fn keys_about(fault: &SchemaFault) -> &'static str {
    match fault {
        SchemaFault::Table { .. } => {
            "session_table.database_url, session_table.schema, .table or .user_table"
        }
        SchemaFault::Column { .. } | SchemaFault::Naming(_) => {
            "session_table.naming or .columns, or identity"
        }
        SchemaFault::Hidden(_) | SchemaFault::Denied(_) | SchemaFault::Unreadable(_) => URL,
    }
}

/// The remedy if the table is in another schema.
pub fn remedy(fault: &SchemaFault) -> String {
    let SchemaFault::Table { table, found } = fault else { return String::new() };
    let schemas: Vec<_> =
        found.iter().filter_map(|found| found.strip_suffix(&**table)?.strip_suffix('.')).collect();
    match &*schemas {
        [schema] => format!(". It is in another schema: session_table.schema = {schema:?}"),
        [] => String::new(),
        several => format!(". It is in the schemas {}: name one in session_table.schema", several.join(", ")),
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
