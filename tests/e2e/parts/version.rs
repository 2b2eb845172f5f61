//! The versions of Better Auth that the tests run.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::Command,
    sync::{LazyLock, Mutex},
};

use super::program::run;

/// The one that `tests/better-auth` itself holds.
pub const MAIN: &str = "1.7.25";

/// The folder of the server of this version, installed when it is first asked for.
pub fn folder(version: &str) -> PathBuf {
    static INSTALLED: LazyLock<Mutex<HashMap<String, PathBuf>>> = LazyLock::new(Mutex::default);
    let main = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/better-auth");
    if version == MAIN {
        let packages = main.join("node_modules");
        assert!(
            packages.is_dir(),
            "{} is missing; `tests/run` installs all that the tests need",
            packages.display()
        );
        return main;
    }
    let mut installed = INSTALLED.lock().expect("no installation that failed");
    // With this process' environment: npm's registry and cache may be named there.
    let install =
        || run(Command::new(main.join("install")).arg(version)).lines().last().expect("a folder").into();
    installed.entry(version.to_owned()).or_insert_with(install).clone()
}
