use super::{confidential::DATABASE_URL, reader::Reader};
use crate::database::{Address, Transport};

/// The service's own tables.
#[derive(Clone, Debug)]
pub struct Database {
    /// Their address.
    pub url: Address,
}

/// The to-do routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Todos {
    /// If not, the routes are absent and do not open [`Database`].
    pub enabled: bool,
}

impl Database {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self { url: reader.try_parse(DATABASE_URL, parse) }
    }
}

impl Todos {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self { enabled: reader.get("todos.enabled") }
    }
}

pub(super) fn parse(text: &str) -> Result<Address, String> {
    text.parse().map_err(|fault: crate::database::AddressFault| fault.to_string())
}

/// Requires that the connection to the database of `key` is encrypted, or stays on this machine.
pub(super) fn check(reader: &mut Reader, key: &str, address: &Address) {
    reader.need(key);
    match address.transport() {
        Transport::Plain(mode) => {
            reader.insecure(key, &format!("an encrypted connection ({mode} or stricter)"));
        }
        Transport::Unauthenticated(parameters) => reader.warn(format!(
            "{key} is encrypted, but does not authenticate the server: an attacker on the way can pose as the database. Add \
             {parameters} to the address; the file is not needed if a public authority has signed the server's certificate"
        )),
        Transport::Local | Transport::Authenticated => {}
    }
}
