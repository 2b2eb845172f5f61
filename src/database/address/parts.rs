use percent_encoding::percent_decode_str;

use super::{fault::AddressFault, parameters::Parameters};

/// The parts of an address of a server. A URL parser would refuse what libpq and people write: no host beside an account,
/// a `#` in a password.
pub struct Parts {
    pub user: Option<String>,
    pub password: Option<String>,
    pub host: Option<String>,
    pub port: Option<u16>,
    pub database: Option<String>,
    pub parameters: Parameters,
}

impl Parts {
    /// Reads what stands after the scheme and its colon.
    pub fn read(rest: &str) -> Result<Self, AddressFault> {
        let rest = rest.strip_prefix("//").ok_or(AddressFault::Slashes)?;
        let (authority, behind) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (path, query) = behind.split_once('?').unwrap_or((behind, ""));
        let (account, server) = match authority.rsplit_once('@') {
            Some((account, server)) => (Some(account), server),
            None => (None, authority),
        };
        if path.contains('@') {
            return Err(AddressFault::Spilt);
        }
        // With an `@` further on, what looks like a host may be the beginning of a password.
        let or_spilt = |fault| if behind.contains('@') { AddressFault::Spilt } else { fault };
        if server.contains('#') || behind.contains('#') {
            return Err(or_spilt(AddressFault::NumberSign));
        }
        let (host, port) = host_and_port(server).map_err(or_spilt)?;
        let (user, password) = match account.map(|account| account.split_once(':').unwrap_or((account, ""))) {
            Some((user, password)) => (decoded("user name", user)?, decoded("password", password)?),
            None => (None, None),
        };
        Ok(Self {
            user,
            password,
            host: decoded("host", host)?,
            port,
            database: decoded("database's name", path.trim_matches('/'))?,
            parameters: Parameters::read(query),
        })
    }
}

/// Two hosts are one too many.
pub fn one_host(host: Option<String>) -> Result<Option<String>, AddressFault> {
    if host.as_ref().is_some_and(|host| host.contains(',')) { Err(AddressFault::Hosts) } else { Ok(host) }
}

pub fn port(text: &str) -> Result<u16, AddressFault> {
    text.parse().ok().filter(|port| *port > 0).ok_or(AddressFault::Port)
}

fn host_and_port(server: &str) -> Result<(&str, Option<u16>), AddressFault> {
    if server.contains(',') {
        return Err(AddressFault::Hosts);
    }
    // The colons of an IPv6 address stand in brackets.
    let begin = server.rfind(']').unwrap_or(0);
    match server[begin..].rfind(':').map(|colon| server.split_at(begin + colon)) {
        None => Ok((server, None)),
        Some((host, ":")) => Ok((host, None)),
        Some((host, colon_and_port)) => Ok((host, Some(port(&colon_and_port[1..])?))),
    }
}

/// Nothing where the part is empty.
fn decoded(part: &'static str, text: &str) -> Result<Option<String>, AddressFault> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| AddressFault::Encoding(part))?;
    Ok((!text.is_empty()).then(|| text.into_owned()))
}
