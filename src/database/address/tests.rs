use sqlx::{mysql::MySqlSslMode, postgres::PgSslMode};

use super::{Address, AddressFault, Driver, transport::Transport};

fn address(text: &str) -> Address {
    text.parse().unwrap_or_else(|fault| panic!("{text}: expected {fault}"))
}

fn postgres(text: &str) -> sqlx::postgres::PgConnectOptions {
    let Driver::Postgres(options) = address(text).driver else { panic!("{text}: no PostgreSQL") };
    *options
}

fn mysql(text: &str) -> sqlx::mysql::MySqlConnectOptions {
    let Driver::MySql(options) = address(text).driver else { panic!("{text}: no MySQL") };
    *options
}

#[track_caller]
fn refused(text: &str, words: &str) {
    let Err(fault) = text.parse::<Address>() else { panic!("{text} is accepted") };
    let fault = fault.to_string();
    assert!(fault.contains(words), "{text}: {fault}");
    assert!(!fault.contains("hush"), "{text}: {fault}");
}

#[test]
fn every_spelling_of_postgresql_leads_to_the_same_server() {
    for text in [
        "postgres://me:hush@db.example:6543/app",
        "PostgreSQL://me:hush@db.example:6543/app/",
        "postgresql+asyncpg://me:hush@db.example:6543/app",
        "postgresql+psycopg://me:hush@db.example:6543/app",
        "pgsql://me:hush@db.example:6543/app",
        "jdbc:postgresql://db.example:6543/app?user=me&password=hush",
        "postgresql:///app?host=db.example&port=6543&user=me&password=hush",
        "postgres://me@db.example/app?dbname=app&port=6543",
        " postgres://me:hush@db.example:6543/app?connection_limit=1&pgbouncer=true&connect_timeout=15\n",
    ] {
        let options = postgres(text);
        let found = (options.get_host(), options.get_port(), options.get_username(), options.get_database());
        assert_eq!(found, ("db.example", 6543, "me", Some("app")), "{text}");
    }
    assert_eq!(postgres("postgres://[::1]:6543/app").get_host(), "[::1]");
    assert_eq!(postgres("postgres://a%40b:hush@h/a%20b").get_username(), "a@b");
    assert_eq!(postgres("postgres://me:hush@h/a%20b").get_database(), Some("a b"));
}

#[test]
fn f10_a_host_that_is_a_folder_is_a_socket() {
    for (text, folder) in [
        ("postgresql://u:hush@/db?host=/cloudsql/a:b:c", "/cloudsql/a:b:c"),
        ("postgresql:///db?host=/var/run/postgresql", "/var/run/postgresql"),
        ("postgres://u:hush@localhost/db?host=%2Fcloudsql%2Fa:b:c", "/cloudsql/a:b:c"),
    ] {
        let options = postgres(text);
        assert_eq!(options.get_socket().and_then(|path| path.to_str()), Some(folder), "{text}");
        assert_eq!(address(text).transport(), Transport::Local);
    }
    assert_eq!(address("postgres://%2Fvar%2Frun%2Fpostgresql/db").transport(), Transport::Local);
    for text in [
        "mysql://u:hush@localhost/db?socket=/cloudsql/a:b:c",
        "mysql+pymysql://u:hush@/db?unix_socket=/cloudsql/a:b:c",
        "mysql2://u:hush@db.example/db?socketPath=/cloudsql/a:b:c",
    ] {
        let found = mysql(text);
        assert_eq!(found.get_socket().and_then(|path| path.to_str()), Some("/cloudsql/a:b:c"), "{text}");
        assert_eq!(address(text).transport(), Transport::Local);
    }
}

#[test]
fn every_spelling_of_mysql_leads_to_the_same_server() {
    for text in [
        "mysql://me:hush@db.example:3307/app",
        "mysql2://me:hush@db.example:3307/app?timezone=Z&charset=utf8mb4_unicode_ci",
        "mysql+pymysql://me:hush@db.example:3307/app?charset=utf8mb4",
        "mariadb://me:hush@db.example:3307/app?timezone=%2B00:00",
        "jdbc:mysql://db.example:3307/app?user=me&password=hush&serverTimezone=UTC&allowPublicKeyRetrieval=true",
        "jdbc:mariadb://db.example:3307/app?user=me&password=hush",
    ] {
        let options = mysql(text);
        let found = (options.get_host(), options.get_port(), options.get_username(), options.get_database());
        assert_eq!(found, ("db.example", 3307, "me", Some("app")), "{text}");
    }
    for zone in ["local", "%2B02:00", "Europe/Berlin"] {
        refused(&format!("mysql://db/app?timezone={zone}"), "session_table.time_zone");
        refused(&format!("postgres://db/app?TimeZone={zone}"), "session_table.time_zone");
        refused(&format!("postgres://db/app?options=-c%20TimeZone%3D{zone}"), "session_table.time_zone");
    }
}

#[test]
fn every_spelling_of_a_file_leads_to_it() {
    for (text, path) in [
        ("sqlite:auth.db", "auth.db"),
        ("sqlite://auth.db?mode=rwc", "auth.db"),
        ("sqlite:///var/auth.db", "/var/auth.db"),
        ("sqlite+aiosqlite:///auth.db", "auth.db"),
        ("sqlite+pysqlite:////var/auth.db?check_same_thread=false", "/var/auth.db"),
        ("jdbc:sqlite:auth.db", "auth.db"),
        ("file:./dev.db", "./dev.db"),
        ("file:dev.db?connection_limit=1", "dev.db"),
        ("file:///var/auth.db", "/var/auth.db"),
        ("file://localhost/var/auth.db", "/var/auth.db"),
        ("/var/auth.db", "/var/auth.db"),
        ("./50%.db", "./50%.db"),
        ("auth.sqlite3", "auth.sqlite3"),
        ("sqlite://a%3Fb%23c.db", "a?b#c.db"),
        ("sqlite://a#b.db", "a#b.db"),
    ] {
        assert_eq!(address(text).file().and_then(|path| path.to_str()), Some(path), "{text}");
        assert_eq!(address(text).transport(), Transport::Local, "{text}");
    }
    assert_eq!(address("sqlite::memory:").file(), None);
    assert!(address("sqlite:x.db?mode=rwc").file_to_create().is_some());
    assert!(address("file:x.db?mode=ro").file_to_create().is_none());
    refused("sqlite:", "the path of a file");
    refused("sqlite+aiosqlite://auth.db", "the path of a file");
    refused("sqlite:x.db?mode=w", "mode (a parameter) to be ro, rw");
    refused("sqlite:x.db?key=hush", "no parameter `key`");
}

#[test]
fn what_protects_the_connection_is_read_in_each_spelling() {
    use MySqlSslMode::{Disabled, Preferred, Required, VerifyCa as MySqlVerifyCa, VerifyIdentity};
    use PgSslMode::{Disable, Prefer, Require, VerifyCa, VerifyFull};
    for (parameters, mode) in [
        ("", Prefer),
        ("sslmode=disable", Disable),
        ("sslmode=disable&sslmode=verify-full", VerifyFull),
        ("sslmode=no-verify", Require),
        ("ssl-mode=REQUIRE", Require),
        ("ssl=true", VerifyFull),
        ("ssl=require", Require),
        ("ssl=true&sslmode=require", Require),
        ("sslmode=require&sslaccept=strict", VerifyFull),
        ("sslmode=require&sslrootcert=ca.pem", VerifyCa),
        ("sslrootcert=system", VerifyFull),
        ("sslmode=require&uselibpqcompat=true", Require),
        ("sslmode=verify-full&channel_binding=require", VerifyFull),
    ] {
        let found = postgres(&format!("postgres://db.example/app?{parameters}")).get_ssl_mode();
        assert_eq!(format!("{found:?}"), format!("{mode:?}"), "{parameters}");
    }
    for (parameters, mode) in [
        ("", Preferred),
        ("ssl-mode=DISABLED", Disabled),
        ("sslMode=REQUIRED", Required),
        ("ssl_mode=VERIFY_CA", MySqlVerifyCa),
        ("sslmode=require&sslca=ca.pem", MySqlVerifyCa),
        ("ssl={\"rejectUnauthorized\":true}", VerifyIdentity),
        ("ssl=%7B%22rejectUnauthorized%22%3Afalse%7D", Required),
        ("sslaccept=strict", VerifyIdentity),
        ("useSSL=true", Required),
        ("useSSL=true&verifyServerCertificate=true", MySqlVerifyCa),
        ("useSSL=false", Disabled),
        ("sslMode=trust", Required),
    ] {
        let found = mysql(&format!("mysql://db.example/app?{parameters}")).get_ssl_mode();
        assert_eq!(format!("{found:?}"), format!("{mode:?}"), "{parameters}");
    }
    refused("postgres://db/app?sslmode=on", "sslmode (a parameter) to be disable, prefer, require");
    refused("postgres://db/app?sslmode=disable&ssl=true", "sslmode and ssl to say the same");
    refused("postgres://db/app?sslmode=disable&sslaccept=strict", "sslmode and sslaccept");
    refused(
        "postgres://db/app?sslmode=require&channel_binding=require",
        "sslmode=verify-full takes its place",
    );
    refused("postgres://db/app?sslcert=ca.pem", "sslrootcert");
    refused("postgres://db/app?sslcrl=crl.pem", "sslcrl");
    refused("mysql://db/app?ssl=Amazon+RDS", "ssl (a parameter)");
}

#[test]
fn o2_the_host_that_counts_is_the_one_the_driver_connects_to() {
    for (text, local) in [
        ("postgres://localhost/app", true),
        ("postgres://127.0.0.2/app", true),
        ("mysql://[::1]/app", true),
        ("postgres:///app", true),
        ("postgres://%2Fvar%2Frun/app", true),
        ("postgres://db.example/app?host=/var/run", true),
        ("mysql://db.example/app?socket=/run/mysql.sock", true),
        ("mysql://localhost/app?host=db.example", false),
        ("postgres://localhost/app?host=db.example", false),
        ("postgres://localhost/app?hostaddr=192.0.2.1", false),
        ("postgres://u@localhost:hush@db.example/app", false),
        ("mysql://localhost.example/app", false),
    ] {
        assert_eq!(address(text).transport() == Transport::Local, local, "{text}");
    }
}

#[test]
fn a_schema_is_read_in_each_spelling() {
    for (parameters, schema) in [
        ("", None),
        ("schema=", None),
        ("schema=Auth", Some("Auth")),
        ("search_path=Auth", Some("auth")),
        ("currentSchema=%22Auth%22", Some("Auth")),
        ("options=-csearch_path%3Dauth", Some("auth")),
        ("options=-c+search_path%3Dauth+-c+geqo%3Doff", Some("auth")),
        ("options=--search_path%3Dauth", Some("auth")),
        ("options[search_path]=auth", Some("auth")),
        ("schema=auth&options=-csearch_path%3Dauth,public", Some("auth")),
        // Each table is looked for in one after the other.
        ("search_path=auth,public", None),
        ("search_path=%22$user%22", None),
    ] {
        let address = address(&format!("postgres://db/app?{parameters}"));
        assert_eq!(address.schema(), schema, "{parameters}");
    }
    let options = |parameters: &str| {
        postgres(&format!("postgres://db/app?{parameters}")).get_options().map(str::to_owned)
    };
    // A pooler knows few of the parameters of a start.
    assert_eq!(options("schema=auth"), None);
    assert_eq!(options("search_path=auth,public").as_deref(), Some("-c search_path=auth,public"));
    assert_eq!(options("options=-c%20geqo%3Doff").as_deref(), Some("-c geqo=off"));
    assert_eq!(options("options=endpoint%3Dblue-sky").as_deref(), Some("endpoint=blue-sky"));
    refused("postgres://db/app?schema=auth&search_path=public", "schema and search_path to say the same");
    refused("postgres://db/app?search_path=a&options=-csearch_path%3Db", "search_path and options");
}

#[test]
fn a_fault_names_the_part_and_what_to_write_and_no_password() {
    for (text, words) in [
        ("hush", "sqlite:, postgres://"),
        ("localhost:5432/app", "sqlite:, postgres://"),
        ("postgres:app", "`//` after the scheme"),
        ("\"postgres://u:hush@h/app\"", "without quotes"),
        ("mongodb+srv://u:hush@h/app", "strategies jwt and get_session"),
        ("sqlserver://h:1433;password=hush", "strategies jwt and get_session"),
        ("libsql://app.turso.io?authToken=hush", "get_session"),
        ("prisma+postgres://h/?api_key=hush", "direct address"),
        ("postgres://u:hu/hush@h/app", "written %2F, %3F, %23, %40"),
        ("postgres://u:hu?hush@h/app", "written %2F, %3F, %23, %40"),
        ("postgres://u:12?hush&word@h/app", "written %2F, %3F, %23, %40"),
        ("postgres://u:hu@12?hush&word@h/app", "written %2F, %3F, %23, %40"),
        ("postgres://12?hush&word@h/app", "written %2F, %3F, %23, %40"),
        ("mysql://u:12?hush&word@h/app", "written %2F, %3F, %23, %40"),
        ("mysql://u:12?port=1&hush@h/app", "written %2F, %3F, %23, %40"),
        ("postgres://u:hu#/hush@h/app", "written %2F, %3F, %23, %40"),
        ("postgres://h/app#hush", "no `#`"),
        ("postgres://h:hush/app", "a port from 1 to 65535"),
        ("postgres://h:0/app", "a port from 1 to 65535"),
        ("postgres://h/app?port=hush", "a port from 1 to 65535"),
        ("postgres://h1:5432,h2:5432/app", "one host"),
        ("postgres://u:hush@/app?host=h1,h2", "one host"),
        ("mysql://u:%ffhush@h/app", "UTF-8 in the password"),
        ("postgres://h/app?shema=auth", "no parameter `shema`"),
        ("postgres://h/app?target_session_attrs=read-write", "the primary's address"),
        ("mysql://h/app?schema=auth", "no parameter `schema`"),
    ] {
        refused(text, words);
    }
    let long = format!("postgres://h/app?{}=1", "hush".repeat(20));
    refused(&long, "hidden");
    // Read as it is meant: whatever stands before the last `@` is the account.
    assert_eq!(postgres("postgres://u:p@ss#word@h/app").get_host(), "h");
    assert_eq!("postgres".parse::<Address>().unwrap_err(), AddressFault::Scheme);
    assert!(!format!("{:?}", address("postgres://u:hush@h/app")).contains("hush"));
}
