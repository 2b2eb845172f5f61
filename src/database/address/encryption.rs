use serde_json::Value;

use super::{fault::AddressFault, parameters::Parameters};

const EXPECTED: &str = "disable, prefer, require, verify-ca or verify-full";

/// How far a connection is protected; each mode includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encryption {
    /// In clear.
    Off,
    /// Encrypted where the server offers it.
    Offered,
    /// Encrypted, whoever the server is.
    Required,
    /// To a server with a certificate of a known authority.
    KnownAuthority,
    /// To the very server that the address names.
    KnownServer,
}

impl Encryption {
    /// The mode that the parameters of any driver ask for; `has_root` says that they name an authority. `None` if none of them
    /// asks for a mode.
    pub fn read(parameters: &mut Parameters, has_root: bool) -> Result<Option<Self>, AddressFault> {
        let mode = match parameters.take(&["sslmode", "ssl-mode", "ssl_mode"]) {
            Some(value) => Some(
                Self::of_mode(&value)
                    .ok_or(AddressFault::Value { parameter: "sslmode", expected: EXPECTED })?,
            ),
            None => None,
        };
        let flag = match parameters.take(&["ssl"]) {
            Some(value) => Some(
                Self::of_flag(&value)
                    .ok_or(AddressFault::Value { parameter: "ssl", expected: "true, false or a sslmode" })?,
            ),
            None => None,
        };
        let legacy = Self::of_mysql_connector(parameters)?;
        let least = Self::least(parameters)?;
        let said = match (mode.or(legacy), flag) {
            (Some(mode), Some(flag)) if (mode == Self::Off) != (flag == Self::Off) => {
                return Err(AddressFault::Contradiction("sslmode", "ssl"));
            }
            (mode, flag) => mode.or(flag),
        };
        if said == Some(Self::Off) && least.is_some() {
            return Err(AddressFault::Contradiction("sslmode", "sslaccept"));
        }
        // A named authority has to be asked, as with libpq.
        let said =
            said.map(|said| if said == Self::Required && has_root { Self::KnownAuthority } else { said });
        Ok(said.max(least))
    }

    /// libpq, node-postgres, MySQL and MariaDB's connector, as one.
    fn of_mode(value: &str) -> Option<Self> {
        Some(match value.to_ascii_lowercase().replace('_', "-").as_str() {
            // `allow` begins in clear.
            "disable" | "disabled" | "allow" => Self::Off,
            "prefer" | "preferred" => Self::Offered,
            "require" | "required" | "no-verify" | "trust" => Self::Required,
            "verify-ca" => Self::KnownAuthority,
            "verify-full" | "verify-identity" => Self::KnownServer,
            _ => return None,
        })
    }

    /// For JDBC and Node's drivers a boolean means a verified connection; mysql2 writes JSON there.
    fn of_flag(value: &str) -> Option<Self> {
        match value.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(Self::KnownServer),
            "false" | "0" => Some(Self::Off),
            mode => Self::of_mode(mode).or_else(|| {
                let Ok(Value::Object(options)) = serde_json::from_str(value) else { return None };
                let verifies = options.get("rejectUnauthorized").is_none_or(|value| *value == true);
                Some(if verifies { Self::KnownServer } else { Self::Required })
            }),
        }
    }

    /// MySQL's older connector for Java.
    fn of_mysql_connector(parameters: &mut Parameters) -> Result<Option<Self>, AddressFault> {
        let used = parameters.boolean("useSSL")?;
        let required = parameters.boolean("requireSSL")?;
        if used == Some(false) && required == Some(true) {
            return Err(AddressFault::Contradiction("useSSL", "requireSSL"));
        }
        Ok(match used.max(required.filter(|required| *required)) {
            Some(true) => Some(Self::Required),
            Some(false) => Some(Self::Off),
            None => None,
        })
    }

    /// Parameters that raise any mode: Prisma's, and those of MySQL's older connector for Java.
    fn least(parameters: &mut Parameters) -> Result<Option<Self>, AddressFault> {
        let accepted = match parameters.take(&["sslaccept"]).as_deref() {
            None | Some("accept_invalid_certs") => None,
            Some("strict") => Some(Self::KnownServer),
            Some(_) => {
                let expected = "strict or accept_invalid_certs";
                return Err(AddressFault::Value { parameter: "sslaccept", expected });
            }
        };
        let verified = parameters.boolean("verifyServerCertificate")? == Some(true);
        Ok(accepted.max(verified.then_some(Self::KnownAuthority)))
    }
}
