use std::net::TcpListener;

use crate::parts::{
    auth::{ANN, SECRET, bearer, create_databases, signed},
    client::{ask, get},
    fake::BetterAuth,
    service::Setup,
};

#[test]
fn wrong_usage_exits_2() {
    for arguments in
        [&["serv"][..], &["serve", "more"], &["--verbose"], &["openapi", "--format", "xml"], &["--config"]]
    {
        let finished = Setup::empty().run(arguments);
        finished.expect_code(2);
        assert!(
            finished.stdout.is_empty() && finished.stderr.contains("Usage")
                || finished.stderr.contains("--help"),
            "{finished:?}"
        );
    }
}

/// Somebody tries it on the command line, whose output goes into a ticket or a log.
#[test]
fn a_credential_among_the_arguments_is_never_repeated() {
    let token = signed(ANN);
    for arguments in [
        &["explain", &token][..],
        &[&token],
        &["explain", &format!("--token={token}")],
        &["explain", "--at", &token],
        &["openapi", "--format", &token],
        &["explain", "-H", &format!("Authorization: Bearer {token}")],
    ] {
        let finished = Setup::empty().run(arguments);
        finished.expect_code(2);
        assert!(!finished.stderr.contains(ANN) && finished.stdout.is_empty(), "{finished:?}");
    }
    let said = Setup::empty().run(&["explain", &token]).stderr;
    assert!(said.contains("standard input") && said.contains("Usage"), "{said}");
    // A word is a slip of the fingers.
    let said = Setup::empty().run(&["migrate", "--revocation-trigers"]).stderr;
    assert!(said.contains("--revocation-trigers") && said.contains("--revocation-triggers"), "{said}");
}

#[test]
fn help_names_every_command_and_version_the_version() {
    let help = Setup::empty().run(&["--help"]);
    for word in ["serve", "demo", "openapi", "schema", "migrate", "doctor", "token", "--config"] {
        assert!(help.expect_code(0).stdout.contains(word), "{word}: {help:?}");
    }
    let version = Setup::empty().run(&["--version"]);
    assert_eq!(
        version.expect_code(0).stdout,
        concat!("better-auth-verifier ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn the_schema_of_the_configuration_needs_no_configuration() {
    let printed = Setup::empty().config("this = is [not a configuration").run(&["schema"]);
    assert_eq!(printed.expect_code(0).stdout, include_str!("../../docs/config.schema.json"));
}

#[test]
fn output_that_cannot_be_written_is_one_line() {
    Setup::empty().full_stdout().run(&["openapi"]).expect_one_line(&["No space left"]);
}

#[test]
fn a_missing_configuration_is_one_line() {
    for command in [
        &["--config", "missing.toml"][..],
        &["serve", "--config", "missing.toml"],
        &["migrate", "--config", "missing.toml"],
    ] {
        Setup::empty().run(command).expect_one_line(&["missing.toml"]);
    }
}

#[test]
fn every_fault_of_a_configuration_is_said_at_once() {
    let setup = Setup::empty()
        .config("server.listen = 'nowhere'")
        .config("jwt.leeway = '5m'")
        .config("[todos]")
        .config("enabled = 'perhaps'");
    let faults = [
        ("server.listen", "nowhere", "127.0.0.1:8000"),
        ("jwt.leeway", "5m", "60s"),
        ("todos.enabled", "perhaps", "true or false"),
    ];
    for command in ["serve", "migrate"] {
        let finished = setup.run(&[command]);
        finished.expect_code(1);
        let lines: Vec<_> = finished.stderr.lines().collect();
        assert_eq!(lines.len(), faults.len(), "{finished:?}");
        for (key, found, expected) in faults {
            let line =
                lines.iter().find(|line| line.contains(key)).unwrap_or_else(|| panic!("{key}: {finished:?}"));
            assert!(
                line.contains(found) && line.contains(expected) && line.contains("config.toml"),
                "{line}"
            );
        }
    }
}

#[test]
fn secrets_are_never_printed() {
    const HIDDEN: &str = "hunter2-swordfish";
    let faulty = [
        format!("better_auth.secret = ['{HIDDEN}']"),
        format!("better_auth.secret = '{HIDDEN}"),
        format!("better_auth.secrets = '{HIDDEN}'"),
        format!("database.url = 'mongodb://user:{HIDDEN}@localhost/app'"),
        format!("database.url = 'postgres://user:{HIDDEN}@db.example/app'"),
        format!("database.url = 'postgres://user:{HIDDEN}#@db.example/app?sslmode=never'"),
        format!("database.url = 'postgres://db.example/app?password={HIDDEN}'"),
        format!("better_auth.url = 'https://user:{HIDDEN}@auth.example'"),
        format!("session_table.database_url = '{HIDDEN}'"),
    ];
    for line in faulty {
        let finished = Setup::empty().config(&line).run(&["serve"]);
        assert!(!finished.expect_code(1).stderr.contains(HIDDEN), "{finished:?}");
    }
    for name in [
        "BETTER_AUTH_SECRETS",
        "DATABASE_URL",
        "VERIFIER_DATABASE__URL",
        "VERIFIER_SESSION_TABLE__DATABASE_URL",
    ] {
        let finished = Setup::empty().variable(name, HIDDEN).run(&["serve"]);
        assert!(!finished.expect_code(1).stderr.contains(HIDDEN), "{finished:?}");
    }
}

/// Neither where a database is out of reach, nor in a warning, nor with every line of the log switched on.
#[test]
fn secrets_are_not_logged_either() {
    const HIDDEN: &str = "hunter2-swordfish";
    let service = Setup::bare()
        .config("log.level = 'trace'")
        .config("strategies = ['session_table']")
        .config(&format!("better_auth.secret = '{HIDDEN}'"))
        .config(&format!("session_table.database_url = 'postgres://user:{HIDDEN}@127.0.0.1:9/app'"))
        .config("session_table.timeout = '500ms'")
        .variable("VERIFIER_BETTER_AUTH__SECRETT", HIDDEN)
        .start();
    let answer = service.send(&get("/api/me").header("Authorization", bearer(ANN)));
    // Signed with another secret: refused before the database is asked.
    answer.expect_problem(401, "invalid-credential", "/api/me");
    service.get("/health/ready").expect_problem(503, "unavailable", "/health/ready");
    assert!(!service.log().contains(HIDDEN), "{}", service.log());
}

#[test]
fn an_unknown_variable_is_a_warning() {
    let service = Setup::bare()
        .variable("VERIFIER_SERVER__LISTN", "x-value-x")
        .variable("VERIFIER_SERVICE_HOST", "10.0.0.1")
        .start();
    let log = service.log();
    let warnings: Vec<_> =
        log.lines().filter(|line| line.contains(" WARN ") && line.contains("VERIFIER_")).collect();
    assert_eq!(warnings.len(), 1, "{log}");
    assert!(
        warnings[0].contains("VERIFIER_SERVER__LISTN") && warnings[0].contains("VERIFIER_SERVER__LISTEN"),
        "{log}"
    );
    assert!(!log.contains("x-value-x"), "{log}");
}

#[test]
fn an_address_in_use_is_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let finished = Setup::empty()
        .config("todos.enabled = false")
        .config(&format!("server.listen = '{address}'"))
        .run(&["serve"]);
    finished.expect_one_line(&["server.listen", &address]);
}

#[test]
fn serve_names_the_command_that_makes_its_tables() {
    let setup = Setup::empty()
        .config("server.listen = '127.0.0.1:0'")
        .config("database.url = 'sqlite://own.db?mode=rwc'")
        .variable("RUST_LOG", "error");
    setup.run(&["serve"]).expect_one_line(&["database.url", "migrate"]);
    setup.run(&["migrate"]).expect_code(0);
    // Twice does no harm.
    setup.run(&["migrate"]).expect_code(0);
    assert!(setup.folder().join("own.db").is_file());
    let service = setup.variable("RUST_LOG", "info").start();
    service.get("/api/todos").expect_problem(401, "missing-credential", "/api/todos");
}

#[test]
fn serve_names_the_key_whose_tables_are_missing() {
    let setup = Setup::bare()
        .config("strategies = ['session_table']")
        .config(&format!("better_auth.secret = '{SECRET}'"))
        .config("session_table.database_url = 'sqlite://empty.db'")
        .config("log.level = 'error'");
    std::fs::write(setup.folder().join("empty.db"), "").expect("a file");
    setup.run(&["serve"]).expect_one_line(&["session_table.database_url", "\"session\""]);
}

#[test]
fn without_to_dos_their_routes_and_their_database_are_absent() {
    let service = Setup::bare().config("database.url = 'sqlite://own.db?mode=rwc'").start();
    for ask in [get("/api/todos"), get("/api/todos/1"), ask("POST", "/api/todos")] {
        let answer = service.send(&ask);
        assert_eq!(answer.status, 404, "{answer:?}");
        answer.expect_not_stored();
    }
    assert!(!service.path("own.db").exists());
    let document = service.get("/openapi.json").json();
    let paths: Vec<_> = document["paths"].as_object().expect("paths").keys().collect();
    assert!(!paths.is_empty() && !paths.iter().any(|path| path.contains("todos")), "{paths:?}");
}

#[test]
fn the_file_that_is_asked_for_replaces_the_one_that_lies_there() {
    let setup = Setup::empty().config("server.listen = 'nowhere'");
    std::fs::write(setup.folder().join("other.toml"), "todos.enabled = 'perhaps'").expect("a file");
    setup.run(&["--config", "other.toml"]).expect_one_line(&["other.toml", "todos.enabled"]);
    setup.run(&["serve"]).expect_one_line(&["config.toml", "server.listen"]);
    let with_variable = setup.variable("VERIFIER_SERVER__LISTEN", "elsewhere");
    with_variable.run(&[]).expect_one_line(&["VERIFIER_SERVER__LISTEN", "elsewhere"]);
}

#[test]
fn better_auth_url_from_the_environment() {
    let better_auth = BetterAuth::start();
    let service = Setup::bare()
        .config("strategies = ['get_session']")
        .variable("BETTER_AUTH_URL", &better_auth.url())
        .start();
    let answer = service.send(&get("/api/me").by(ANN));
    assert_eq!((answer.status, &answer.json()["user"]["id"]), (200, &"ann".into()), "{answer:?}");
}

#[test]
fn secrets_from_the_environment() {
    for (name, value) in [
        ("BETTER_AUTH_SECRET", SECRET.to_owned()),
        ("BETTER_AUTH_SECRETS", format!("2:{SECRET},1:an-older-one")),
        ("VERIFIER_BETTER_AUTH__SECRET", SECRET.to_owned()),
    ] {
        let setup = Setup::bare()
            .config("strategies = ['session_table']")
            .config("session_table.database_url = 'sqlite://auth.db'")
            .variable(name, &value);
        create_databases(setup.folder());
        let answer = setup.start().send(&get("/api/me").by(ANN));
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
    }
}

#[test]
fn database_url_from_the_environment() {
    let setup = Setup::empty()
        .config("server.listen = '127.0.0.1:0'")
        .variable("DATABASE_URL", "sqlite://elsewhere.db?mode=rwc");
    setup.run(&["migrate"]).expect_code(0);
    let service = setup.start();
    assert!(service.path("elsewhere.db").is_file() && !service.path("verifier.db").exists());
}

#[test]
fn log_level_from_the_environment() {
    let service = Setup::bare().variable("RUST_LOG", "debug").start();
    service.get("/health");
    service.log_when(|log| log.contains("DEBUG") && log.contains("answered"));
}
