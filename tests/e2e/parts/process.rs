//! A server process with a folder of its own; neither outlives the test process, however that one ends.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::program;

/// Long enough for a first start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// `signal NAME PID`: to the process and its children. Not to a process group: each `PostgreSQL` child leads its own.
/// The process comes first, so that stopping it keeps it from making children unseen.
const SIGNAL: &str = r#"
signal() {
    kill -s "$1" "$2"
    for status in $(grep -ls "^PPid:[[:space:]]*$2\$" /proc/[0-9]*/status); do
        kill -s "$1" "$(basename "${status%/status}")"
    done
}
"#;

/// `FOLDER SIGNAL`: reads the server's pid whenever there is another one (an empty line: none). Its stdin ends when the
/// test process drops the other end or dies, and then the server and the folder go.
const WATCHDOG: &str = r#"
server=
while read -r line; do server=$line; done
if [ -n "$server" ]; then
    signal "$2" "$server"
    # What is stopped does not end before it continues.
    signal CONT "$server"
    # Not `kill -s 0`: that also finds a dead process which nobody has reaped.
    for _ in $(seq 100); do
        grep -qs "^State:[[:space:]]*[^Z]" "/proc/$server/status" || break
        sleep 0.1
    done
fi
rm -rf -- "$1"
"#;

/// See the module.
pub struct Process {
    folder: PathBuf,
    last_signal: &'static str,
    watchdog: Child,
    server: Option<Child>,
}

impl Process {
    /// Only the folder, no server yet. `last_signal` is the one that ends the server at once.
    pub fn new(name: &str, last_signal: &'static str) -> Self {
        let folder =
            tempfile::Builder::new().prefix(&format!("{name}-")).tempdir().expect("temporary folder").keep();
        let watchdog = program::command("sh")
            .args(["-c", &format!("{SIGNAL}{WATCHDOG}"), "watchdog"])
            .arg(&folder)
            .arg(last_signal)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C goes to the tests' process group: the watchdog has to see its end, not to share it.
            .process_group(0)
            .spawn()
            .expect("watchdog");
        Self { folder, last_signal, watchdog, server: None }
    }

    /// Where the server keeps everything.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts the server and waits until `is_ready`, which is given what the server has printed so far.
    pub fn start(&mut self, mut command: Command, mut is_ready: impl FnMut(&str) -> bool) {
        assert!(self.server.is_none(), "{command:?} runs already");
        let path = self.folder.join("log");
        let log = File::create(&path).expect("log file");
        command
            // Held open, never written to: the server may take its end for the end of the tests.
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("log file"))
            .stderr(log)
            .process_group(0);
        let server = command.spawn().unwrap_or_else(|fault| panic!("{command:?}: {fault}"));
        self.tell_watchdog(&server.id().to_string());
        self.server = Some(server);

        let begin = Instant::now();
        loop {
            let log = fs::read_to_string(&path).expect("log file");
            if is_ready(&log) {
                return;
            }
            let ended = self.server.as_mut().and_then(|server| server.try_wait().expect("status of a child"));
            assert!(ended.is_none(), "{command:?}: {ended:?}\n{log}");
            assert!(begin.elapsed() < PATIENCE, "{command:?} is not ready after {PATIENCE:?}\n{log}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks the server to end by `signal` and waits until it has.
    pub fn stop(&mut self, signal: &str) {
        if let Some(mut server) = self.server.take() {
            send(signal, server.id(), false);
            server.wait().expect("end of the server");
            self.tell_watchdog("");
        }
    }

    /// Freezes the server: it takes connections and answers nothing.
    pub fn pause(&mut self) {
        send("STOP", self.pid(), true);
    }

    /// Ends [`Self::pause`].
    pub fn resume(&mut self) {
        send("CONT", self.pid(), true);
    }

    /// The running server's.
    pub fn pid(&self) -> u32 {
        self.server.as_ref().expect("a running server").id()
    }

    fn tell_watchdog(&mut self, pid: &str) {
        let stdin = self.watchdog.stdin.as_mut().expect("the watchdog's stdin");
        writeln!(stdin, "{pid}").expect("the watchdog is alive");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            send(self.last_signal, server.id(), true);
            send("CONT", server.id(), true);
            // Reaped here, so that the watchdog does not see a dead child of ours as a living server.
            let _ = server.wait();
        }
        // Closes the watchdog's stdin first: the folder is gone when this returns.
        let _ = self.watchdog.wait();
    }
}

/// There is no safe way to signal in the standard library; the shell has one built in, `/bin/kill` may not be there.
fn send(signal: &str, pid: u32, children_too: bool) {
    let script = if children_too { r#"signal "$1" "$2""# } else { r#"kill -s "$1" "$2""# };
    let _ = program::command("sh")
        .args(["-c", &format!("{SIGNAL}{script}"), "signal", signal, &pid.to_string()])
        // A child may be gone by itself meanwhile.
        .stderr(Stdio::null())
        .status()
        .expect("sh");
}
