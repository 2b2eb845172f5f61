//! Warns about SQLite files that other users can read: such a file exposes every session.

use std::{
    fs,
    io::ErrorKind,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::database::Address;

const OTHERS: u32 = 0o077;
/// SQLite makes its files beside the main one with the same mode, but does not change their mode later.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Warns that others may read the file of an address, or that the file does not exist.
pub(crate) fn inspect(key: &str, address: &Address) {
    for concern in concerns(address) {
        tracing::warn!("{key}: {concern}");
    }
}

/// The concern that others may read the file of an address, or that the file does not exist.
pub(crate) fn concerns(address: &Address) -> Vec<String> {
    let Some(path) = address.file() else { return Vec::new() };
    let mut concerns = Vec::new();
    if fs::metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        let path = std::path::absolute(path).unwrap_or(path.to_owned());
        let path = path.display();
        concerns.push(format!(
            "there is no such file: {path}. A relative path starts in the folder from which this process was started"
        ));
    }
    for path in beside(path) {
        let Ok(metadata) = fs::metadata(&path) else { continue };
        let mode = metadata.permissions().mode() & 0o777;
        if mode & OTHERS != 0 {
            let path = path.display();
            concerns.push(format!(
                "other users of this machine have access to {path} (mode {mode:o}): restrict it with chmod 600"
            ));
        }
    }
    concerns
}

fn beside(path: &Path) -> impl Iterator<Item = PathBuf> {
    BESIDE.iter().map(move |end| {
        let mut path = path.as_os_str().to_owned();
        path.push(end);
        path.into()
    })
}
