//! A reverse proxy as people run one.

use std::{fs, net::TcpStream};

use super::{
    port,
    process::Process,
    program::{self, command},
};

/// Hands requests on, and appends who asked it to `X-Forwarded-For`.
pub struct Nginx {
    _process: Process,
    url: String,
}

impl Nginx {
    /// Listens at this address and asks `upstream` from it: loopback has many, so that two proxies are two.
    pub fn start(address: &str, upstream: &str) -> Self {
        let mut process = Process::new("nginx", "KILL");
        let socket = format!("{address}:{}", port::free());
        let configuration = configuration(&socket, address, upstream);
        fs::write(process.folder().join("nginx.conf"), configuration).expect("nginx.conf");
        let mut server = command(program::find("nginx", &["/usr/sbin".into()]));
        server.arg("-p").arg(process.folder()).args(["-c", "nginx.conf", "-e", "stderr"]);
        process.start(server, |_| TcpStream::connect(&socket).is_ok());
        Self { _process: process, url: format!("http://{socket}") }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn configuration(socket: &str, address: &str, upstream: &str) -> String {
    // Relative paths are below the process' folder.
    format!(
        "daemon off;
        master_process off;
        pid pid;
        error_log stderr;
        events {{}}
        http {{
            access_log off;
            client_max_body_size 0;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            server {{
                listen {socket};
                location / {{
                    proxy_pass {upstream};
                    proxy_bind {address};
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                }}
            }}
        }}
        "
    )
}
