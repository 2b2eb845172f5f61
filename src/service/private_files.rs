//! SQLite files: whoever may read one has every session in it.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{self, ErrorKind},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use crate::database::Address;

/// For nobody but their user.
pub const FOLDER: u32 = 0o700;
pub const FILE: u32 = 0o600;
const OTHERS: u32 = 0o077;
/// What SQLite keeps beside a file has its mode, but only if it was made after the file had it.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Makes the file of an address that says so, unless it is there. SQLite would let others read it.
pub fn create(address: &Address) -> io::Result<()> {
    let Some(path) = address.file_to_create() else { return Ok(()) };
    match OpenOptions::new().write(true).create_new(true).mode(FILE).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Says that others may read the file of an address, or that there is none.
pub fn inspect(key: &str, address: &Address) {
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

/// Takes a folder and the files in it from others.
pub fn tighten(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(FOLDER))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::set_permissions(entry.path(), Permissions::from_mode(FILE))?;
        }
    }
    Ok(())
}

fn beside(path: &Path) -> impl Iterator<Item = PathBuf> {
    BESIDE.iter().map(move |end| {
        let mut path = path.as_os_str().to_owned();
        path.push(end);
        path.into()
    })
}
