use std::{
    env,
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command},
    thread::sleep,
    time::Duration,
};

use anyhow::{Context, bail, ensure};

use crate::load::Load;

/// A server that runs under callgrind until this is dropped.
pub struct Server {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
    /// Where callgrind leaves its profiles: this path with a number behind it.
    profile: PathBuf,
    dumps: usize,
}

impl Server {
    /// Starts `program` in `folder`, and waits until it says where it listens. Its profiles are called `name`.
    pub fn start(
        program: &Path,
        arguments: &[&str],
        folder: &Path,
        profiles: &Path,
        name: &str,
    ) -> anyhow::Result<Self> {
        let (log, profile) = (folder.join("log"), profiles.join(name));
        let child = command("valgrind")
            // Names in full: a number would refer to an earlier profile.
            .args(["--quiet", "--tool=callgrind", "--dump-instr=no", "--compress-strings=no"])
            .arg(format!("--callgrind-out-file={}", profile.display()))
            .arg(program)
            .args(arguments)
            .current_dir(folder)
            .env("TOKIO_WORKER_THREADS", "1")
            .stderr(File::create(&log)?)
            .spawn()
            .context("valgrind")?;
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self { child, address, log, profile, dumps: 0 };
        server.address = server.listening().with_context(|| format!("{name}: {}", server.log()))?;
        Ok(server)
    }

    /// Instructions of one of so many requests. Counts nothing but them: neither the start, nor the `first` ones before them,
    /// after which everything is remembered that can be.
    pub fn cost(&mut self, load: &Load, first: usize, requests: usize) -> anyhow::Result<u64> {
        load.send(self.address, 0..first).with_context(|| format!("{}: {}", load.name, self.log()))?;
        self.control("--zero")?;
        load.send(self.address, first..first + requests)?;
        self.control("--dump")?;
        self.dumps += 1;
        let dump = format!("{}.{}", self.profile.display(), self.dumps);
        let kept = self.profile.with_file_name(load.name.replace(' ', "-"));
        fs::rename(&dump, &kept).with_context(|| dump)?;
        Ok(total(&kept)? / requests as u64)
    }

    fn control(&self, option: &str) -> anyhow::Result<()> {
        let output = command("callgrind_control").arg(option).arg(self.child.id().to_string()).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success() && text.contains("OK."), "callgrind_control {option}: {text}");
        Ok(())
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Where it listens, as soon as it says so.
    fn listening(&mut self) -> anyhow::Result<SocketAddr> {
        loop {
            let log = self.log();
            let listening = log.lines().find(|line| line.contains("listening"));
            if let Some(address) = listening.and_then(address_in) {
                return Ok(address);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("ended with {status}");
            }
            sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // The one that callgrind would have written at the end.
        let _ = fs::remove_file(&self.profile);
    }
}

/// Without this process's environment: the service reads its own from there. Both find each other by the user's name.
fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
    command
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let from = &line[line.find("127.0.0.1:")?..];
    let end = from.find(|one: char| !one.is_ascii_digit() && one != '.' && one != ':').unwrap_or(from.len());
    from[..end].parse().ok()
}

fn total(profile: &Path) -> anyhow::Result<u64> {
    let text = fs::read_to_string(profile).with_context(|| format!("{}", profile.display()))?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.context("callgrind was interrupted")?.trim().parse()?)
}
