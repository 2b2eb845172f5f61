use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};

use super::{
    encryption::Encryption,
    fault::AddressFault,
    parameters::{Fixed, NO_ZONE},
    parts::{Parts, one_host, port},
};

const UTC: &[&str] = &["z", "utc", "gmt", "etc/utc", "+00:00", "+0:00"];

const FIXED: [Fixed; 7] = [
    Fixed { name: "timezone", harmless: UTC, instead: NO_ZONE },
    Fixed { name: "time-zone", harmless: UTC, instead: NO_ZONE },
    Fixed { name: "serverTimezone", harmless: UTC, instead: NO_ZONE },
    Fixed { name: "connectionTimeZone", harmless: UTC, instead: NO_ZONE },
    Fixed { name: "loc", harmless: UTC, instead: NO_ZONE },
    Fixed {
        name: "compress",
        harmless: &["false", "0"],
        instead: "left out, as there is no compression here",
    },
    Fixed { name: "sslcert", harmless: &[], instead: "beside sslkey; the server's own authority is sslca" },
];

/// Of Prisma, mysql2, `SQLAlchemy` with its drivers, MySQL's and MariaDB's for Java, Go's and `sqlx`: sizes of pools, times
/// to wait, how rows become objects. Character sets as well: texts are read as UTF-8 whatever the columns hold.
const IGNORED: [&str; 61] = [
    "allowMultiQueries",
    "allowPublicKeyRetrieval",
    "autocommit",
    "autoReconnect",
    "bigNumberStrings",
    "cachePrepStmts",
    "characterEncoding",
    "charset",
    "collation",
    "connect_timeout",
    "connection_limit",
    "connectionCollation",
    "connectionLimit",
    "connectTimeout",
    "createDatabaseIfNotExist",
    "dateStrings",
    "debug",
    "decimalNumbers",
    "enableKeepAlive",
    "idleTimeout",
    "insecureAuth",
    "jsonStrings",
    "keepAliveInitialDelay",
    "local_infile",
    "maxIdle",
    "max_idle_connection_lifetime",
    "multipleStatements",
    "namedPlaceholders",
    "nestTables",
    "noDatetimeStringSync",
    "nullCatalogMeansCurrent",
    "parseTime",
    "pool_timeout",
    "poolMaxSize",
    "preferSlaveDuringFailover",
    "prepStmtCacheSize",
    "prepStmtCacheSqlLimit",
    "queueLimit",
    "read_timeout",
    "readTimeout",
    "rewriteBatchedStatements",
    "rowsAsArray",
    "socket_timeout",
    "socketTimeout",
    "statement-cache-capacity",
    "statement_cache_size",
    "stringifyObjects",
    "supportBigNumbers",
    "tcpKeepAlive",
    "timeout",
    "tinyInt1isBit",
    "trace",
    "typeCast",
    "use_unicode",
    "useInformationSchema",
    "useLegacyDatetimeCode",
    "useServerPrepStmts",
    "useUnicode",
    "waitForConnections",
    "write_timeout",
    "zeroDateTimeBehavior",
];

/// Reads what stands after the scheme and its colon.
pub fn read(rest: &str) -> Result<MySqlConnectOptions, AddressFault> {
    let Parts { user, password, host, port: at, database, mut parameters } = Parts::read(rest)?;
    let mut options = MySqlConnectOptions::new();
    if let Some(host) = one_host(parameters.take(&["host"]).or(host))? {
        options = options.host(&host);
    }
    if let Some(at) = parameters.take(&["port"]).map(|text| port(&text)).transpose()?.or(at) {
        options = options.port(at);
    }
    if let Some(user) = parameters.take(&["user"]).or(user) {
        options = options.username(&user);
    }
    if let Some(password) = parameters.take(&["password"]).or(password) {
        options = options.password(&password);
    }
    if let Some(database) = database {
        options = options.database(&database);
    }
    // libmysqlclient, SQLAlchemy, mysql2, MariaDB's connector for Java.
    if let Some(socket) = parameters.take(&["socket", "unix_socket", "socketPath", "localSocket"]) {
        options = options.socket(socket);
    }
    let root = parameters.take(&["sslca", "ssl-ca", "ssl_ca", "serverSslCert"]);
    if let Some(encryption) = Encryption::read(&mut parameters, root.is_some())? {
        options = options.ssl_mode(match encryption {
            Encryption::Off => MySqlSslMode::Disabled,
            Encryption::Offered => MySqlSslMode::Preferred,
            Encryption::Required => MySqlSslMode::Required,
            Encryption::KnownAuthority => MySqlSslMode::VerifyCa,
            Encryption::KnownServer => MySqlSslMode::VerifyIdentity,
        });
    }
    if let Some(root) = root {
        options = options.ssl_ca(root);
    }
    if let Some(key) = parameters.take(&["sslkey", "ssl-key", "ssl_key"]) {
        options = options.ssl_client_key(key);
        if let Some(certificate) = parameters.take(&["sslcert", "ssl-cert", "ssl_cert"]) {
            options = options.ssl_client_cert(certificate);
        }
    }
    parameters.finish(&FIXED, &IGNORED)?;
    Ok(options)
}
