//! A program of this machine that the tests call.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};

/// The program `name`, looked for in `folders` first and then in `PATH`.
pub fn find(name: &str, folders: &[PathBuf]) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders
        .iter()
        .cloned()
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .unwrap_or_else(|| panic!("`{name}` is not installed; `tests/run` installs all that the tests need"))
}

/// A command that sees nothing of this process' environment but `PATH`: settings there must not change a test.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// As [`command`], run by the system user `user` where the tests run as root: a database server refuses to be root.
pub fn command_as(user: &str, program: &Path) -> Command {
    if !is_root() {
        return command(program);
    }
    let mut command = command(find("setpriv", &[]));
    command.args(["--reuid", user, "--regid", user, "--init-groups", "--"]).arg(program);
    command
}

/// Gives `folder` and what is in it to the user that [`command_as`] runs as.
pub fn hand_over(folder: &Path, user: &str) {
    if is_root() {
        run(command("chown").arg("--recursive").arg(format!("{user}:")).arg(folder));
    }
}

/// Runs `command` to its end and answers with what it printed.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|fault| panic!("{command:?}: {fault}"));
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{stdout}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    stdout.trim_end().to_owned()
}

fn is_root() -> bool {
    fs::metadata("/proc/self").expect("/proc").uid() == 0
}
