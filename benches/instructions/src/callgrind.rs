use std::{
    env,
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command},
    thread::sleep,
    time::Duration,
};

use anyhow::{Context, bail};

use crate::load::Load;

/// A server that can be started again and again, under callgrind.
pub struct Server<'a> {
    pub program: PathBuf,
    pub argument: &'static str,
    /// Where it runs.
    pub folder: &'a Path,
    /// Where profiles are left.
    pub profiles: &'a Path,
    /// What they are called.
    pub name: &'static str,
}

impl Server<'_> {
    /// Instructions of one request.
    pub fn cost(&self, load: &Load, requests: usize) -> anyhow::Result<u64> {
        let (once, twice) = (self.measure(load, requests)?, self.measure(load, 2 * requests)?);
        Ok(twice.saturating_sub(once) / requests as u64)
    }

    /// Instructions from start to end, with so many requests between them.
    fn measure(&self, load: &Load, requests: usize) -> anyhow::Result<u64> {
        let profile = self.profiles.join(format!("{}.{requests}", self.name));
        let mut child = self.start(&profile)?;
        let outcome = self.address(&mut child).and_then(|address| {
            // What is remembered from then on.
            load.send(address, 8)?;
            Ok(load.send(address, requests)?)
        });
        Command::new("kill").arg(child.id().to_string()).status()?;
        child.wait()?;
        outcome.with_context(|| format!("{}: {}", self.name, self.log()))?;
        total(&profile)
    }

    fn start(&self, profile: &Path) -> anyhow::Result<Child> {
        let child = Command::new("valgrind")
            .args(["--quiet", "--tool=callgrind", "--dump-instr=no"])
            .arg(format!("--callgrind-out-file={}", profile.display()))
            .arg(&self.program)
            .arg(self.argument)
            .current_dir(self.folder)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("TOKIO_WORKER_THREADS", "1")
            .stderr(File::create(self.folder.join("log"))?)
            .spawn();
        child.context("valgrind")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Where it listens, as soon as it says so.
    fn address(&self, child: &mut Child) -> anyhow::Result<SocketAddr> {
        loop {
            let log = self.log();
            let listening = log.lines().find(|line| line.contains("listening"));
            if let Some(address) = listening.and_then(address_in) {
                return Ok(address);
            }
            if let Some(status) = child.try_wait()? {
                bail!("ended with {status}");
            }
            sleep(Duration::from_millis(20));
        }
    }
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
