mod settings;

use reqwest::Url;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use self::settings::{Settings, search_path};
use super::{
    encryption::Encryption,
    fault::AddressFault,
    parameters::{Fixed, NO_ZONE},
    parts::{Parts, one_host, port},
};

const UTC: &[&str] = &["utc", "z", "gmt", "etc/utc", "+00:00"];

const FIXED: [Fixed; 14] = [
    Fixed { name: "timezone", harmless: UTC, instead: NO_ZONE },
    Fixed {
        name: "channel_binding",
        harmless: &["disable", "prefer"],
        instead: "left out: sslmode=verify-full takes its place, as it checks the server's certificate",
    },
    Fixed {
        name: "gssencmode",
        harmless: &["disable", "prefer"],
        instead: "left out: sslmode alone decides on encryption here",
    },
    Fixed {
        name: "sslnegotiation",
        harmless: &["postgres"],
        instead: "left out, as connections begin in PostgreSQL's own way",
    },
    Fixed {
        name: "ssl_min_protocol_version",
        harmless: &["tlsv1", "tlsv1.1", "tlsv1.2"],
        instead: "TLSv1.2 or left out: that is the least here",
    },
    Fixed {
        name: "sslcert",
        harmless: &[],
        instead: "beside sslkey; the server's own authority is sslrootcert",
    },
    Fixed { name: "sslidentity", harmless: &[], instead: "sslcert and sslkey, each the path of a PEM file" },
    Fixed { name: "sslcrl", harmless: &[], instead: "left out, as revocation lists are not checked here" },
    Fixed {
        name: "sslfactory",
        harmless: &[],
        instead: "left out: sslmode alone decides whether certificates are checked here",
    },
    Fixed {
        name: "target_session_attrs",
        harmless: &["any"],
        instead: "left out, as the role of a server is not checked here: write the primary's address",
    },
    Fixed {
        name: "targetServerType",
        harmless: &["any"],
        instead: "left out, as the role of a server is not checked here: write the primary's address",
    },
    Fixed {
        name: "client_encoding",
        harmless: &["utf8", "utf-8", "unicode", "auto"],
        instead: "UTF8 or left out",
    },
    Fixed { name: "replication", harmless: &["false", "off", "no", "0"], instead: "left out" },
    Fixed { name: "require_auth", harmless: &[], instead: "left out: sslmode=verify-full takes its place" },
];

/// Of libpq, Prisma, JDBC, node-postgres, `SQLAlchemy` with its drivers, Supabase and `sqlx`: sizes of pools, times to wait,
/// how statements are prepared.
const IGNORED: [&str; 49] = [
    "assumeMinServerVersion",
    "async_fallback",
    "binaryTransfer",
    "cancelSignalTimeout",
    "command_timeout",
    "connect_timeout",
    "connection_limit",
    "connectionTimeoutMillis",
    "connectTimeout",
    "defaultRowFetchSize",
    "fallback_application_name",
    "idle_in_transaction_session_timeout",
    "idleTimeoutMillis",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "lock_timeout",
    "loggerLevel",
    "loginTimeout",
    "max",
    "max_idle_connection_lifetime",
    "pgbouncer",
    "pool",
    "pool_max_conns",
    "pool_mode",
    "pool_timeout",
    "preferQueryMode",
    "prepared_statement_cache_size",
    "prepareThreshold",
    "query_timeout",
    "readOnly",
    "reWriteBatchedInserts",
    "single_use_connections",
    "socket_timeout",
    "socketTimeout",
    "sslcompression",
    "sslsni",
    "statement-cache-capacity",
    "statement_cache_size",
    "statement_timeout",
    "stringtype",
    "supa",
    "tcp_user_timeout",
    "tcpKeepAlive",
    "uselibpqcompat",
    "workaround",
];

/// Reads what stands after the scheme and its colon; answers with the schema, too, if it names one.
pub fn read(rest: &str) -> Result<(PgConnectOptions, Option<String>), AddressFault> {
    let Parts { user, password, host, port: at, database, mut parameters } = Parts::read(rest)?;
    let host = one_host(parameters.take(&["hostaddr"]).or(parameters.take(&["host"])).or(host))?;
    let at = parameters.take(&["port"]).map(|text| port(&text)).transpose()?.or(at);
    // Put together anew, so that the driver looks up what is missing in libpq's variables and password file.
    let mut url = Url::parse("postgres:///").expect("a URL");
    for (name, value) in [
        ("host", host),
        ("port", at.map(|at| at.to_string())),
        ("user", parameters.take(&["user"]).or(user)),
        ("password", parameters.take(&["password"]).or(password)),
        ("dbname", parameters.take(&["dbname"]).or(database)),
        ("application_name", parameters.take(&["application_name", "ApplicationName"])),
    ] {
        if let Some(value) = value {
            url.query_pairs_mut().append_pair(name, &value);
        }
    }
    let mut settings = Settings::read(&mut parameters)?;
    if let Some(left) = settings.take_rest() {
        url.query_pairs_mut().append_pair("options", &left);
    }
    let schema = schema(parameters.take(&["schema"]), &mut settings)?;
    let mut options: PgConnectOptions = url.as_str().parse().expect("each part was read");

    let root = parameters.take(&["sslrootcert", "ssl-root-cert", "ssl-ca", "sslca"]);
    let by_system = root.as_deref() == Some("system");
    let encryption = match Encryption::read(&mut parameters, root.is_some())? {
        // As in libpq, with the authorities that come with this program.
        Some(Encryption::Required | Encryption::KnownAuthority) | None if by_system => {
            Some(Encryption::KnownServer)
        }
        encryption => encryption,
    };
    if let Some(encryption) = encryption {
        options = options.ssl_mode(match encryption {
            Encryption::Off => PgSslMode::Disable,
            Encryption::Offered => PgSslMode::Prefer,
            Encryption::Required => PgSslMode::Require,
            Encryption::KnownAuthority => PgSslMode::VerifyCa,
            Encryption::KnownServer => PgSslMode::VerifyFull,
        });
    }
    if let Some(root) = root.filter(|_| !by_system) {
        options = options.ssl_root_cert(root);
    }
    if let Some(key) = parameters.take(&["sslkey", "ssl-key"]) {
        options = options.ssl_client_key(key);
        if let Some(certificate) = parameters.take(&["sslcert", "ssl-cert"]) {
            options = options.ssl_client_cert(certificate);
        }
    }
    if matches!(options.get_ssl_mode(), PgSslMode::VerifyFull) {
        // A check of the certificate serves the same purpose.
        parameters.take(&["channel_binding"]);
    }
    parameters.finish(&FIXED, &IGNORED)?;
    // Poolers accept few startup parameters, so only necessary ones are sent.
    options = options.extra_float_digits(None);
    let settings = settings.into_pairs();
    if !settings.is_empty() {
        options = options.options(settings);
    }
    Ok((options, schema))
}

/// The one schema that tables stand in. A path of several stays a setting of the connection.
fn schema(of_prisma: Option<String>, settings: &mut Settings) -> Result<Option<String>, AddressFault> {
    let path = settings.take("search_path").map(|text| (search_path(&text), text));
    let by_path = match &path {
        Some((names, _)) if names.len() == 1 && names[0] != "$user" => Some(names[0].clone()),
        Some((_, text)) => {
            settings.put("search_path", text.clone());
            None
        }
        None => None,
    };
    match (of_prisma, by_path) {
        (Some(schema), _) if path.as_ref().is_some_and(|(names, _)| !names.contains(&schema)) => {
            Err(AddressFault::Contradiction("schema", "search_path"))
        }
        (schema, by_path) => Ok(schema.or(by_path)),
    }
}
