//! Redis.

use std::{process::Command, sync::LazyLock};

use serde_json::Value;

use super::{
    port,
    process::Process,
    program::{self, command, run},
};

/// A server with nothing in it, which forgets everything when it ends.
pub struct Redis {
    process: Process,
    port: u16,
}

impl Redis {
    /// A new server.
    pub fn start() -> Self {
        let mut redis = Self { process: Process::new("redis", "KILL"), port: port::free() };
        redis.start_again();
        redis
    }

    /// The one that all tests share which neither stop nor pause it.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Redis> = LazyLock::new(Redis::start);
        &SHARED
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Runs a command, such as `["GET", key]`, and answers with what it prints: nothing where there is nothing, a list
    /// one a line.
    pub fn command(&self, words: &[&str]) -> String {
        run(self.client().args(words))
    }

    /// What stands under a key, as JSON.
    pub fn entry(&self, key: &str) -> Value {
        serde_json::from_str(&self.command(&["GET", key])).expect("JSON")
    }

    /// What Redis has counted under this name (`INFO stats`).
    pub fn statistic(&self, name: &str) -> u32 {
        let all = self.command(&["INFO", "stats"]);
        let counted =
            all.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':')?.parse().ok());
        counted.unwrap_or_else(|| panic!("{name} in\n{all}"))
    }

    /// Writes it anew; the key lives as long as before.
    pub fn put(&self, key: &str, entry: &Value) {
        assert_eq!(self.command(&["SET", key, &entry.to_string(), "KEEPTTL"]), "OK");
    }

    /// Ends the server, its connections and what it held.
    pub fn stop(&mut self) {
        self.process.stop("TERM");
    }

    /// After [`Self::stop`]: empty, on the same port.
    pub fn start_again(&mut self) {
        let mut server = command(program::find("redis-server", &["/usr/sbin".into()]));
        server.current_dir(self.process.folder()).args(["--bind", "127.0.0.1", "--save", ""]);
        server.args(["--port", &self.port.to_string()]);
        let mut probe = self.client();
        probe.arg("PING");
        self.process.start(server, |_| probe.output().is_ok_and(|output| output.stdout == b"PONG\n"));
    }

    /// Freezes the server and every connection.
    pub fn pause(&mut self) {
        self.process.pause();
    }

    /// Ends [`Self::pause`].
    pub fn resume(&mut self) {
        self.process.resume();
    }

    fn client(&self) -> Command {
        let mut client = command(program::find("redis-cli", &[]));
        // `-e`: a refused command fails.
        client.args(["-e", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        client
    }
}
