//! The program that is tested, as its users run it.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::Path,
    process::{Command, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use super::{
    answer::Answer,
    port,
    presented::Presented,
    process::Process,
    program,
    wait::{PATIENCE, until},
};

/// `better-auth-verifier serve`. When it goes, its log must not hold a credential that was sent to it.
pub struct Service {
    /// The running program.
    pub process: Process,
    port: u16,
    toml: String,
    handles: Option<u32>,
    url: String,
    client: Client,
    secrets: Mutex<Vec<String>>,
}

/// What the log says before the address for operators.
const ADMIN: &str = "the operators' page: ";

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code.
    pub code: Option<i32>,
    /// All that was printed.
    pub output: String,
}

impl Service {
    /// Starts it with a file of this content, on a port of its own, and waits until it is live.
    pub fn start(toml: &str) -> Self {
        Self::start_at(port::free(), toml)
    }

    /// As [`Self::start`], on a port that others know already.
    pub fn start_at(port: u16, toml: &str) -> Self {
        Self::start_within(None, port, toml)
    }

    /// As [`Self::start_at`], with a hard limit of so many file handles.
    pub fn start_within(handles: Option<u32>, port: u16, toml: &str) -> Self {
        let mut service = Self {
            process: Process::new("verifier", "KILL"),
            port,
            toml: toml.to_owned(),
            handles,
            url: format!("http://127.0.0.1:{port}"),
            client: Client::builder().pool_max_idle_per_host(0).no_proxy().build().expect("HTTP client"),
            secrets: Mutex::default(),
        };
        service.start_again();
        service
    }

    /// After its process was stopped: told the same, on the same port, with a new log.
    pub fn start_again(&mut self) {
        let port = self.port;
        let command = command(self.process.folder(), &[], port, &self.toml);
        let command = match self.handles {
            Some(handles) => within(handles, &command),
            None => command,
        };
        self.process.start(command, |_| is_live(port));
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// GET with a credential.
    pub async fn get(&self, path: &str, presented: &Presented) -> Answer {
        self.send(self.request(Method::GET, path, presented)).await
    }

    /// `GET /api/me` with a credential.
    pub async fn me(&self, presented: &Presented) -> Answer {
        self.get("/api/me", presented).await
    }

    /// As [`Self::me`], and how long it took.
    pub async fn timed_me(&self, presented: &Presented) -> (Answer, Duration) {
        let begin = Instant::now();
        let answer = self.me(presented).await;
        (answer, begin.elapsed())
    }

    /// 503 at `path`, within `bound`. Asked again where that was late: once or twice a busy machine may be, but whoever
    /// waits for longer than they were told is late each time.
    pub async fn undecidable_within(&self, bound: Duration, path: &str, presented: &Presented) {
        let mut times: Vec<Duration> = Vec::new();
        while times.iter().all(|time| *time >= bound) {
            assert!(times.len() < 3, "{path}: {times:?}");
            let begin = Instant::now();
            self.get(path, presented).await.undecidable();
            times.push(begin.elapsed());
        }
    }

    /// Waits until it is ready. The start gives up what does not answer at once, and asks again later.
    pub async fn becomes_ready(&self) {
        let ready = async || self.get("/health/ready", &Presented::Nothing).await;
        until(ready, |answer| answer.status == 200).await;
    }

    /// What it shows operators at `path`; it was started [for them](super::settings::Settings::with_admin).
    async fn look(&self, path: &str) -> String {
        let log = until(async || self.log(), |log| log.contains(ADMIN)).await;
        let (_, address) = log.split_once(ADMIN).expect("just seen");
        let url = address.split_whitespace().next().expect("an address");
        let answer = self.client.get(format!("{url}{path}")).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.expect("text")
    }

    /// How it stands.
    pub async fn state(&self) -> Value {
        let mut state: Value = serde_json::from_str(&self.look("state").await).expect("JSON");
        // Tests compare feeds by name and state; the lag is in `withinSeconds` as well.
        for strategy in state["strategies"].as_array_mut().expect("a list") {
            for feed in strategy["freshness"]["feeds"].as_array_mut().expect("a list") {
                feed.as_object_mut().expect("an object").remove("lagSeconds");
            }
        }
        state
    }

    /// What Prometheus reads of `name` with these labels, as it is written; zero stands for what is not there.
    pub async fn metric(&self, name: &str, labels: &str) -> String {
        let text = self.look("metrics").await;
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let series = format!("better_auth_verifier_{name}{labels} ");
        let mut values = text.lines().filter_map(|line| line.strip_prefix(&series));
        values.next().unwrap_or("0").to_owned()
    }

    /// The same as a number.
    pub async fn measured(&self, name: &str, labels: &str) -> f64 {
        self.metric(name, labels).await.parse().expect("a number")
    }

    /// POST with a credential.
    pub async fn post(&self, path: &str, presented: &Presented, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path, presented).json(body)).await
    }

    /// Any request with a credential.
    pub fn request(&self, method: Method, path: &str, presented: &Presented) -> RequestBuilder {
        self.secrets.lock().expect("unpoisoned").extend(presented.secrets());
        let request = self.client.request(method, format!("{}{path}", self.url()));
        match presented.header() {
            Some((name, value)) => request.header(name, value.as_ref()),
            None => request,
        }
    }

    /// Sends what [`Self::request`] began.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.expect("the service answers")).await
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.process.folder().join("log")).expect("the log")
    }

    /// It has told that this strategy refused something, and why.
    #[track_caller]
    pub fn has_told(&self, strategy: &str, cause: &str) {
        let log = self.log();
        let mut lines = log.lines().filter(|line| line.contains(&format!("auth.cause=\"{cause}\"")));
        assert!(
            lines.any(|line| line.contains(&format!("auth.strategy=\"{strategy}\""))),
            "{strategy}: {cause}\n{log}"
        );
    }

    /// Ends it as a supervisor does, and answers with its log.
    pub fn stop(mut self) -> String {
        self.process.stop("TERM");
        self.log()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let (log, secrets) = (self.log(), self.secrets.lock().expect("unpoisoned"));
        let told = secrets.iter().find(|secret| log.contains(secret.as_str()));
        assert!(told.is_none(), "{told:?} stands in the log:\n{log}");
    }
}

/// Runs the program with these arguments and a file of this content to its end.
pub fn run(arguments: &[&str], toml: &str) -> Ended {
    run_with(arguments, toml, "")
}

/// As [`run`], with this on standard input.
pub fn run_with(arguments: &[&str], toml: &str, input: &str) -> Ended {
    let folder = tempfile::tempdir().expect("temporary folder");
    let log = folder.path().join("log");
    let file = File::create(&log).expect("log file");
    let mut command = command(folder.path(), arguments, port::free(), toml);
    command.stdin(Stdio::piped()).stdout(file.try_clone().expect("log file")).stderr(file);
    let mut child = command.spawn().expect("the program");
    // It may end without reading all of it.
    let _ = child.stdin.take().expect("its input").write_all(input.as_bytes());
    let begin = Instant::now();
    loop {
        let ended = child.try_wait().expect("status of a child");
        let output = fs::read_to_string(&log).expect("the log");
        if let Some(status) = ended {
            return Ended { code: status.code(), output };
        }
        if begin.elapsed() > PATIENCE {
            child.kill().expect("to kill a child");
            child.wait().expect("end of a child");
            panic!("{command:?} still runs after {PATIENCE:?}\n{toml}\n{output}");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// The program, told by a file; it finds no other configuration.
fn command(folder: &Path, arguments: &[&str], port: u16, toml: &str) -> Command {
    let file = folder.join("verifier.toml");
    let toml = format!("server.listen = \"127.0.0.1:{port}\"\n{toml}");
    fs::write(&file, toml).expect("configuration");
    let mut command = program::command(env!("CARGO_BIN_EXE_better-auth-verifier"));
    command.current_dir(folder).args(arguments).arg("--config").arg(file);
    command
}

/// The command with a limit of file handles, which it cannot raise.
fn within(handles: u32, command: &Command) -> Command {
    let mut limited = program::command("prlimit");
    limited.arg(format!("--nofile={handles}:{handles}")).arg(command.get_program()).args(command.get_args());
    limited.current_dir(command.get_current_dir().expect("a folder of its own"));
    limited
}

fn is_live(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200 "))
}
