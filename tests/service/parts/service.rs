//! Our program as a process, in a folder of its own and with nothing of this process' environment.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{
    PATIENCE,
    auth::{self, SECRET},
    client::{Answer, Ask, Connection},
    fake::BetterAuth,
    until,
};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_better-auth-verifier");

/// What a run of the program finds.
pub struct Setup {
    folder: TempDir,
    config: String,
    variables: Vec<(String, String)>,
    max_handles: Option<u32>,
    /// What it finds on its standard input.
    stdin: Option<String>,
    stdout: &'static str,
    stderr: &'static str,
}

impl Setup {
    /// An empty folder and no configuration.
    pub fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            config: String::new(),
            variables: Vec::new(),
            max_handles: None,
            stdin: None,
            stdout: "stdout",
            stderr: "stderr",
        }
    }

    /// A configuration that listens on any free port and opens no database, and nothing else.
    pub fn bare() -> Self {
        Self::empty().config("server.listen = '127.0.0.1:0'").config("todos.enabled = false")
    }

    /// Sessions and to-dos in SQLite files, without a cache.
    pub fn with_sessions() -> Self {
        let setup = Self::empty();
        auth::create_databases(setup.folder());
        setup
            .config("server.listen = '127.0.0.1:0'")
            .config("strategies = ['session_table']")
            .config(&format!("better_auth.secret = '{SECRET}'"))
            .config("session_table.database_url = 'sqlite://auth.db'")
            .config("session_table.cache.max_age = '0s'")
            .config("database.url = 'sqlite://todos.db'")
    }

    /// Asks `better_auth` about every session; no to-dos.
    pub fn asking(better_auth: &BetterAuth) -> Self {
        Self::bare()
            .config("strategies = ['get_session']")
            .config("get_session.cache.max_age = '0s'")
            .config(&format!("better_auth.url = '{}'", better_auth.url()))
    }

    /// Operators on this machine may look at it.
    pub fn with_admin(self) -> Self {
        self.config("server.admin_listen = '127.0.0.1:0'")
    }

    /// Adds a line to config.toml.
    pub fn config(mut self, line: &str) -> Self {
        self.config += line;
        self.config += "\n";
        self
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The most file handles that the service may have.
    pub fn max_handles(mut self, max: u32) -> Self {
        self.max_handles = Some(max);
        self
    }

    /// Gives it this on its standard input.
    pub fn stdin(mut self, text: &str) -> Self {
        self.stdin = Some(text.to_owned());
        self
    }

    /// Nothing can be written to standard output.
    pub fn full_stdout(mut self) -> Self {
        self.stdout = "/dev/full";
        self
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program to its end.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Finished {
        let mut child = self.spawn(arguments);
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("a status") {
                break status;
            }
            if begin.elapsed() > PATIENCE {
                let _ = child.kill();
                panic!("{arguments:?} does not end:\n{}", self.stderr());
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let stdout = fs::read_to_string(self.folder().join("stdout")).unwrap_or_default();
        Finished { status, stdout, stderr: self.stderr() }
    }

    /// Starts the service and waits until it listens.
    #[track_caller]
    pub fn start(self) -> Service {
        let (child, address) = self.serve();
        Service { child, address, setup: self }
    }

    /// Starts the service with a log that nothing can be written to, and waits until it takes connections.
    #[track_caller]
    pub fn start_without_log(mut self) -> Service {
        self.stderr = "/dev/full";
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("a free port");
        let setup = self.variable("VERIFIER_SERVER__LISTEN", &address.to_string());
        let mut child = setup.spawn(&["serve"]);
        until("listening", || {
            let ended = child.try_wait().expect("a status");
            assert!(ended.is_none(), "{ended:?}");
            TcpStream::connect(address).ok()
        });
        Service { child, address, setup }
    }

    #[track_caller]
    fn serve(&self) -> (Child, SocketAddr) {
        let mut child = self.spawn(&["serve"]);
        let address = until("listening", || {
            let log = self.stderr();
            let ended = child.try_wait().expect("a status");
            assert!(ended.is_none(), "{ended:?}\n{log}");
            log.lines().find(|line| line.contains("listening")).and_then(address_in)
        });
        (child, address)
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        if !self.config.is_empty() {
            fs::write(self.folder().join("config.toml"), &self.config).expect("a file");
        }
        let output = |name: &str| -> Stdio { File::create(self.folder().join(name)).expect("a file").into() };
        let input = self.stdin.as_ref().map(|text| {
            let path = self.folder().join("stdin");
            fs::write(&path, text).expect("a file");
            Stdio::from(File::open(path).expect("a file"))
        });
        let mut command = match self.max_handles {
            Some(max) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("ulimit -n {max}; exec \"$0\" \"$@\""), PROGRAM]);
                shell
            }
            None => Command::new(PROGRAM),
        };
        command
            .args(arguments)
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.variables.iter().cloned())
            .stdin(input.unwrap_or_else(Stdio::null))
            .stdout(output(self.stdout))
            .stderr(output(self.stderr))
            .spawn()
            .expect("the program starts")
    }

    fn stderr(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder().join("stderr")).expect("a file")).into_owned()
    }
}

/// The address that a line of the log says, in either format.
fn address_in(line: &str) -> Option<SocketAddr> {
    let from = &line[line.find("127.0.0.1:")?..];
    let end = from.find(|one: char| !one.is_ascii_digit() && one != '.' && one != ':').unwrap_or(from.len());
    from[..end].parse().ok()
}

/// A run of the program that has ended.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    #[track_caller]
    pub fn expect_code(&self, code: i32) -> &Self {
        assert_eq!(self.status.code(), Some(code), "{self:?}");
        self
    }

    /// It failed, and said why in one line, which has these words in it.
    #[track_caller]
    pub fn expect_one_line(&self, words: &[&str]) {
        self.expect_code(1);
        let lines: Vec<_> = self.stderr.lines().collect();
        assert_eq!(lines.len(), 1, "{self:?}");
        for word in words {
            assert!(lines[0].contains(word), "{word}: {self:?}");
        }
    }
}

/// The service while it runs; killed when dropped.
pub struct Service {
    child: Child,
    address: SocketAddr,
    setup: Setup,
}

impl Service {
    pub fn connect(&self) -> Connection {
        Connection::open(self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How many sockets it has.
    pub fn sockets(&self) -> usize {
        let handles = fs::read_dir(format!("/proc/{}/fd", self.pid())).expect("its handles");
        let targets = handles.filter_map(|handle| fs::read_link(handle.ok()?.path()).ok());
        targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.setup.folder().join(name)
    }

    /// Asks on a connection of its own.
    #[track_caller]
    pub fn send(&self, ask: &Ask) -> Answer {
        self.connect().send(ask)
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send(&super::client::get(path))
    }

    /// Where operators look at it: it was started with `server.admin_listen`.
    #[track_caller]
    pub fn admin(&self) -> SocketAddr {
        let of_admin = |line: &&str| line.contains("the operators' page: ");
        let log = self.log_when(|log| log.lines().any(|line| of_admin(&line)));
        log.lines().find(of_admin).and_then(address_in).expect("an address")
    }

    /// Asks there, on a connection of its own.
    #[track_caller]
    pub fn send_admin(&self, ask: &Ask) -> Answer {
        Connection::open(self.admin()).send(ask)
    }

    #[track_caller]
    pub fn get_admin(&self, path: &str) -> Answer {
        self.send_admin(&super::client::get(path))
    }

    pub fn log(&self) -> String {
        self.setup.stderr()
    }

    /// Runs another command of the program beside it, on the same files; the log of the service stays.
    #[track_caller]
    pub fn command(&self, arguments: &[&str]) -> Finished {
        let Setup { folder, variables, .. } = &self.setup;
        let Output { status, stdout, stderr } = Command::new(PROGRAM)
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(variables.iter().cloned())
            .output()
            .expect("the program starts");
        let text = |output| String::from_utf8(output).expect("text");
        Finished { status, stdout: text(stdout), stderr: text(stderr) }
    }

    /// Gives it another variable from its next start on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.setup.variables.push((name.to_owned(), value.to_owned()));
    }

    /// The log as soon as `is_enough` says so.
    #[track_caller]
    pub fn log_when(&self, is_enough: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let log = self.log();
            if is_enough(&log) {
                return log;
            }
            assert!(begin.elapsed() < PATIENCE, "the log does not say so:\n{log}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// There is no safe way to signal in the standard library; the shell has one built in.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let Output { status, .. } =
            Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &pid]).output().expect("a shell");
        assert!(status.success(), "{status}");
    }

    /// Ends it as a supervisor does, and starts it again.
    #[track_caller]
    pub fn restart(&mut self) {
        self.signal("TERM");
        self.wait();
        self.start_again();
    }

    /// After its end: on the same files, with a new log.
    #[track_caller]
    pub fn start_again(&mut self) {
        (self.child, self.address) = self.setup.serve();
    }

    /// Waits for its end by itself, and answers with how it ended and how long that took.
    #[track_caller]
    pub fn wait(&mut self) -> (ExitStatus, Duration) {
        let begin = Instant::now();
        let status = until("the end of the service", || self.child.try_wait().expect("a status"));
        (status, begin.elapsed())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
