//! Better Auth's tables in any database: their names, columns and values.
//!
//! To read a table: take a [`Naming`], read the [`Schema`], write the query in the [`Dialect`], convert the answer with
//! [`value`], and ask [`Visibility`] before reporting a row as absent.

mod catalogue;
mod column;
mod dialect;
mod fault;
mod inspect_error;
mod known_fields;
mod naming;
mod renamed_column;
mod schema;
mod table;
mod time_zone;
pub(crate) mod value;
pub(crate) mod visibility;
pub(crate) mod zoneless;

pub(crate) use self::{
    catalogue::readable,
    column::Column,
    dialect::{Dialect, literal},
    schema::Schema,
    visibility::Visibility,
    zoneless::Zoneless,
};
pub use self::{
    fault::SchemaFault,
    inspect_error::InspectError,
    naming::{Naming, NamingFault},
    renamed_column::{RenamedColumn, UnreadableColumn},
    table::Table,
    time_zone::{TimeZone, UnknownTimeZone},
    visibility::Unseen,
};
