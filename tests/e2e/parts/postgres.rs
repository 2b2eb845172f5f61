//! `PostgreSQL`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use super::{
    port,
    process::Process,
    program::{self, command, command_as, run},
};

/// The system user of Debian's package.
const USER: &str = "postgres";

/// A server with nothing in it.
pub struct Postgres {
    /// The server itself.
    pub process: Process,
    port: u16,
}

impl Postgres {
    /// A new server.
    pub fn start() -> Self {
        // QUIT is PostgreSQL's immediate shutdown. KILL would leave its shared memory behind.
        let process = Process::new("postgres", "QUIT");
        program::hand_over(process.folder(), USER);
        run(command_as(USER, &installed("initdb"))
            .current_dir(process.folder())
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .arg("--pgdata")
            .arg(data(process.folder())));
        let mut postgres = Self { process, port: port::free() };
        postgres.start_again();
        postgres
    }

    /// A server that follows this one and can only be read.
    pub fn replica(&self) -> Self {
        let process = Process::new("replica", "QUIT");
        program::hand_over(process.folder(), USER);
        run(command_as(USER, &installed("pg_basebackup"))
            .current_dir(process.folder())
            .args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname"])
            .arg(self.url("postgres"))
            .arg("--pgdata")
            .arg(data(process.folder())));
        let mut replica = Self { process, port: port::free() };
        replica.start_again();
        replica
    }

    /// The one that all tests share which neither stop nor pause it.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Postgres> = LazyLock::new(Postgres::start);
        &SHARED
    }

    /// Creates the database `name`, and answers with its URL.
    pub fn database(&self, name: &str) -> String {
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(name)
    }

    /// Runs `statements` in `database` and answers with the rows: a line each, columns separated by `|`.
    pub fn sql(&self, database: &str, statements: &str) -> String {
        run(self.client(database).args(["--command", statements]))
    }

    /// The URL of `database`, for the superuser.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The URL of `database`, for this role.
    pub fn url_of(&self, role: &str, database: &str) -> String {
        self.url(database).replace("postgres@", &format!("{role}@"))
    }

    /// Ends the server, its connections with it.
    pub fn stop(&mut self) {
        self.process.stop("INT");
    }

    /// After [`Self::stop`]: same data, same port.
    pub fn start_again(&mut self) {
        let mut server = command_as(USER, &installed("postgres"));
        server.current_dir(self.process.folder()).arg("-D").arg(data(self.process.folder()));
        let port = format!("port={}", self.port);
        for setting in [
            port.as_str(),
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            // Nothing here has to survive a power cut.
            "fsync=off",
            "full_page_writes=off",
            "synchronous_commit=off",
        ] {
            server.args(["-c", setting]);
        }
        let mut probe = self.client("postgres");
        probe.args(["--command", "SELECT 1"]);
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
        let mut client = command(installed("psql"));
        client
            .args([
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set=ON_ERROR_STOP=1",
                "--dbname",
            ])
            .arg(self.url(database));
        client
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// Debian keeps the servers of each version apart and out of `PATH`; the newest is taken.
fn installed(name: &str) -> PathBuf {
    let mut versions: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u16>().ok())
        .collect();
    versions.sort_unstable_by(|left, right| right.cmp(left));
    let folders: Vec<_> =
        versions.iter().map(|version| format!("/usr/lib/postgresql/{version}/bin").into()).collect();
    program::find(name, &folders)
}
