//! `PgBouncer`, as Debian has it.

use std::{fs, net::TcpStream};

use reqwest::Url;

use super::{
    port,
    process::Process,
    program::{self, command_as},
};

/// The system user of Debian's package; the pooler refuses to be root.
const USER: &str = "postgres";

/// A pooler in front of a `PostgreSQL` that asks nobody for a password.
pub struct PgBouncer {
    process: Process,
    port: u16,
    mode: &'static str,
    server: Url,
}

impl PgBouncer {
    /// In front of the server of `url`. It lends so few connections that clients have to share them.
    pub fn start(url: &str, mode: &'static str) -> Self {
        let process = Process::new("pgbouncer", "KILL");
        let server = url.parse().expect("a URL");
        let mut pgbouncer = Self { process, port: port::free(), mode, server };
        pgbouncer.start_again();
        pgbouncer
    }

    fn start_again(&mut self) {
        let folder = self.process.folder();
        let (settings, users) = (folder.join("pgbouncer.ini"), folder.join("users"));
        fs::write(&users, format!("\"{}\" \"\"\n", self.server.username())).expect("a file");
        // In session mode each client keeps one.
        let lent = if self.mode == "session" { 60 } else { 3 };
        let port = self.server.port().expect("a port");
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {}\n\
             unix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = {}\ndefault_pool_size = {lent}\n\
             max_client_conn = 300\n",
            self.port,
            users.display(),
            self.mode
        );
        fs::write(&settings, text).expect("a file");
        program::hand_over(folder, USER);
        let mut server = command_as(USER, &program::find("pgbouncer", &["/usr/sbin".into()]));
        server.arg(settings);
        let port = self.port;
        self.process.start(server, |_| TcpStream::connect(("127.0.0.1", port)).is_ok());
    }

    /// The address of the server by way of it.
    pub fn url(&self) -> String {
        let mut url = self.server.clone();
        url.set_port(Some(self.port)).expect("a URL with a host");
        url.into()
    }
}
