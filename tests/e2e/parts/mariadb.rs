//! `MariaDB`, which stands for `MySQL` too.

use std::{fs, path::PathBuf, process::Command, sync::LazyLock};

use super::{
    port,
    process::Process,
    program::{self, command, command_as, run},
};

/// The system user of Debian's package.
const USER: &str = "mysql";

/// May do everything; the name and the password of the only account that matters.
const ACCOUNT: &str = "better_auth";

/// A server with nothing in it.
pub struct MariaDb {
    process: Process,
    port: u16,
}

impl MariaDb {
    /// A new server.
    pub fn start() -> Self {
        let process = Process::new("mariadb", "KILL");
        let folder = process.folder();
        fs::write(
            folder.join("account.sql"),
            format!(
                "CREATE USER IF NOT EXISTS {ACCOUNT}@'127.0.0.1' IDENTIFIED BY '{ACCOUNT}';\n\
                 GRANT ALL ON *.* TO {ACCOUNT}@'127.0.0.1' WITH GRANT OPTION;\n"
            ),
        )
        .expect("account.sql");
        program::hand_over(folder, USER);
        run(command_as(USER, &installed("mariadb-install-db"))
            .current_dir(folder)
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .arg(format!("--datadir={}", folder.join("data").display())));
        let mut mariadb = Self { process, port: port::free() };
        mariadb.start_again();
        mariadb
    }

    /// The one that all tests share which neither stop nor pause it.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<MariaDb> = LazyLock::new(MariaDb::start);
        &SHARED
    }

    /// Creates the database `name`, and answers with its URL.
    pub fn database(&self, name: &str) -> String {
        self.sql("mysql", &format!("CREATE DATABASE {name}"));
        self.url(name)
    }

    /// Runs `statements` in `database` and answers with the rows: a line each, columns separated by tabs.
    pub fn sql(&self, database: &str, statements: &str) -> String {
        run(self.client(database).args(["--execute", statements]))
    }

    /// The URL of `database`, for the account that may do everything.
    pub fn url(&self, database: &str) -> String {
        format!("mysql://{ACCOUNT}:{ACCOUNT}@127.0.0.1:{}/{database}", self.port)
    }

    /// Ends the server, its connections with it.
    pub fn stop(&mut self) {
        self.process.stop("TERM");
    }

    /// After [`Self::stop`]: same data, same port.
    pub fn start_again(&mut self) {
        let folder = self.process.folder();
        let mut server = command_as(USER, &installed("mariadbd"));
        server.current_dir(folder).args([
            "--no-defaults".to_owned(),
            format!("--datadir={}", folder.join("data").display()),
            format!("--init-file={}", folder.join("account.sql").display()),
            // Relative to the data: a full path may be too long for a socket.
            "--socket=socket".to_owned(),
            "--pid-file=pid".to_owned(),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--port={}", self.port),
            "--skip-name-resolve".to_owned(),
            "--character-set-server=utf8mb4".to_owned(),
            // Better Auth writes UTC without saying so.
            "--default-time-zone=+00:00".to_owned(),
            // Nothing here has to survive a power cut.
            "--innodb-flush-log-at-trx-commit=0".to_owned(),
        ]);
        let mut probe = self.client("mysql");
        probe.args(["--execute", "SELECT 1"]);
        self.process.start(server, |_| probe.output().is_ok_and(|output| output.status.success()));
    }

    /// Freezes the server and every connection.
    pub fn pause(&mut self) {
        self.process.pause();
    }

    /// Ends [`Self::pause`].
    pub fn resume(&mut self) {
        self.process.resume();
    }

    fn client(&self, database: &str) -> Command {
        let mut client = command(installed("mariadb"));
        client.args([
            "--no-defaults",
            "--batch",
            "--skip-column-names",
            "--protocol=tcp",
            "--host=127.0.0.1",
        ]);
        client.args([
            format!("--port={}", self.port),
            format!("--user={ACCOUNT}"),
            format!("--password={ACCOUNT}"),
            format!("--database={database}"),
        ]);
        client
    }
}

/// Debian puts the server where only root's `PATH` leads.
fn installed(name: &str) -> PathBuf {
    program::find(name, &["/usr/sbin".into(), "/usr/bin".into()])
}
