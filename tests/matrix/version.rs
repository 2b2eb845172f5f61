//! The versions of Better Auth that are asked.

use std::{path::Path, process::Command};

use crate::parts::version;

/// The versions that are pinned, each with its lock file; the main one last.
pub const PINNED: [&str; 6] = ["1.3.34", "1.4.22", "1.5.6", "1.6.34", "1.7.7", version::MAIN];

/// Asked once, on PostgreSQL, for the tables that it made there: their dates have no zone.
pub const OLDEST: &str = "1.2.12";

/// A version, and the folder it is installed in by that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    number: String,
    name: String,
}

impl Version {
    /// A pinned one.
    pub fn pinned(number: &str) -> Self {
        Self { number: number.into(), name: number.into() }
    }

    /// The newest that can be installed, and what was said of those that cannot.
    pub fn newest() -> (Self, Vec<String>) {
        let install = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/better-auth/install");
        let output = Command::new(install).arg("newest").output().expect("the script");
        let (told, said) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "no Better Auth can be installed: {said}");
        let number = told.lines().rev().nth(1).expect("a version").to_owned();
        let tried = said.lines().filter_map(|line| line.strip_prefix("tests/better-auth/install: "));
        let tried = tried
            .filter(|line| !line.ends_with(": installed"))
            .map(|line| line.replace("npm error notarget ", ""))
            .collect();
        (Self { number, name: "newest".into() }, tried)
    }

    /// Its number.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The name that its installation has.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// 7 of 1.7.25. A second major version knows all that the first one did.
    pub fn minor(&self) -> u32 {
        let mut numbers = self.number.split('.').map(|number| number.parse().expect("a number"));
        match (numbers.next(), numbers.next()) {
            (Some(1), Some(minor)) => minor,
            _ => u32::MAX,
        }
    }
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
