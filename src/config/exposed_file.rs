//! Warns about SQLite files that other users can read: such a file exposes every session.

use std::{
    fs,
    io::ErrorKind,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::database::Address;

const OTHERS: u32 = 0o077;
/// What SQLite keeps beside a file has its mode, but only if it was made after the file had it.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Logs that others may read the file of an address, or that there is none.
pub(crate) fn inspect(key: &str, address: &Address) {
    let Some(path) = address.file() else { return };
    if fs::metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        let path = std::path::absolute(path).unwrap_or(path.to_owned());
        tracing::warn!(path = %path.display(), "{key}: there is no such file; a path is taken from where this process was started");
    }
    for path in beside(path) {
        let Ok(metadata) = fs::metadata(&path) else { continue };
        let mode = metadata.permissions().mode() & 0o777;
        if mode & OTHERS != 0 {
            tracing::warn!(
                path = %path.display(),
                mode = format!("{mode:o}"),
                "{key}: other users of this machine have access to this file: take it from them with chmod 600"
            );
        }
    }
}

fn beside(path: &Path) -> impl Iterator<Item = PathBuf> {
    BESIDE.iter().map(move |end| {
        let mut path = path.as_os_str().to_owned();
        path.push(end);
        path.into()
    })
}
